import pytest
from cluster_mutants import BLUE, GATE_JOB, POD
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "gpu-scheduling-pair"
TOLERATION = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
AFFINITY = "requiredDuringSchedulingIgnoredDuringExecution"


def test_a_pod_with_both_halves_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


def test_a_gpu_pod_without_the_toleration_is_refused() -> None:
    (found,) = messages(ID, spoil(BLUE, f"{POD}.tolerations", MISSING))
    assert f"does not tolerate the taint of GPU nodes. Where: Deployment {BLUE}, {POD}.tolerations." in found


def test_a_gpu_pod_that_names_no_pool_is_refused_unless_its_affinity_does() -> None:
    free = spoil(BLUE, f"{POD}.nodeSelector", MISSING)
    assert "does not say from which pool" in messages(ID, free)[0]
    terms = [{"matchExpressions": [{"key": "slipway.dev/pool", "operator": "In", "values": ["gpu"]}]}]
    bound = {"nodeAffinity": {AFFINITY: {"nodeSelectorTerms": terms}}}
    assert messages(ID, spoil(BLUE, f"{POD}.affinity", bound, free)) == []


def test_a_pod_without_a_gpu_stays_off_gpu_nodes() -> None:
    (found,) = messages(ID, spoil(GATE_JOB, f"{POD}.tolerations", [TOLERATION]))
    assert "the pod has no GPU, and could take the place of one that has" in found
    (found,) = messages(ID, spoil(GATE_JOB, f"{POD}.nodeSelector", {"nvidia.com/gpu.present": "true"}))
    assert "waits for a GPU node" in found


@pytest.mark.parametrize("name", [BLUE, GATE_JOB])
def test_nobody_tolerates_everything(name: str) -> None:
    found = messages(ID, spoil(name, f"{POD}.tolerations", [{"operator": "Exists"}, TOLERATION]))
    assert any("tolerates every taint there is" in message for message in found)


@pytest.mark.parametrize(("name", "passes"), [("nvidia-device-plugin", True), ("dcgm-exporter", True), ("logs", False)])
def test_only_what_serves_the_node_itself_may_be_on_every_gpu_node(name: str, passes: bool) -> None:
    pod = {"tolerations": [TOLERATION], "nodeSelector": {"nvidia.com/gpu.present": "true"}}
    props = {"metadata": {"name": name}, "spec": {"template": {"spec": pod}}}
    agent = put(resource("kubernetes:apps/v1:DaemonSet", "agent", props))
    assert (messages(ID, agent) == []) is passes
