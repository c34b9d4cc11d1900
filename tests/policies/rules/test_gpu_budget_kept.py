from cluster_mutants import BLUE, GREEN, SERVER
from planned_stack import good_stack, messages, spoil, without

ID = "gpu-budget"
NO_GPUS = {"memory": "8Gi"}


def test_models_that_fit_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []


def test_the_sum_is_shown_with_its_parts() -> None:
    (found,) = messages(ID, good_stack(), maxGpus=6)
    assert "the models may take 7 GPUs (tumours/blue 3, tumours/green 4), and 6 are agreed" in found


def test_pools_that_cannot_make_as_many_are_told() -> None:
    limits = {"nvidia.com/gpu": "4"}
    (found,) = messages(ID, spoil("gpu-pool", "spec.limits", limits))
    assert "and 4 can be made. Where: stack local. Fix: lower the most replicas, or raise the pools' gpu_limit" in found


def test_without_an_autoscaler_the_replicas_count() -> None:
    fixed = spoil(GREEN, "spec.replicas", 2, without(f"{GREEN}-autoscaler"))
    (found,) = messages(ID, fixed, maxGpus=4)
    assert "take 5 GPUs (tumours/blue 3, tumours/green 2)" in found


def test_pods_without_gpus_and_clusters_without_pools_are_left_alone() -> None:
    none = spoil(BLUE, f"{SERVER}.resources.limits", NO_GPUS, spoil(GREEN, f"{SERVER}.resources.limits", NO_GPUS))
    assert messages(ID, none, maxGpus=0) == []
    assert messages(ID, without("gpu-pool"), maxGpus=7) == []
