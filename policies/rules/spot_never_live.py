"""The live slot never stands on nodes that AWS may take back within two minutes."""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Stack, Value, Violation
from mechanics.node_pools import CAPACITY, requirements
from mechanics.pods import labels, live_slots, object_name, runs_a_slot, selects, slot_of, template
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import CLUSTER_MODEL, DEPLOYMENT, NODE_GROUP, NODE_POOL

STEADY = {"on-demand", "reserved"}
TERMS = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return live slots that may be placed on spot capacity."""
    live = live_slots(stack)
    slots = [each for each in stack.of(DEPLOYMENT) if runs_a_slot(each) and slot_of(each) in live]
    return [violation for slot in slots for violation in _slot(slot, stack)]


def _slot(slot: Resource, stack: Stack) -> Iterator[Violation]:
    pod = template(slot)
    asked = _capacity(pod)
    if asked and asked <= STEADY:
        return
    for pool in stack.of((*NODE_POOL, *NODE_GROUP)):
        wanted = {key: value for key, value in pod.mapping("spec.nodeSelector").items() if key != CAPACITY}
        if _is_spot(pool) and selects(wanted, _node_labels(pool)):
            problem = f"the live slot may run on spot capacity of pool {object_name(pool)}"
            yield pod.violation("spec.nodeSelector", problem, f"require {CAPACITY} on-demand or reserved")


def _capacity(pod: Resource) -> set[Value]:
    selected = pod.mapping("spec.nodeSelector").get(CAPACITY)
    terms = [each for term in pod.parts(TERMS) for each in term.parts("matchExpressions")]
    required = [value for each in terms if each.get("key") == CAPACITY for value in each.items("values")]
    return {str(value) for value in (selected, *required) if value is not None}


def _is_spot(pool: Resource) -> bool:
    return pool.get("capacityType") == "SPOT" or "spot" in requirements(pool).get(CAPACITY, ())


def _node_labels(pool: Resource) -> dict[str, Value]:
    return pool.mapping("labels") if pool.is_a(NODE_GROUP) else labels(pool.part("spec.template"))


RULE = StackRule(
    id="spot-not-live",
    claim="The live slot stands on capacity that is not taken back.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=(*CLUSTER_MODEL, *DEPLOYMENT, *NODE_POOL, *NODE_GROUP),
    reads=("spec.live", "spec.template", "capacityType"),
    unknown=WhenUnknown.CLOSED,
    check=check,
)
