"""Traffic moves to a new release in steps, each small enough to be noticed before it hurts."""

from itertools import pairwise

from mechanics.facts import Config, Resource, Stack, Value, Violation, shown
from mechanics.pods import is_drained
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown, number_option
from mechanics.tokens import MODEL, TRAFFIC

ALL_TRAFFIC_PERCENT = 100


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return models that have no shift, or one that moves too much at once or does not look."""
    found = []
    for model in stack.of(MODEL):
        if not model.mapping("spec.shift"):
            found.append(model.violation("spec.shift", "the model has no shift", "add a shift with steps_percent"))
            continue
        found += [] if is_drained(stack, model) else _traffic_problems(model, stack.inside(model, TRAFFIC))
        problems = _step_problems(model.items("spec.shift.steps_percent"), config)
        found += [model.violation("spec.shift.steps_percent", problem, fix) for problem, fix in problems]
        found += _evidence_problems(model, config)
    return found


def _traffic_problems(model: Resource, traffic: list[Resource]) -> list[Violation]:
    if not traffic:
        problem = "nothing moves this model's traffic"
        return [model.violation("spec.shift", problem, "add the model's Traffic resource")]
    declared = model.mapping("spec.shift")
    return [
        each.violation("plan", "traffic would move by another plan than the model's", "pass it the model's shift")
        for each in traffic
        if (plan := each.mapping("plan")) and any(plan.get(key) != value for key, value in declared.items())
    ]


def _step_problems(steps: list[Value], config: Config) -> list[tuple[str, str]]:
    first, ratio = config["maxFirstStep"], config["maxStepRatio"]
    if not steps or not all(isinstance(step, int | float) and step > 0 for step in steps):
        return [
            (f"the steps are {shown(steps or None)}", "give steps above 0 that rise to 100, such as 1, 5, 25, 50, 100")
        ]
    problems = []
    if steps[0] > first:
        problems.append((f"the first step is {steps[0]} %", f"begin with at most {first} %"))
    if steps[-1] != ALL_TRAFFIC_PERCENT:
        problems.append((f"the last step is {steps[-1]} %", "end with 100"))
    for low, high in pairwise(steps):
        if high <= low:
            problems.append((f"step {high} follows {low}, so the steps do not rise", f"put a step above {low} there"))
        elif high > low * ratio:
            fix = f"insert a step between {low} and {high}"
            problems.append((f"the step from {low} to {high} is more than {ratio} times the traffic", fix))
    return problems


def _evidence_problems(model: Resource, config: Config) -> list[Violation]:
    found = []
    for key, option in (("hold_seconds", "minHoldSeconds"), ("min_requests", "minRequests")):
        value, least = model.number(f"spec.shift.{key}"), config[option]
        if value is None or value < least:
            problem, fix = f"{key} is {shown(value)}, too little to judge a step by", f"set it to at least {least}"
            found.append(model.violation(f"spec.shift.{key}", problem, fix))
    return found


RULE = StackRule(
    id="shift-present-and-sane",
    claim="Every model's traffic shifts in small, observed steps up to 100 %.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*MODEL, *TRAFFIC),
    reads=("spec.shift", "plan"),
    unknown=WhenUnknown.CLOSED,
    options=(
        number_option("maxFirstStep", "The largest first step, per cent.", PerKind(local=25, dev=25, prod=5)),
        number_option("maxStepRatio", "The largest step divided by the one before.", PerKind(local=5, dev=5, prod=5)),
        number_option("minHoldSeconds", "The shortest time that a step is watched.", PerKind(local=1, dev=60, prod=60)),
        number_option("minRequests", "The fewest requests that judge a step.", PerKind(local=10, dev=50, prod=50)),
    ),
    check=check,
)
