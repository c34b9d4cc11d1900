"""Which instance types have GPUs, how many, and whether they have fast local disks.

Source: https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html, read 2026-08.
"""

import re

GPU_FAMILIES = ("g4dn", "g5", "g6", "g6e", "gr6", "p4d", "p4de", "p5", "p5e", "p5en", "p6-b200")
_COUNTS = {
    "g4dn.12xlarge": 4, "g4dn.metal": 8, "g5.12xlarge": 4, "g5.24xlarge": 4, "g5.48xlarge": 8, "g6.12xlarge": 4,
    "g6.24xlarge": 4, "g6.48xlarge": 8, "g6e.12xlarge": 4, "g6e.24xlarge": 4, "g6e.48xlarge": 8, "p5.4xlarge": 1,
}  # fmt: skip
_WHOLE_FAMILIES = {"p4d": 8, "p4de": 8, "p5": 8, "p5e": 8, "p5en": 8, "p6-b200": 8}
VCPUS_PER_XLARGE = 4
_SIZE = re.compile(r"\.(\d*)xlarge$")
_GIB_PER_VCPU = {
    "gr6": 8.0,
    "g6e": 8.0,
    "p4d": 12.0,
    "p4de": 12.0,
    "p5": 10.7,
    "p5e": 10.7,
    "p5en": 10.7,
    "p6-b200": 10.7,
}


def family(instance_type: str) -> str:
    """Return the part before the size: `g6.xlarge` → `g6`."""
    return instance_type.partition(".")[0]


def has_gpu(instance_type: str) -> bool:
    """Say whether the type has an NVIDIA GPU."""
    return family(instance_type) in GPU_FAMILIES


def gpu_count(instance_type: str) -> int:
    """Return how many GPUs one instance has; 0 for a CPU type."""
    if not has_gpu(instance_type):
        return 0
    return _COUNTS.get(instance_type, _WHOLE_FAMILIES.get(family(instance_type), 1))


def has_local_nvme(instance_type: str) -> bool:
    """Say whether the type has local disks that can hold images; every GPU family here but none of t3, m7i, c7i."""
    return has_gpu(instance_type)


def vcpus(instance_type: str) -> int:
    """Return how many vCPUs a type has, by its size: `g6.2xlarge` has 8."""
    if instance_type == "g4dn.metal":
        return 96
    size = _SIZE.search(instance_type)
    return VCPUS_PER_XLARGE * int(size[1] or 1) if size else 0


def memory_gib(instance_type: str) -> int:
    """Return how much memory a type has at most: a family keeps one ratio to its vCPUs, rounded up, mostly 4 GiB."""
    return round(vcpus(instance_type) * _GIB_PER_VCPU.get(family(instance_type), 4.0))
