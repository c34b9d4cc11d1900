from dataclasses import replace

import pytest

from components.aws.gpu_pool_spec import GpuPool, KarpenterPool, ManagedPool
from components.aws.gpu_quota import CODES, Quota, quotas
from components.aws.gpu_types import vcpus
from tests.support.aws_examples import ZONES

SPOT = KarpenterPool(
    instance_types=("g6.xlarge", "g5.2xlarge"), gpu_limit=2, disk_gib=150, capacity=("spot", "on-demand")
)
TRAINING = ManagedPool(instance_types=("p5.48xlarge",), disk_gib=500, maximum=2)


@pytest.mark.parametrize(
    ("kind", "count"), [("g6.xlarge", 4), ("g6.2xlarge", 8), ("p5.48xlarge", 192), ("g4dn.metal", 96), ("m7i.large", 0)]
)
def test_the_size_of_a_type_says_its_vcpus(kind: str, count: int) -> None:
    assert vcpus(kind) == count


@pytest.mark.parametrize(
    ("pools", "needed"),
    [
        ({}, {}),
        ({"gpu": SPOT}, {"All G and VT Spot Instance Requests": 16, "Running On-Demand G and VT instances": 16}),
        ({"gpu": TRAINING}, {"Running On-Demand P instances": 384}),
        (
            {"a": SPOT, "b": SPOT, "c": TRAINING},
            {
                "All G and VT Spot Instance Requests": 32,
                "Running On-Demand G and VT instances": 32,
                "Running On-Demand P instances": 384,
            },
        ),
    ],
)
def test_pools_need_what_their_limits_and_largest_types_allow(
    pools: dict[str, GpuPool], needed: dict[str, int]
) -> None:
    assert list(quotas(pools, ZONES)) == [Quota(name=name, vcpus=count) for name, count in sorted(needed.items())]


def test_a_node_with_many_gpus_counts_once_for_all_of_them() -> None:
    pool = KarpenterPool(instance_types=("g6.12xlarge",), gpu_limit=4, disk_gib=150)
    assert [quota.vcpus for quota in quotas({"gpu": pool}, ZONES)] == [48]


@pytest.mark.parametrize(("zones", "groups"), [(None, 3), (("use1-az1", "use1-az2"), 2)])
def test_a_group_in_each_zone_counts_once_for_each(zones: tuple[str, ...] | None, groups: int) -> None:
    pool = replace(TRAINING, group_per_zone=True, zones=zones)
    assert [quota.vcpus for quota in quotas({"training": pool}, ZONES)] == [groups * 2 * 192]


def test_every_quota_has_a_code_by_which_it_can_be_asked() -> None:
    pools: dict[str, GpuPool] = {"gpu": SPOT, "training": TRAINING, "more": replace(TRAINING, capacity="spot")}
    assert {quota.code for quota in quotas(pools, ZONES)} == set(CODES.values())
