"""No release takes user traffic before it was measured: traffic waits for the gate, the gate for the slot."""

from mechanics.facts import Config, Resource, Stack, Value, Violation, shown
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import CLUSTER_MODEL, GATE, MODEL, MODEL_SLOT, TRAFFIC


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return models whose gate is missing, measures nothing, or is not waited for."""
    found = []
    for model in stack.of(MODEL):
        if model.mapping("spec.gate"):
            found += _limit_problems(model, float(config["maxGateSeconds"]))
            # In a cluster Jobs do the work, and `rollout_jobs_ordered` looks at their order.
            found += [] if model.is_a(CLUSTER_MODEL) else _order_problems(stack, model)
            found += _strictness_problems(model, stack.inside(model, GATE))
        else:
            found.append(model.violation("spec.gate", "the model has no gate", "add a gate with min_quality"))
    return found


def _limit_problems(model: Resource, max_seconds: float) -> list[Violation]:
    found = []
    if not model.mapping("spec.gate.min_quality"):
        problem = "the gate asks for no quality"
        found.append(model.violation("spec.gate.min_quality", problem, "give at least one metric and its limit"))
    latency, timeout = model.number("spec.gate.max_p99_ms"), model.number("spec.gate.timeout_seconds")
    if latency is None or latency <= 0:
        problem = f"the gate's latency limit is {shown(latency, ' ms')}"
        found.append(model.violation("spec.gate.max_p99_ms", problem, "set it above 0"))
    if timeout is None or not 0 < timeout <= max_seconds:
        problem = f"the gate's time limit is {shown(timeout, ' seconds')}"
        fix = f"set it above 0, to at most {max_seconds:g}"
        found.append(model.violation("spec.gate.timeout_seconds", problem, fix))
    return found


def _order_problems(stack: Stack, model: Resource) -> list[Violation]:
    gates, slots, traffic = (stack.inside(model, types) for types in (GATE, MODEL_SLOT, TRAFFIC))
    live_slot = model.text("spec.live")
    live = [gate for gate in gates if gate.text("slot") == live_slot]
    if live_slot in model.mapping("spec.slots") and not live:
        return [model.violation("spec.gate", "no Gate measures the live slot", "add a Gate resource for it")]
    return [
        *(
            gate.violation("slot", "the gate does not wait for the slot it measures", "make it depend on its ModelSlot")
            for gate in gates
            if not any(stack.reaches(gate, slot) for slot in slots if slot.text("slot") == gate.text("slot"))
        ),
        *(
            each.violation("live", "traffic moves without waiting for the gate", "make Traffic depend on the Gate")
            for each in traffic
            if live and not any(stack.reaches(each, gate) for gate in live)
        ),
    ]


def _strictness_problems(model: Resource, gates: list[Resource]) -> list[Violation]:
    expected = {f"limits.{key}": value for key, value in model.mapping("spec.gate").items()}
    return [
        gate.violation(path, f"the gate works by another {path.split('.')[-1]} than the model's", "pass it the model's")
        for gate in gates
        for path, value in (expected | _release_of(model, gate)).items()
        if gate.get(path) != value
    ]


def _release_of(model: Resource, gate: Resource) -> dict[str, Value]:
    return {"release.sha256": model.get(f"spec.slots.{gate.text('slot')}.release.sha256")}


RULE = StackRule(
    id="gate-present",
    claim="Every model has a gate with limits, and its traffic waits for it.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*MODEL, *GATE, *TRAFFIC),
    reads=("spec.gate", "spec.live", "spec.slots", "limits", "release.sha256", "slot"),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="maxGateSeconds",
            schema={"type": "number", "description": "The longest time limit of a gate."},
            values=PerKind(local=3600, dev=3600, prod=3600),
        ),
    ),
    check=check,
)
