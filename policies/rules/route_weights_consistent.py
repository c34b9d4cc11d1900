"""A route divides its traffic in numbers that add up, among the slots of one model, and only to slots that run.

An omitted weight means 1, so that of two backends each would get half of the traffic.
"""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Stack, Violation, shown
from mechanics.pods import MODEL_LABEL, Slot, labels, namespace, object_name, running_slots, slot_in, slot_of
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import DEPLOYMENT, ROUTE, SERVICE

WHOLE = 100
# Until the first shift a route has no traffic to divide, and answers so.
NONE_YET = 0


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return rules of routes whose weights do not add up, or lead to what is no running slot of the model."""
    slots = {(namespace(each), object_name(each)): slot_in(each.mapping("spec.selector")) for each in stack.of(SERVICE)}
    running = {slot_of(each) for each in running_slots(stack)}
    return [
        violation
        for route in stack.of(ROUTE)
        for rule in route.parts("spec.rules")
        for violation in (*_weights(rule), *_backends(route, rule, slots), *_running(route, rule, slots, running))
    ]


def _weights(rule: Resource) -> Iterator[Violation]:
    backends = rule.parts("backendRefs")
    weights = [each.number("weight") for each in backends]
    if len(backends) > 1 and None in weights:
        problem = "a backend has no weight, which means 1"
        yield rule.violation("backendRefs", problem, "give each backend its weight")
    elif len(backends) > 1 and sum(weight or 0 for weight in weights) not in {WHOLE, NONE_YET}:
        given = " and ".join(shown(weight) for weight in weights)
        yield rule.violation(
            "backendRefs", f"the weights are {given}, not 100 together", "set 100 and 0, or run a shift"
        )


def _backends(route: Resource, rule: Resource, slots: dict[tuple[str, str], Slot]) -> Iterator[Violation]:
    own = labels(route).get(MODEL_LABEL)
    for backend in (*rule.parts("backendRefs"), *_mirrors(rule)):
        slot = slots.get(_target(route, backend))
        if slot is None:
            problem = f"the backend {shown(backend.get('name'))} is no Service of this stack"
            yield backend.violation("name", problem, "name the Service of a slot")
        elif own and slot[0] != own:
            problem = f"the route of {own} leads to {shown(backend.get('name'))}, which serves another model"
            yield backend.violation("name", problem, "name a slot of the same model")


def _running(
    route: Resource,
    rule: Resource,
    slots: dict[tuple[str, str], Slot],
    running: set[Slot],
) -> Iterator[Violation]:
    taking = [each for each in rule.parts("backendRefs") if each.get("weight")]
    for backend in (*taking, *_mirrors(rule)):
        slot = slots.get(_target(route, backend))
        if slot and slot[0] and slot not in running:
            problem = f"requests go to {shown(backend.get('name'))}, and nothing runs that slot"
            yield backend.violation("weight", problem, "set its weight to 0 until the slot runs")


def _mirrors(rule: Resource) -> list[Resource]:
    return [
        each.part("requestMirror.backendRef")
        for each in rule.parts("filters")
        if each.get("type") == "RequestMirror" or each.get("requestMirror")
    ]


def _target(route: Resource, backend: Resource) -> tuple[str, str]:
    return backend.text("namespace") or namespace(route), backend.text("name")


RULE = StackRule(
    id="route-weights-consistent",
    claim="Routes divide their traffic in numbers that add up, among running slots of one model.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*ROUTE, *SERVICE, *DEPLOYMENT),
    reads=("spec.rules", "spec.selector", "metadata.name"),
    unknown=WhenUnknown.CLOSED,
    check=check,
)
