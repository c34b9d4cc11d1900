"""What a cluster can be: the choices as types, the relations as sentences."""

import contextlib
import datetime as dt
import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from components.aws.addon_plan import ADDONS, addon_problems
from components.aws.aws_site import fitted
from components.aws.log_retention import RETENTION_DAYS
from components.aws.rules import listed

LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]
CLUSTER_NAME_CHARACTERS = 100
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html"""
ALLOWED_CIDRS = range(1, 41)
"""https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html: 40 public access ranges."""
WIDEST_PREFIX = 8
SERVICE_PREFIXES = range(12, 25)
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html"""
SUPPORT_DAYS_LEFT = 45

_SUFFIX = re.compile(r"^[0-9a-f]{4}$")
_ROLE_ARN = re.compile(r"^arn:[a-z-]+:iam::[0-9]{12}:role/.+$")


@dataclass(frozen=True, kw_only=True)
class PrivateApi:
    """The Kubernetes API answers inside the network only."""

    kind: Literal["private"] = "private"


@dataclass(frozen=True, kw_only=True)
class PublicApi:
    """The Kubernetes API answers these ranges too, beside the network."""

    allowed_cidrs: tuple[str, ...]
    kind: Literal["public"] = "public"


@dataclass(frozen=True, kw_only=True)
class Editor:
    """A role that may change what stands in some namespaces, such as the CI of a model team."""

    role_arn: str
    namespaces: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SystemNodesSpec:
    """The nodes that carry controllers and DNS.

    Args:
        instance_type: one type, without GPU.
        nodes_per_zone: one group per zone, so that a new zone replaces none.
        os: which node image.
        release_version: of the node image; None takes the newest of the Kubernetes version when that changes.
        disk_gib: root volume.
        dedicated: taint the nodes, so that only what tolerates `CriticalAddonsOnly` runs there. The proxies, gates and
            shifts do not: with models on the cluster they would have no node, because GPU pools take none of them.
    """

    instance_type: str
    nodes_per_zone: int = 1
    os: Literal["al2023", "bottlerocket"] = "al2023"
    release_version: str | None = None
    disk_gib: int = 40
    dedicated: bool = False


@dataclass(frozen=True, kw_only=True)
class ClusterSpec:
    """The plain description of a cluster.

    Args:
        name_suffix: four hex digits, new ones for each new cluster: what is left of an old one never blocks it.
        admins: ARNs of roles that may do everything.
        viewers: ARNs of roles that may read everything.
        editors: roles that may change some namespaces.
        kubernetes_version: for example `1.35`.
        api: who reaches the Kubernetes API.
        support: `STANDARD` upgrades by force at its end; `EXTENDED` then costs $0.60 an hour instead of $0.10.
        scaling_tier: size of the control plane.
        addons: name → version, or `default` outside production.
    """

    name_suffix: str
    admins: tuple[str, ...]
    system_nodes: SystemNodesSpec
    viewers: tuple[str, ...] = ()
    editors: tuple[Editor, ...] = ()
    kubernetes_version: str = "1.35"
    api: PrivateApi | PublicApi = field(default_factory=PrivateApi)
    control_plane_logs: tuple[LogType, ...] = ("api", "audit", "authenticator")
    log_retention_days: int = 14
    support: Literal["STANDARD", "EXTENDED"] = "STANDARD"
    deletion_protection: bool = False
    scaling_tier: Literal["standard", "tier-xl", "tier-2xl", "tier-4xl", "tier-8xl"] = "standard"
    service_cidr: str = "172.20.0.0/16"
    zonal_shift: bool = False
    addons: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(ADDONS, "default"))


def cluster_name(stack: str, suffix: str) -> str:
    """Return the physical name of a stack's cluster; a name that is too long keeps its suffix."""
    return f"{fitted(f'slipway-{stack}', CLUSTER_NAME_CHARACTERS - len(suffix) - 1)}-{suffix}"


def cluster_problems(spec: ClusterSpec, *, production: bool) -> Iterator[str]:
    """Yield every sentence about what is wrong with a cluster."""
    if not _SUFFIX.match(spec.name_suffix):
        yield (
            f'cluster.name_suffix is "{spec.name_suffix}"; write four hex digits such as "4f2a", new ones for each new '
            "cluster, so that what is left of an old one never blocks it."
        )
    if isinstance(spec.api, PublicApi):
        yield from _range_problems(spec.api.allowed_cidrs)
    yield from _access_problems(spec)
    if spec.log_retention_days not in RETENTION_DAYS:
        allowed = ", ".join(map(str, RETENTION_DAYS))
        yield f"cluster.log_retention_days is {spec.log_retention_days}; CloudWatch accepts {allowed}."
    yield from addon_problems(spec.addons, production=production)
    yield from _node_problems(spec.system_nodes, production=production)


def version_problems(version: str, offered: Mapping[str, dt.date], today: dt.date) -> Iterator[str]:
    """Yield what is wrong with a Kubernetes version, given what EKS offers today.

    Args:
        version: the one that is asked for.
        offered: version → the day its standard support ends.
        today: the day of the check.
    """
    if version not in offered:
        known = listed(sorted(offered))
        yield f"cluster.kubernetes_version is {version}, which EKS does not offer; offered are {known}."
    elif (offered[version] - today).days <= SUPPORT_DAYS_LEFT:
        major, _, minor = version.partition(".")
        yield (
            f"cluster.kubernetes_version is {version}, whose standard support ends on {offered[version]}; "
            f"move to {major}.{int(minor) + 1} first, one minor version at a time."
        )


def service_range_problems(service_cidr: str, network_cidr: str) -> Iterator[str]:
    """Yield what is wrong between the range of Kubernetes services and that of the network."""
    try:
        services = ipaddress.IPv4Network(service_cidr)
    except ValueError as error:
        yield f'cluster.service_cidr is "{service_cidr}", which is no IPv4 range ({error}).'
        return
    if services.prefixlen not in SERVICE_PREFIXES or not services.is_private:
        yield f'cluster.service_cidr is "{service_cidr}"; EKS takes a private range with a prefix of 12 to 24.'
    overlaps = False
    with contextlib.suppress(ValueError):  # The network's own mistake is told by the network.
        overlaps = services.overlaps(ipaddress.IPv4Network(network_cidr))
    if overlaps:
        yield f'cluster.service_cidr is "{service_cidr}", which overlaps network.cidr ({network_cidr}); take another.'


def _range_problems(cidrs: tuple[str, ...]) -> Iterator[str]:
    if len(cidrs) not in ALLOWED_CIDRS:
        yield (
            f"cluster.api.allowed_cidrs has {len(cidrs)} ranges; list 1 to 40 (your office and CI ranges), "
            "or use private."
        )
    for cidr in cidrs:
        try:
            network = ipaddress.ip_network(cidr)
        except ValueError as error:
            yield f'cluster.api.allowed_cidrs has "{cidr}", which is no range ({error}).'
            continue
        if network.prefixlen < WIDEST_PREFIX:
            yield (
                f"cluster.api.allowed_cidrs has {cidr}, which opens the Kubernetes API to everyone; "
                "list your office and CI ranges, or use private."
            )


def _access_problems(spec: ClusterSpec) -> Iterator[str]:
    if not spec.admins:
        yield "cluster.admins is empty; name at least the deploy role, or nobody can enter the cluster."
    named: set[str] = set()
    for kind, arns in (
        ("admins", spec.admins),
        ("viewers", spec.viewers),
        ("editors", [e.role_arn for e in spec.editors]),
    ):
        for index, arn in enumerate(arns):
            if ":assumed-role/" in arn:
                yield f"cluster.{kind}[{index}] is a session ARN; give the role's own ARN."
            elif not _ROLE_ARN.match(arn):
                yield f'cluster.{kind}[{index}] is "{arn}", which is no role; give a role\'s ARN.'
            elif arn in named:
                yield f"cluster.{kind}[{index}] names a role for the second time; EKS keeps one entry per role."
            named.add(arn)


def _node_problems(nodes: SystemNodesSpec, *, production: bool) -> Iterator[str]:
    if production and nodes.release_version is None:
        yield (
            "cluster.system_nodes.release_version is missing; pin one such as 1.35.3-20260415 in prod, so that a new "
            "node image is a reviewed change."
        )
    if nodes.nodes_per_zone < 1:
        yield f"cluster.system_nodes.nodes_per_zone is {nodes.nodes_per_zone}; controllers and DNS need at least 1."
