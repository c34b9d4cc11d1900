"""A node can be drained although a slot runs on it, and the slot serves meanwhile."""

from collections.abc import Iterator

from mechanics.autoscaling import READS, Replicas
from mechanics.facts import Config, Resource, Stack, Violation
from mechanics.pods import Selection, running_slots, slot_of
from mechanics.quantities import share
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import AUTOSCALER, DEPLOYMENT, one_of

BUDGET = one_of("kubernetes/policy", "PodDisruptionBudget")


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return slots without a budget, and budgets that block a drain or let every pod go."""
    replicas, budgets = Replicas(stack), Selection(stack.of(BUDGET), "spec.selector.matchLabels")
    return [
        violation for slot in running_slots(stack) for violation in _slot(slot, replicas.fewest(slot), budgets.of(slot))
    ]


def _slot(slot: Resource, least: float, budgets: list[Resource]) -> Iterator[Violation]:
    name = "/".join(map(str, slot_of(slot)))
    if len(budgets) > 1 or (least > 1 and not budgets):
        problem = f"{name} has {len(budgets)} disruption budgets"
        yield slot.violation("spec.template.metadata.labels", problem, "have exactly one that selects its pods")
    for each in budgets[:1] if least else ():
        yield from _budget(each, name, least)


def _budget(budget: Resource, name: str, least: float) -> Iterator[Violation]:
    kept, lost = (share(budget.get(f"spec.{key}"), least) for key in ("minAvailable", "maxUnavailable"))
    path = "spec.minAvailable" if kept is not None else "spec.maxUnavailable"
    allowed = least - kept if kept is not None else lost
    if allowed is None or allowed < 1:
        problem = f"with {least:g} pods of {name} the budget allows no pod to go, so no node can be drained"
        yield budget.violation(path, problem, "set maxUnavailable to 1")
    elif least > 1 and allowed >= least:
        problem = f"with {least:g} pods of {name} the budget lets all of them go at once"
        yield budget.violation(path, problem, "set maxUnavailable to 1")
    if budget.get("spec.unhealthyPodEvictionPolicy") != "AlwaysAllow":
        problem = "a pod that never became ready keeps its node from being drained"
        yield budget.violation("spec.unhealthyPodEvictionPolicy", problem, 'set it to "AlwaysAllow"')


RULE = StackRule(
    id="pdb-vs-replicas",
    claim="Every slot has a disruption budget that lets one pod go and keeps the others.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=(*DEPLOYMENT, *BUDGET, *AUTOSCALER),
    reads=("spec.selector", "spec.minAvailable", "spec.maxUnavailable", "spec.unhealthyPodEvictionPolicy", *READS),
    unknown=WhenUnknown.OPEN,
    check=check,
)
