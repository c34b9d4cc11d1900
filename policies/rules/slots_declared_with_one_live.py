"""Each model has blue and green only, a live one among them, and a process for every release that is declared."""

from mechanics.facts import Config, Resource, Stack, Violation
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import MODEL, MODEL_SLOT

SLOTS = ("blue", "green")


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return slots that are misnamed, dead by declaration, or without the process that should run them."""
    found = []
    for model in stack.of(MODEL):
        found += _declaration_problems(model)
        found += _workload_problems(model, stack.inside(model, MODEL_SLOT))
    return found


def _declaration_problems(model: Resource) -> list[Violation]:
    declared, live = model.mapping("spec.slots"), model.text("spec.live")
    fix = "declare blue and green only; roll out through the idle one"
    found = [
        model.violation(f"spec.slots.{slot}", f'there is no slot called "{slot}"', fix)
        for slot in declared
        if slot not in SLOTS
    ]
    if not isinstance(declared.get(live), dict):
        having = ", ".join(slot for slot, content in declared.items() if content) or "none"
        problem = f'the live slot is "{live}", and the slots with a release are: {having}'
        found.append(model.violation("spec.live", problem, "make a slot live that has a release"))
    return found


def _workload_problems(model: Resource, running: list[Resource]) -> list[Violation]:
    found = []
    for slot, declared in model.mapping("spec.slots").items():
        workloads = [each for each in running if each.text("slot") == slot]
        if slot in SLOTS and isinstance(declared, dict) and len(workloads) != 1:
            problem = f"{len(workloads)} processes run this slot"
            found.append(model.violation(f"spec.slots.{slot}", problem, "have exactly one ModelSlot for it"))
        found += [
            each.violation("release.sha256", "the process runs another release than the model declares", _ALIKE)
            for each in workloads
            if each.text("release.sha256") != model.text(f"spec.slots.{slot}.release.sha256")
        ]
    return found


_ALIKE = "give model and process the same release"

RULE = StackRule(
    id="slots-declared",
    claim="Every model has slots blue and green, one live, each run by one process.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*MODEL, *MODEL_SLOT),
    reads=("spec.slots", "spec.live", "slot", "release.sha256"),
    unknown=WhenUnknown.CLOSED,
    check=check,
)
