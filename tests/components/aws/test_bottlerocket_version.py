from dataclasses import replace

import pytest

from components.aws.bottlerocket_version import bottlerocket_problems
from components.aws.cluster_spec import ClusterSpec, SystemNodesSpec
from components.aws.gpu_pool_spec import GpuPool
from infra.aws_presets import PROD
from tests.support.aws_examples import AL2023_POOL, DEV_CLUSTER, KARPENTER_POOL, MANAGED_POOL

OLD = "node_pools.gpu.ami_release is v1.44.0, but nodes for Kubernetes 1.35 begin with Bottlerocket v1.53.0; pin that or a newer one."


def problems(pool: GpuPool, cluster: ClusterSpec = DEV_CLUSTER) -> list[str]:
    return list(bottlerocket_problems({"gpu": pool}, cluster))


def test_a_release_older_than_the_kubernetes_version_names_the_first_that_knows_it() -> None:
    assert problems(replace(KARPENTER_POOL, ami_release="v1.44.0")) == [OLD]
    managed = replace(MANAGED_POOL, os="bottlerocket", ami_release="1.44.0-abcdef12")
    assert problems(managed) == [OLD.replace("v1.44.0", "1.44.0-abcdef12")]


@pytest.mark.parametrize(
    ("release", "version", "accepted"),
    [
        ("v1.53.0", "1.35", True),
        ("v1.52.9", "1.35", False),
        ("v1.53.0", "1.36", False),
        ("v1.61.0", "1.36", True),
        ("v1.47.0", "1.34", True),
        ("v2.0.0", "1.36", True),
        ("v1.0.0", "1.99", True),
        ("latest", "1.35", True),
    ],
)
def test_each_kubernetes_version_has_a_first_release(release: str, version: str, accepted: bool) -> None:
    cluster = replace(DEV_CLUSTER, kubernetes_version=version)
    assert (problems(replace(KARPENTER_POOL, ami_release=release), cluster) == []) is accepted


def test_a_release_that_is_none_of_bottlerocket_s_is_refused() -> None:
    assert problems(replace(KARPENTER_POOL, ami_release="v20260415")) == [
        'node_pools.gpu.ami_release is "v20260415", which is no release of Bottlerocket; write one such as v1.53.0, or 1.53.0-9b3c5b1a in a managed group.'
    ]


def test_other_node_images_are_not_asked() -> None:
    assert problems(AL2023_POOL) == []
    assert problems(MANAGED_POOL) == []


def test_system_nodes_are_asked_too() -> None:
    nodes = SystemNodesSpec(instance_type="t3.large", os="bottlerocket", release_version="1.44.0-abcdef12")
    assert problems(KARPENTER_POOL, replace(DEV_CLUSTER, system_nodes=nodes)) == [
        OLD.replace("node_pools.gpu.ami_release is v1.44.0", "cluster.system_nodes.release_version is 1.44.0-abcdef12")
    ]


def test_the_preset_of_production_pins_a_release_that_knows_its_kubernetes() -> None:
    version, release = PROD["cluster"]["kubernetes_version"], PROD["node_pools"]["gpu"]["ami_release"]
    assert (
        problems(replace(KARPENTER_POOL, ami_release=release), replace(DEV_CLUSTER, kubernetes_version=version)) == []
    )
