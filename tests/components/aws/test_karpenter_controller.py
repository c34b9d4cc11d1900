import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws.gpu_pool_spec import KarpenterPool
from components.aws.image_cache_plan import ImageLoad, NoCache, SnapshotCache, SociParallelPull, pull_seconds
from components.aws.karpenter_objects import NodePlace, node_class_document, node_pool_document
from components.aws.karpenter_values import KarpenterValues
from components.aws.node_pool_plan import pool_plan
from tests.support.aws_examples import DEV, KARPENTER_POOL, make_eks_services
from tests.support.recording import Graph, Resource, reaches, record

PLACE = NodePlace(
    instance_profile="nodes",
    subnet_ids=["subnet-1", "subnet-2"],
    security_group_ids=["sg-1"],
    zones=("use1-az1", "use1-az2"),
    tags={"slipway:stack": "dev"},
)


def pool_document(pool: KarpenterPool = KARPENTER_POOL) -> dict[str, Any]:
    return node_pool_document("gpu", pool_plan("gpu", pool), PLACE)


def class_document(pool: KarpenterPool = KARPENTER_POOL) -> dict[str, Any]:
    return node_class_document("gpu", pool_plan("gpu", pool), PLACE)


def chart(graph: Graph, name: str) -> Resource:
    return graph.one("kubernetes:helm.sh/v4:Chart", name)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record(lambda: make_eks_services("services", DEV))


def test_a_pool_is_gone_only_after_its_instances() -> None:
    annotations = pool_document()["metadata"]["annotations"]
    assert annotations["pulumi.com/deletionPropagationPolicy"] == "foreground"
    assert annotations["pulumi.com/waitFor"] == "condition=Ready"


def test_the_delete_of_a_pool_waits_longer_than_its_nodes_drain(graph: Graph) -> None:
    pool = graph.one("NodePool")
    minutes = int(pool.timeouts["delete"].removesuffix("m"))
    assert minutes == KARPENTER_POOL.drain_minutes + 15
    assert pool.inputs["spec"]["template"]["spec"]["terminationGracePeriod"] == f"{KARPENTER_POOL.drain_minutes}m"


def test_every_pool_is_limited_in_gpus_processors_and_memory() -> None:
    assert pool_document()["spec"]["limits"] == {"nvidia.com/gpu": "4", "cpu": "32", "memory": "128Gi"}


def test_pools_give_up_empty_nodes_only_and_one_at_a_time() -> None:
    disruption = pool_document()["spec"]["disruption"]
    assert (disruption["consolidationPolicy"], disruption["budgets"]) == ("WhenEmpty", [{"nodes": "1"}])


CACHES = st.one_of(
    st.just(NoCache()),
    st.just(SociParallelPull()),
    st.builds(SnapshotCache, snapshot_id=st.just("snap-1"), init_rate_mibps=st.integers(100, 300)),
)
LOADS = st.builds(
    ImageLoad,
    image_gib=st.floats(0.1, 60),
    unpacked_gib=st.floats(0.1, 120),
    model_load_seconds=st.floats(0, 3600),
)


@given(cache=CACHES, load=LOADS, os=st.sampled_from(("al2023", "bottlerocket")))
def test_no_pool_takes_a_node_away_that_still_pulls(cache: Any, load: ImageLoad, os: Any) -> None:
    pool = replace(KARPENTER_POOL, image_cache=cache, load=load, os=os)
    after = int(pool_document(pool)["spec"]["disruption"]["consolidateAfter"].removesuffix("s"))
    assert after >= pull_seconds(cache, os, load) + load.model_load_seconds
    assert after >= 300


def test_nodes_take_only_pods_that_ask_for_a_gpu_and_are_found_by_their_pool() -> None:
    template = pool_document()["spec"]["template"]
    assert template["spec"]["taints"] == [{"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}]
    assert template["metadata"]["labels"]["slipway.dev/pool"] == "gpu"
    assert template["spec"]["expireAfter"] == "168h"


def test_nodes_are_bought_in_the_zones_of_the_network_only() -> None:
    zones = {"key": "topology.k8s.aws/zone-id", "operator": "In", "values": ["use1-az1", "use1-az2"]}
    assert zones in pool_document()["spec"]["template"]["spec"]["requirements"]


def test_subnets_and_groups_are_named_by_id_and_never_searched_by_tag() -> None:
    spec = class_document()["spec"]
    assert spec["subnetSelectorTerms"] == [{"id": "subnet-1"}, {"id": "subnet-2"}]
    assert spec["securityGroupSelectorTerms"] == [{"id": "sg-1"}]
    assert spec["instanceProfile"] == "nodes"
    assert "role" not in spec


def test_nodes_keep_metadata_from_pods_and_carry_the_tags_of_the_stack() -> None:
    spec = class_document()["spec"]
    assert spec["metadataOptions"] == {"httpTokens": "required", "httpPutResponseHopLimit": 1}
    assert spec["tags"] == {"slipway:stack": "dev"}


@pytest.mark.parametrize("cache", [NoCache(), SociParallelPull(), SnapshotCache(snapshot_id="snap-1")])
@pytest.mark.parametrize("os", ["al2023", "bottlerocket"])
def test_every_volume_of_a_node_is_encrypted(cache: Any, os: Any) -> None:
    devices = class_document(replace(KARPENTER_POOL, os=os, image_cache=cache))["spec"]["blockDeviceMappings"]
    assert "/dev/xvda" in [each["deviceName"] for each in devices], "the image would bring it, unencrypted"
    assert all(each["ebs"]["encrypted"] for each in devices)


def test_rdma_comes_beside_an_ordinary_first_interface() -> None:
    interfaces = class_document(replace(KARPENTER_POOL, efa=True))["spec"]["networkInterfaces"]
    assert [each["interfaceType"] for each in interfaces] == ["interface", "efa-only"]
    assert len({(each["deviceIndex"], each["networkCardIndex"]) for each in interfaces}) == 2


def test_bottlerocket_shares_a_gpu_by_its_own_settings() -> None:
    data = class_document(replace(KARPENTER_POOL, sharing="time_slicing", pods_per_gpu=3))["spec"]["userData"]
    assert 'device-sharing-strategy = "time-slicing"' in data
    assert "[settings.kubelet-device-plugins.nvidia.time-slicing]\nreplicas = 3" in data


def test_the_controller_repairs_nodes_and_runs_by_digest() -> None:
    values = KarpenterValues(
        cluster_name="c", interruption_queue="q", isolated=True, image="host/karpenter/controller"
    ).values()
    assert values["settings"]["featureGates"] == {
        "nodeRepair": True,
        "reservedCapacity": True,
        "spotToSpotConsolidation": False,
    }
    assert values["settings"]["isolatedVPC"] is True
    assert values["controller"]["image"]["digest"].startswith("sha256:")
    assert values["controller"]["resources"]["limits"] == {"memory": "1Gi"}
    assert values["serviceAccount"] == {"name": "karpenter"}


def test_pools_go_before_classes_before_the_controller_before_its_definitions(graph: Graph) -> None:
    chain = [
        graph.one("NodePool"),
        graph.one("EC2NodeClass"),
        chart(graph, "services-karpenter"),
        chart(graph, "services-karpenter-crd"),
    ]
    for earlier, later in itertools.pairwise(chain):
        assert reaches(graph, earlier, later)


@pytest.mark.parametrize(
    "name",
    [
        "services-base-cluster-system-use1-az1",
        "services-base-pools-karpenter-controller-policy",
        "services-base-pools-karpenter-controller-identity",
        "services-base-pools-karpenter-interruptions",
        "services-base-pools-karpenter-node-access",
        "services-base-network-nat-use1-az1",
    ],
)
def test_what_the_controller_needs_outlives_every_pool_in_one_stack(graph: Graph, name: str) -> None:
    assert reaches(graph, graph.one("NodePool"), graph.named(name))
    assert reaches(graph, chart(graph, "services-karpenter"), graph.named(name))
