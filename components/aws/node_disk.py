"""Where images lie on a node, and which node images there are."""

from dataclasses import dataclass
from typing import Literal

Os = Literal["al2023", "bottlerocket"]
DATA_DEVICES: dict[Os, str] = {"al2023": "/dev/xvda", "bottlerocket": "/dev/xvdb"}
"""The volume that images are unpacked to; Bottlerocket keeps its own system on another one."""
SYSTEM_DEVICE = "/dev/xvda"
SYSTEM_DISK_GIB = 4
"""The size of Bottlerocket itself, the only node image with a volume of its own."""


@dataclass(frozen=True, kw_only=True)
class Disk:
    """The volume that holds images and pods' files.

    Args:
        device: where the node image expects it.
        throughput_mibps: above 125 costs extra; None leaves AWS's default.
        snapshot_id: start from this content.
        init_rate_mibps: how fast the content of the snapshot is loaded, 100 to 300.
    """

    device: str
    size_gib: int
    throughput_mibps: int | None = None
    iops: int | None = None
    snapshot_id: str | None = None
    init_rate_mibps: int | None = None


def node_disks(os: Os, images: Disk) -> tuple[Disk, ...]:
    """Return every volume of a node: what the node image does not find here, it makes itself and does not encrypt."""
    system = Disk(device=SYSTEM_DEVICE, size_gib=SYSTEM_DISK_GIB)
    return (images,) if DATA_DEVICES[os] == SYSTEM_DEVICE else (system, images)
