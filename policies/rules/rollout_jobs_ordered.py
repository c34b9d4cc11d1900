"""Traffic moves in a Job that waits for the gate's, which waits for the slot; each ends and none is tried again.

A retried gate would ask until chance lets a bad release pass, and a retried shift would move traffic unwatched.
"""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Stack, Violation, shown
from mechanics.pods import MODEL_LABEL, SLOT_LABEL, component, label_of, labels, runs_a_slot, slot_of, template
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import CLUSTER_MODEL, DEPLOYMENT, JOB


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return models whose Jobs are missing, unordered, endless or repeated."""
    jobs = [each for each in stack.of(JOB) if component(each) in {"gate", "shift"}]
    found = [violation for each in jobs for violation in _job(each, float(config["maxJobSeconds"]))]
    for model in stack.of(CLUSTER_MODEL):
        own = [each for each in jobs if labels(template(each)).get(MODEL_LABEL) == label_of(model.get("spec.model"))]
        found += _order(model, own, stack)
    return found


def _job(job: Resource, longest: float) -> Iterator[Violation]:
    if job.get("spec.backoffLimit") != 0:
        problem = f"the {component(job)} is tried {shown(job.get('spec.backoffLimit'))} times more"
        yield job.violation("spec.backoffLimit", problem, "set it to 0")
    deadline = job.number("spec.activeDeadlineSeconds")
    if deadline is None or not 0 < deadline <= longest:
        problem = f"the {component(job)} may run {shown(deadline, ' seconds')}"
        yield job.violation("spec.activeDeadlineSeconds", problem, f"set it above 0, to at most {longest:g}")


def _order(model: Resource, jobs: list[Resource], stack: Stack) -> Iterator[Violation]:
    gates = [each for each in jobs if component(each) == "gate"]
    live = [each for each in gates if labels(template(each)).get(SLOT_LABEL) == model.get("spec.live")]
    if not live:
        yield model.violation("spec.live", "no Job measures the live slot before it takes traffic", "add its gate")
    for gate in gates:
        slots = [each for each in stack.of(DEPLOYMENT) if runs_a_slot(each) and slot_of(each) == slot_of(gate)]
        if not any(stack.reaches(gate, slot) for slot in slots):
            yield gate.violation("", "the gate does not wait for the pods it measures", "make it depend on them")
    shifts = [each for each in jobs if component(each) == "shift"]
    if not shifts:
        yield model.violation("spec.shift", "no Job moves this model's traffic", "add its shift")
    for shift in shifts:
        if live and not all(stack.reaches(shift, gate) for gate in live):
            yield shift.violation("", "traffic moves without waiting for the gate", "make it depend on the gate")


RULE = StackRule(
    id="rollout-jobs-ordered",
    claim="Traffic waits for the gate, the gate for the slot, and neither is tried twice.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*CLUSTER_MODEL, *JOB, *DEPLOYMENT),
    reads=("spec.backoffLimit", "spec.activeDeadlineSeconds", "spec.template.metadata.labels", "spec.live"),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="maxJobSeconds",
            schema={"type": "number", "description": "The longest time that a gate or a shift may run."},
            values=PerKind(local=14400, dev=14400, prod=14400),
        ),
    ),
    check=check,
)
