"""Nodes have no public address, encrypted disks, and a metadata service that pods cannot reach."""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Value, Violation, shown
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import LAUNCH_TEMPLATE, NODE_CLASS, NODE_GROUP, one_of

SUBNET = one_of("aws/ec2", "Subnet")


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return what exposes a node, or what runs on it."""
    if resource.is_a(SUBNET):
        found = _flag(resource, "mapPublicIpOnLaunch", "nodes in this subnet would get public addresses")
    elif resource.is_a(NODE_GROUP):
        found = _flag(resource, "remoteAccess", "nodes accept SSH from outside the cluster")
    else:
        # A node class of Karpenter says the same below `spec`.
        resource = resource.part("spec") if resource.is_a(NODE_CLASS) else resource
        found = _template(resource)
    return [resource.violation(path, problem, fix) for path, problem, fix in found]


def _flag(resource: Resource, path: str, problem: str) -> Iterator[tuple[str, str, str]]:
    if resource.get(path):
        yield path, problem, "leave it out"


def _template(resource: Resource) -> Iterator[tuple[str, str, str]]:
    tokens, hops = resource.get("metadataOptions.httpTokens"), resource.get("metadataOptions.httpPutResponseHopLimit")
    if tokens != "required":
        path = "metadataOptions.httpTokens"
        problem = f"the metadata service's tokens are {shown(tokens)}, so any request gets the node's credentials"
        yield path, problem, 'set it to "required"'
    if hops != 1:
        path = "metadataOptions.httpPutResponseHopLimit"
        yield path, f"pods reach the node's credentials over {shown(hops)} hops", "set it to 1"
    if resource.get("associatePublicIPAddress") is True:
        yield "associatePublicIPAddress", "the node gets a public address", "leave it out"
    for index, device in enumerate(resource.items("blockDeviceMappings")):
        if not _is_true(_inside(device, "ebs", "encrypted")):
            yield f"blockDeviceMappings[{index}].ebs.encrypted", "the disk is not encrypted", "set it to true"
    for index, interface in enumerate(resource.items("networkInterfaces")):
        if _is_true(_inside(interface, "associatePublicIpAddress")):
            path = f"networkInterfaces[{index}].associatePublicIpAddress"
            yield path, "the node gets a public address", "leave it out"


def _inside(value: Value, *keys: str) -> Value:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _is_true(value: Value) -> bool:
    # The provider's schema has these as text.
    return value is True or value == "true"


RULE = ResourceRule(
    id="nodes-private-imdsv2",
    claim="Nodes are private, their disks encrypted, their metadata service closed to pods.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*LAUNCH_TEMPLATE, *NODE_GROUP, *SUBNET, *NODE_CLASS),
    reads=(
        *("metadataOptions", "blockDeviceMappings", "networkInterfaces", "remoteAccess", "mapPublicIpOnLaunch"),
        *("spec.metadataOptions", "spec.blockDeviceMappings", "spec.associatePublicIPAddress"),
    ),
    unknown=WhenUnknown.OPEN,
    standards=("EC2.8", "EC2.15", "EC2.25", "EC2.170", "CIS 5.4.3", "CKV_AWS_79", "CKV_AWS_130", "CKV_AWS_341"),
    check=check,
)
