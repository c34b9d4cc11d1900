import json
from dataclasses import replace
from typing import Any

import pytest

from components.aws.accelerator_plan import agents, daemon_set_spec, needed_images, plugin_config
from components.aws.accelerators import PRIVILEGED
from components.aws.node_pool_plan import pool_plan
from components.aws.upstream_images import DCGM_EXPORTER, DEVICE_PLUGIN
from tests.support.aws_examples import IMAGES, KARPENTER_POOL, MANAGED_POOL, PROD, make_accelerators
from tests.support.recording import Graph, reaches, record

AL2023 = replace(KARPENTER_POOL, os="al2023", ami_release="v20260415")


def plans(**pools: Any) -> dict[str, dict[str, Any]]:
    return {name: pool_plan(name, pool) for name, pool in pools.items()}


def pools_of(spec: dict[str, Any]) -> list[str]:
    required = spec["template"]["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    terms = required["nodeSelectorTerms"]
    assert len(terms) == 1, "several terms would be alternatives"
    values: list[str] = terms[0]["matchExpressions"][0]["values"]
    return values


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record(lambda: make_accelerators("gpus", PROD))


def test_every_node_of_al2023_has_exactly_one_device_plugin_and_bottlerocket_has_its_own() -> None:
    mixed = plans(
        a=AL2023,
        b=KARPENTER_POOL,
        c=replace(AL2023, sharing="time_slicing", pods_per_gpu=4),
        d=replace(KARPENTER_POOL, sharing="mps", pods_per_gpu=2),
        e=MANAGED_POOL,
        f=replace(AL2023, sharing="mps", pods_per_gpu=2),
    )
    served = [
        pool
        for agent in agents(mixed, IMAGES)
        if agent.name.startswith("nvidia-device-plugin")
        for pool in pools_of(daemon_set_spec(agent))
    ]
    assert sorted(served) == ["a", "c", "e", "f"]


def test_every_gpu_node_is_measured_by_one_exporter() -> None:
    exporters = [a for a in agents(plans(a=AL2023, b=KARPENTER_POOL), IMAGES) if a.name == "dcgm-exporter"]
    assert [pools_of(daemon_set_spec(each)) for each in exporters] == [["a", "b"]]


def test_without_gpu_pools_there_is_no_agent_and_no_image_is_needed() -> None:
    assert list(agents({}, {})) == []
    assert needed_images({}) == []


def test_only_al2023_needs_a_copy_of_the_device_plugin() -> None:
    assert needed_images(plans(b=KARPENTER_POOL)) == [DCGM_EXPORTER]
    assert needed_images(plans(a=AL2023)) == [DEVICE_PLUGIN, DCGM_EXPORTER]


@pytest.mark.parametrize(("sharing", "key"), [("time_slicing", "timeSlicing"), ("mps", "mps")])
def test_a_shared_gpu_is_offered_as_often_as_the_pool_says(sharing: str, key: str) -> None:
    told = json.loads(plugin_config(sharing, 4))
    assert told["sharing"][key]["resources"] == [{"name": "nvidia.com/gpu", "replicas": 4}]


def test_nothing_is_shared_that_did_not_ask_for_it() -> None:
    assert plugin_config("none", 1) == ""
    assert not [a for a in agents(plans(a=AL2023), IMAGES) if a.config or a.name.startswith("mps")]


def test_only_the_daemon_that_mps_needs_is_privileged() -> None:
    shared = plans(a=AL2023, f=replace(AL2023, sharing="mps", pods_per_gpu=2))
    privileged = {
        agent.name
        for agent in agents(shared, IMAGES)
        for container in agent.pod["containers"]
        if container["securityContext"].get("privileged")
    }
    assert privileged == {"mps-control-mps-2"}


@pytest.mark.parametrize("name", ["gpus-dcgm-exporter", "gpus-nvidia-device-plugin"])
def test_agents_land_on_tainted_nodes_ahead_of_models_and_have_no_token(graph: Graph, name: str) -> None:
    pod = graph.named(name).inputs["spec"]["template"]["spec"]
    assert pod["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert pod["priorityClassName"] == "system-node-critical"
    assert pod["automountServiceAccountToken"] is False
    (container,) = pod["containers"]
    assert container["image"] in IMAGES.values()
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert not container["securityContext"]["allowPrivilegeEscalation"]
    assert container["resources"]["limits"]["memory"]


def test_agents_wait_for_their_namespace_which_admits_them(graph: Graph) -> None:
    namespace = graph.named("gpus-namespace")
    assert PRIVILEGED.items() <= namespace.inputs["metadata"]["labels"].items()
    assert all(reaches(graph, found, namespace) for found in graph.of("DaemonSet", "Service"))


def test_a_plugin_that_is_told_something_waits_for_its_file() -> None:
    pool = replace(AL2023, sharing="time_slicing", pods_per_gpu=4)
    graph = record(lambda: make_accelerators("gpus", PROD, {"gpu": pool}))
    config = graph.named("gpus-nvidia-device-plugin-time-slicing-4-config")
    plugin = graph.named("gpus-nvidia-device-plugin-time-slicing-4")
    assert reaches(graph, plugin, config)
    (volume,) = [v for v in plugin.inputs["spec"]["template"]["spec"]["volumes"] if "configMap" in v]
    assert volume["configMap"]["name"] == config.inputs["metadata"]["name"]


def test_nothing_passes_but_the_reading_of_metrics(graph: Graph) -> None:
    closed = graph.named("gpus-default-deny").inputs["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    read = graph.named("gpus-metrics-policy").inputs["spec"]
    assert read["ingress"][0]["ports"] == [{"port": 9400, "protocol": "TCP"}]
    assert "monitoring" in str(read["ingress"][0]["from"])


def test_every_agent_has_an_account_of_its_own(graph: Graph) -> None:
    for found in graph.of("DaemonSet"):
        account = graph.named(f"{found.name}-account")
        assert account.inputs["metadata"]["name"] == found.inputs["spec"]["template"]["spec"]["serviceAccountName"]
        assert account.inputs["automountServiceAccountToken"] is False
        assert reaches(graph, found, account)


def test_the_exporter_is_found_by_its_service(graph: Graph) -> None:
    service = graph.named("gpus-metrics").inputs["spec"]
    assert service["type"] == "ClusterIP"
    assert service["selector"].items() <= (
        graph.named("gpus-dcgm-exporter").inputs["spec"]["template"]["metadata"]["labels"].items()
    )


def test_no_pool_shares_its_gpus_by_itself() -> None:
    assert KARPENTER_POOL.shares == MANAGED_POOL.shares == ("none", 1)
