"""A pool buys nodes of chosen kinds, up to a limit, and lets each one go in the end."""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Stack, Violation, shown
from mechanics.node_pools import has_gpus, requirements
from mechanics.pods import GPU, object_name
from mechanics.quantities import quantity, seconds
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import NODE_CLASS, NODE_POOL

INSTANCE_KEYS = (
    "node.kubernetes.io/instance-type",
    "karpenter.k8s.aws/instance-family",
    "karpenter.k8s.aws/instance-category",
)
ZONE_KEYS = ("topology.kubernetes.io/zone", "topology.k8s.aws/zone-id")


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return pools that could buy anything, without end, or of nodes that nobody describes."""
    classes = {object_name(each) for each in stack.of(NODE_CLASS)}
    return [violation for pool in stack.of(NODE_POOL) for violation in _pool(pool, classes)]


def _pool(pool: Resource, classes: set[str]) -> Iterator[Violation]:
    limits = pool.mapping("spec.limits")
    for resource in ("cpu", "memory", GPU) if has_gpus(pool) else ("cpu", "memory"):
        amount = quantity(limits.get(resource))
        if amount is None:
            problem = f"the pool has no limit of {resource}, so it can buy any number of nodes"
            yield pool.violation("spec.limits", problem, f"set limits.{resource}")
    if not requirements(pool).keys() & set(INSTANCE_KEYS):
        problem = "the pool takes any kind of instance"
        yield pool.violation("spec.template.spec.requirements", problem, "name instance types or families")
    if not requirements(pool).keys() & set(ZONE_KEYS):
        problem = "the pool puts nodes into any zone"
        yield pool.violation("spec.template.spec.requirements", problem, "name the zones of its subnets")
    lifetime = pool.get("spec.template.spec.expireAfter")
    if not seconds(lifetime):
        problem = f"a node's lifetime is {shown(lifetime)}, so it is never patched"
        yield pool.violation("spec.template.spec.expireAfter", problem, "set a time such as 720h")
    reference = pool.text("spec.template.spec.nodeClassRef.name")
    if reference not in classes:
        problem = f"the node class {shown(reference or None)} is not in the stack"
        yield pool.violation("spec.template.spec.nodeClassRef.name", problem, "name an EC2NodeClass of this stack")


RULE = StackRule(
    id="karpenter-limits-set",
    claim="Node pools have limits, chosen instances, and nodes that expire.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*NODE_POOL, *NODE_CLASS),
    reads=("spec.limits", "spec.template.spec", "metadata.name"),
    unknown=WhenUnknown.CLOSED,
    check=check,
)
