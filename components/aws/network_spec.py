"""What a network can be, and what it cannot: the choices as types, the relations as sentences."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from components.aws.endpoint_plan import Endpoints, Isolated, S3Only
from components.aws.rules import listed
from components.aws.subnet_plan import ZONE_ID

PREFIXES = range(16, 21)
ZONE_COUNTS = range(2, 7)
FLOW_LOG_DAYS = range(1, 3651)

_PRIVATE_RANGES = tuple(ipaddress.IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


@dataclass(frozen=True, kw_only=True)
class NatPerZone:
    """One NAT gateway in each zone: a zone that fails takes only itself down."""

    kind: Literal["per_zone"] = "per_zone"


@dataclass(frozen=True, kw_only=True)
class NatIn:
    """One NAT gateway for all zones, in the zone named here."""

    zone: str
    kind: Literal["in_zone"] = "in_zone"


@dataclass(frozen=True, kw_only=True)
class NatRegional:
    """One regional NAT gateway, which grows into new zones by itself; its addresses are not ours to announce."""

    kind: Literal["regional"] = "regional"


@dataclass(frozen=True, kw_only=True)
class NoNat:
    """No way out of the network but its endpoints."""

    kind: Literal["none"] = "none"


@dataclass(frozen=True, kw_only=True)
class NoFlowLogs:
    """Record no network flows."""

    kind: Literal["none"] = "none"


@dataclass(frozen=True, kw_only=True)
class FlowLogsToS3:
    """Record flows as Parquet files, hour by hour, and keep them for so many days."""

    days: int
    traffic: Literal["ACCEPT", "REJECT", "ALL"] = "REJECT"
    kind: Literal["s3"] = "s3"


Nat = NatPerZone | NatIn | NatRegional | NoNat
FlowLogs = NoFlowLogs | FlowLogsToS3


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """The plain description of a network.

    Args:
        zones: zone ids such as `use1-az1`, two to six of one region.
        nat: how private subnets reach the internet.
        cidr: private range, prefix 16 to 20.
        endpoints: which AWS services are reached from inside.
        flow_logs: whether network flows are recorded.
        internet_facing: make public subnets and an internet gateway; false only without NAT.
    """

    zones: tuple[str, ...]
    nat: Nat
    cidr: str = "10.0.0.0/16"
    endpoints: Endpoints = field(default_factory=S3Only)
    flow_logs: FlowLogs = field(default_factory=NoFlowLogs)
    internet_facing: bool = True


def network_problems(spec: NetworkSpec, region: str) -> Iterator[str]:
    """Yield every sentence about what is wrong with a network in this region."""
    yield from _range_problems(spec.cidr)
    yield from _zone_problems(spec.zones, region)
    yield from _way_out_problems(spec)
    if isinstance(spec.flow_logs, FlowLogsToS3) and spec.flow_logs.days not in FLOW_LOG_DAYS:
        yield f"network.flow_logs.days is {spec.flow_logs.days}; allowed are 1 to 3650."


def _range_problems(cidr: str) -> Iterator[str]:
    try:
        network = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        yield f'network.cidr is "{cidr}", which is no IPv4 range ({error}); write one such as 10.0.0.0/16.'
        return
    if network.prefixlen not in PREFIXES:
        yield f'network.cidr is "{cidr}"; its prefix must be 16 to 20, because each zone needs room for pods.'
    if not any(network.subnet_of(private) for private in _PRIVATE_RANGES):
        yield f'network.cidr is "{cidr}", which is not private; take a range from {listed(map(str, _PRIVATE_RANGES))}.'


def _zone_problems(zones: tuple[str, ...], region: str) -> Iterator[str]:
    if len(zones) not in ZONE_COUNTS:
        yield f"network.zones has {len(zones)} entries; give 2 to 6, so that one zone may fail."
    for index, zone in enumerate(zones):
        if not ZONE_ID.match(zone):
            yield (
                f'network.zones[{index}] is "{zone}"; give zone ids such as {region_code(region)}-az2, because zone '
                "names mean different places in different accounts."
            )
        elif not zone.startswith(f"{region_code(region)}-"):
            code = region_code(region)
            yield f'network.zones[{index}] is "{zone}", which is not in {region}; its zones begin with {code}-.'
        elif zone in zones[:index]:
            yield f'network.zones[{index}] is "{zone}" for the second time; name each zone once.'


def _way_out_problems(spec: NetworkSpec) -> Iterator[str]:
    nat = spec.nat
    if isinstance(nat, NatIn) and nat.zone not in spec.zones:
        yield f'network.nat.zone is "{nat.zone}", which is not in network.zones.'
    if isinstance(nat, NoNat) and not isinstance(spec.endpoints, Isolated):
        yield "network.nat is none, so network.endpoints must be isolated: nodes could not reach ECR or STS."
    if not spec.internet_facing and not isinstance(nat, NoNat):
        yield (
            f"network.internet_facing is false, but network.nat is {nat.kind}, which needs the internet gateway; "
            "set network.nat to none, or internet_facing to true."
        )


def region_code(region: str) -> str:
    """Return how zone ids abbreviate a region: `us-east-1` → `use1`, `ap-northeast-2` → `apne2`."""
    *area, direction, number = region.split("-")
    points = [point for point in ("north", "south", "east", "west", "central") if point in direction]
    points.sort(key=direction.index)
    head = area[0] + "".join(part[0] for part in area[1:])
    return head + "".join(point[0] for point in points) + number
