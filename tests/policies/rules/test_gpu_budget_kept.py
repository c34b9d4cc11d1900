import pytest
from cluster_mutants import BLUE, GREEN, POD, SERVER
from mechanics.node_pools import gpus_of_type
from planned_stack import MISSING, good_stack, messages, spoil, without

from components.aws.gpu_types import gpu_count
from components.aws.prices import EC2_PER_HOUR

ID = "gpu-budget"
FOUR = {"cpu": "64", "memory": "256Gi", "nvidia.com/gpu": "4"}
NO_GPUS = {"memory": "8Gi"}


def test_models_that_fit_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []


def test_the_sum_is_shown_with_its_parts() -> None:
    (found,) = messages(ID, good_stack(), maxGpus=6)
    assert "the models may take 7 GPUs (tumours/blue 3, tumours/green 4), and 6 are agreed" in found


def test_pools_that_cannot_make_as_many_are_told() -> None:
    (found,) = messages(ID, spoil("gpu-pool", "spec.limits", FOUR))
    assert "and 6 can be made by pool gpu. Where: stack local. Fix: lower the most replicas, or raise" in found


def test_managed_groups_make_gpus_too() -> None:
    only = spoil("gpus", "scalingConfig.maxSize", 7, without("gpu-pool"))
    assert messages(ID, only) == []
    (found,) = messages(ID, spoil("gpus", "scalingConfig.maxSize", 6, only))
    assert "and 6 can be made by pool gpu" in found
    assert messages(ID, spoil("gpus", "instanceTypes", ["g6.xlarge", "g6.12xlarge"], without("gpu-pool"))) == []


def test_each_pool_makes_its_own() -> None:
    other = spoil("gpus", "labels", {"slipway.dev/pool": "other"}, spoil("gpu-pool", "spec.limits", FOUR))
    (found,) = messages(ID, other)
    assert "take 7 GPUs (tumours/blue 3, tumours/green 4), and 4 can be made by pool gpu" in found
    moved = spoil(GREEN, f"{POD}.nodeSelector", {"slipway.dev/pool": "other"}, other)
    (found,) = messages(ID, moved)
    assert "take 4 GPUs (tumours/green 4), and 2 can be made by pool other" in found


def test_pods_that_name_no_pool_take_from_all() -> None:
    free = spoil(GREEN, f"{POD}.nodeSelector", MISSING, spoil("gpu-pool", "spec.limits", FOUR))
    (found,) = messages(ID, free)
    assert "take 7 GPUs (tumours/blue 3, tumours/green 4), and 6 can be made by all pools" in found


def test_a_pool_of_another_stack_is_not_judged() -> None:
    assert messages(ID, without("gpu-pool", "gpus")) == []
    elsewhere = spoil("gpus", "labels", {"slipway.dev/pool": "other"}, without("gpu-pool"))
    assert messages(ID, elsewhere) == []


LARGE = ("g4dn.metal", "g5.24xlarge", "g5.48xlarge", "p4d.24xlarge", "p5.4xlarge", "p5.48xlarge", "p6-b200.48xlarge")


@pytest.mark.parametrize("kind", sorted({*EC2_PER_HOUR, *LARGE}))
def test_the_gpus_of_a_type_are_those_that_the_program_counts(kind: str) -> None:
    assert gpus_of_type(kind) == gpu_count(kind)


def test_without_an_autoscaler_the_replicas_count() -> None:
    fixed = spoil(GREEN, "spec.replicas", 2, without(f"{GREEN}-autoscaler"))
    (found,) = messages(ID, fixed, maxGpus=4)
    assert "take 5 GPUs (tumours/blue 3, tumours/green 2)" in found


def test_pods_without_gpus_and_clusters_without_pools_are_left_alone() -> None:
    none = spoil(BLUE, f"{SERVER}.resources.limits", NO_GPUS, spoil(GREEN, f"{SERVER}.resources.limits", NO_GPUS))
    assert messages(ID, none, maxGpus=0) == []
    assert messages(ID, without("gpu-pool", "gpus"), maxGpus=7) == []
