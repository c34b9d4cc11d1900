import pytest
from cluster_mutants import BLUE, GATE_JOB, NEEDS, POD, SERVER
from planned_stack import good_stack, messages, spoil

ID = "gpu-limits-equal-requests"
GPU = "nvidia.com/gpu"


def test_a_container_with_a_whole_gpu_and_what_it_needs_besides_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize("amount", [0, 0.5, "0.5", "one", None])
def test_a_part_of_a_gpu_is_refused(amount: object) -> None:
    found = messages(ID, spoil(BLUE, f"{SERVER}.resources.limits", {"memory": "8Gi", GPU: amount}))
    assert any(f"the limit of {GPU} is" in message and f"{SERVER}.resources.limits" in message for message in found)


def test_a_request_beside_the_limit_must_be_the_same() -> None:
    (found,) = messages(ID, spoil(BLUE, f"{SERVER}.resources.requests", {**NEEDS, GPU: 2}))
    assert f"the request of {GPU} is 2 and its limit 1. Where: Deployment {BLUE}," in found
    assert messages(ID, spoil(BLUE, f"{SERVER}.resources.requests", {**NEEDS, GPU: "1"})) == []


def test_a_request_without_a_limit_is_refused() -> None:
    alone = spoil(BLUE, f"{SERVER}.resources", {"requests": {**NEEDS, GPU: 1}, "limits": {"memory": "1Gi"}})
    (found,) = messages(ID, alone)
    assert f"{GPU} is requested without a limit" in found


@pytest.mark.parametrize("device", [f"{GPU}.shared", "nvidia.com/mig-1g.5gb"])
def test_parts_that_a_plugin_makes_are_devices_too(device: str) -> None:
    limits = {"memory": "8Gi", device: "1.5"}
    (found,) = messages(ID, spoil(BLUE, f"{SERVER}.resources.limits", limits))
    assert f"the limit of {device} is" in found


def test_shared_memory_has_a_size() -> None:
    (found,) = messages(ID, spoil(BLUE, f"{POD}.volumes[1].emptyDir", {"medium": "Memory"}))
    assert "the memory at /dev/shm has no size" in found


def test_pods_without_a_gpu_are_left_alone() -> None:
    assert messages(ID, spoil(GATE_JOB, f"{SERVER}.resources", {})) == []
