"""Traffic moves in a Job that waits for the gate's, which waits for the slot; each ends and none is tried again.

A retried gate would ask until chance lets a bad release pass, and a retried shift would move traffic unwatched.
"""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Stack, Value, Violation, shown
from mechanics.pods import component, is_drained
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import CLUSTER_MODEL, DEPLOYMENT, GATE, JOB, MODEL_SLOT, TRAFFIC, Type


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return models whose Jobs are missing, unordered, endless or repeated."""
    jobs = [each for each in stack.of(JOB) if component(each) in {"gate", "shift"}]
    found = [violation for each in jobs for violation in _job(each, float(config["maxJobSeconds"]))]
    models = [each for each in stack.of(CLUSTER_MODEL) if not is_drained(stack, each)]
    return found + [violation for each in models for violation in (*_gates(stack, each), *_shift(stack, each))]


def _job(job: Resource, longest: float) -> Iterator[Violation]:
    if job.get("spec.backoffLimit") != 0:
        problem = f"the {component(job)} is tried again: its backoffLimit is {shown(job.get('spec.backoffLimit'))}"
        yield job.violation("spec.backoffLimit", problem, "set it to 0")
    deadline = job.number("spec.activeDeadlineSeconds")
    if deadline is None or not 0 < deadline <= longest:
        problem = f"the {component(job)} may run {shown(deadline, ' seconds')}"
        yield job.violation("spec.activeDeadlineSeconds", problem, f"set it above 0, to at most {longest:g}")


def _of(stack: Stack, model: Resource, types: tuple[Type, ...], slot: Value) -> list[Resource]:
    return [each for each in stack.inside(model, types) if each.get("slot") == slot]


def _jobs(stack: Stack, components: list[Resource]) -> list[Resource]:
    return [job for each in components for job in stack.inside(each, JOB)]


def _gates(stack: Stack, model: Resource) -> Iterator[Violation]:
    if not _jobs(stack, _of(stack, model, GATE, model.get("spec.live"))):
        yield model.violation("spec.live", "no Job measures the live slot before it takes traffic", "add its gate")
    for gate in stack.inside(model, GATE):
        slots = _of(stack, model, MODEL_SLOT, gate.get("slot"))
        running = [pods for each in slots for pods in stack.inside(each, DEPLOYMENT)]
        for job in stack.inside(gate, JOB):
            if not any(stack.reaches(job, pods) for pods in running):
                yield job.violation("", "the gate does not wait for the pods it measures", "make it depend on them")


def _shift(stack: Stack, model: Resource) -> Iterator[Violation]:
    shifts = _jobs(stack, stack.inside(model, TRAFFIC))
    if not shifts:
        yield model.violation("spec.shift", "no Job moves this model's traffic", "add its shift")
    gates = _jobs(stack, _of(stack, model, GATE, model.get("spec.live")))
    for shift in shifts:
        if not all(stack.reaches(shift, gate) for gate in gates):
            yield shift.violation("", "traffic moves without waiting for the gate", "make it depend on the gate")


RULE = StackRule(
    id="rollout-jobs-ordered",
    claim="Traffic waits for the gate, the gate for the slot, and neither is tried twice.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*CLUSTER_MODEL, *GATE, *TRAFFIC, *JOB, *DEPLOYMENT),
    reads=("spec.backoffLimit", "spec.activeDeadlineSeconds", "spec.template.metadata.labels", "spec.live", "slot"),
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
