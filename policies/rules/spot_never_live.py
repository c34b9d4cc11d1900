"""The live slot never stands on nodes that AWS may take back within two minutes."""

import re
from collections.abc import Iterator

from mechanics.facts import UNKNOWN, Config, Resource, Stack, Value, Violation
from mechanics.node_pools import CAPACITY, requirements
from mechanics.pods import REQUIRED_NODES, labels, live_slots, object_name, running_slots, slot_of, template
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import CLUSTER_MODEL, DEPLOYMENT, NODE_GROUP, NODE_POOL

ON_SPOT: dict[str, Value] = {CAPACITY: "spot", "eks.amazonaws.com/capacityType": "SPOT"}
# Labels that a node gets from what it is: a pool has nodes with many values of them.
_GIVEN = re.compile(r"(.*\.)?(kubernetes\.io|k8s\.aws|karpenter\.sh|eks\.amazonaws\.com)/.+")


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return live slots that may be placed on spot capacity."""
    live = live_slots(stack)
    slots = [each for each in running_slots(stack) if slot_of(each) in live]
    spot = [each for each in stack.of((*NODE_POOL, *NODE_GROUP)) if _is_spot(each)]
    return [violation for slot in slots for violation in _slot(template(slot), spot)]


def _slot(pod: Resource, pools: list[Resource]) -> Iterator[Violation]:
    for pool in pools:
        if _is_let_in(pod, pool) and _may_choose(pod, {**_node_labels(pool), **ON_SPOT}):
            problem = f"the live slot may run on spot capacity of pool {object_name(pool)}"
            yield pod.violation("spec.nodeSelector", problem, f"require {CAPACITY} on-demand or reserved")


def _is_let_in(pod: Resource, pool: Resource) -> bool:
    taints = [each for path in ("taints", "spec.template.spec.taints") for each in pool.parts(path)]
    closed = {
        each.text("key") for each in taints if each.get("effect") not in {"PreferNoSchedule", "PREFER_NO_SCHEDULE"}
    }
    tolerated = {each.text("key") for each in pod.parts("spec.tolerations")}
    return closed <= tolerated or "" in tolerated


def _may_choose(pod: Resource, found: dict[str, Value]) -> bool:
    """Tell whether a pod takes a node with these labels: all that it selects holds, and one of its terms."""
    selected = pod.mapping("spec.nodeSelector").items()
    terms = [term.parts("matchExpressions") for term in pod.parts(REQUIRED_NODES)]
    return all(_may_be(found, key, "In", [value]) for key, value in selected) and (
        not terms
        or any(
            all(_may_be(found, e.text("key"), e.text("operator"), e.items("values")) for e in term) for term in terms
        )
    )


def _may_be(found: dict[str, Value], key: str, operator: str, values: list[Value]) -> bool:
    if key not in found and _GIVEN.fullmatch(key):
        return True
    if operator in {"In", "NotIn"}:
        return (key in found and found[key] in values) is (operator == "In")
    return (key in found) is (operator != "DoesNotExist")


def _is_spot(pool: Resource) -> bool:
    return pool.get("capacityType") == "SPOT" or "spot" in requirements(pool).get(CAPACITY, ())


def _may_be_spot(resource: Resource) -> bool:
    if not resource.is_a(NODE_GROUP):
        return True
    return resource.get("capacityType") is UNKNOWN or _is_spot(resource.known())


def _node_labels(pool: Resource) -> dict[str, Value]:
    return pool.mapping("labels") if pool.is_a(NODE_GROUP) else labels(pool.part("spec.template"))


RULE = StackRule(
    id="spot-not-live",
    claim="The live slot stands on capacity that is not taken back.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=(*CLUSTER_MODEL, *DEPLOYMENT, *NODE_POOL, *NODE_GROUP),
    reads=("spec.live", "spec.template", "capacityType", "labels", "taints"),
    unknown=WhenUnknown.CLOSED,
    check=check,
    concerns=_may_be_spot,
)
