"""Somebody is told before a month gets dearer than planned, and GPU limits stay near what was planned."""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Stack, Violation
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import CLUSTER, OWN_BUDGET, one_of

BUDGET = one_of("aws/budgets", "Budget")
ANOMALIES = one_of("aws/costexplorer", "AnomalySubscription")
SUBSCRIBERS = ("subscriberSnsTopicArns", "subscriberEmailAddresses")
CEILING_FACTOR = 1.5


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return what is missing from the watch over the bill; nothing where there is no cluster to pay for."""
    if not stack.of(CLUSTER):
        return []
    found = [stack.violation("", problem, fix) for problem, fix in _watch(stack, config)]
    found += [violation for each in stack.of(BUDGET) for violation in _budget(each, config)]
    return found + [violation for each in stack.of(OWN_BUDGET) for violation in _ceiling(each)]


def _watch(stack: Stack, config: Config) -> Iterator[tuple[str, str]]:
    if not stack.of(BUDGET):
        yield "a cluster is made, but no budget", "add a monthly COST budget with a filter on the stack's tag"
    if config["anomalies"] and not stack.of(ANOMALIES):
        yield "nobody is told of unusual costs", "add an anomaly subscription"


def _budget(budget: Resource, config: Config) -> Iterator[Violation]:
    limit = _dollars(budget.get("limitAmount"))
    if not 0 < limit <= config["maxMonthlyUsd"]:
        problem = f"the budget is {limit:,.0f} USD a month, and at most {config['maxMonthlyUsd']:,} are allowed"
        yield budget.violation("limitAmount", problem, "lower it, or raise maxMonthlyUsd in review")
    if budget.get("budgetType") != "COST" or budget.get("timeUnit") != "MONTHLY":
        yield budget.violation("budgetType", "it is no budget of a month's costs", "use COST and MONTHLY")
    filters = [each for each in budget.items("costFilters") if isinstance(each, dict)]
    if not any(each.get("name") == "TagKeyValue" for each in filters):
        yield budget.violation("costFilters", "it watches other stacks too", "filter on the stack's tag")
    for kind, share in (("ACTUAL", 80), ("FORECASTED", 100)):
        if not any(_tells(each, kind, share) for each in budget.items("notifications")):
            problem = f"nobody is told at {share} % of {kind.lower()} costs"
            yield budget.violation("notifications", problem, "add a notification with a subscriber")


def _dollars(amount: object) -> float:
    try:
        return float(str(amount))
    except ValueError:
        return 0


def _tells(notification: object, kind: str, share: int) -> bool:
    if not isinstance(notification, dict) or notification.get("notificationType") != kind:
        return False
    threshold = notification.get("threshold")
    # A topic is known only when it is made; that the key is there says that somebody is told.
    return isinstance(threshold, int | float) and threshold <= share and any(key in notification for key in SUBSCRIBERS)


def _ceiling(budget: Resource) -> Iterator[Violation]:
    ceiling, planned = budget.number("spec.ceiling_usd_per_month"), budget.number("spec.monthly_usd")
    if ceiling is None or planned is None:
        yield budget.violation("spec", "the ceiling of GPU limits is not stated", "state it beside the budget")
    elif ceiling > CEILING_FACTOR * planned and budget.get("spec.accept_ceiling") is not True:
        problem = f"GPU limits allow {ceiling:,.0f} USD a month, but {planned:,.0f} are planned"
        yield budget.violation("spec.ceiling_usd_per_month", problem, "lower gpu_limit, or set accept_ceiling")


RULE = StackRule(
    id="budget-present",
    claim="A stack with a cluster has a budget, somebody who is told, and GPU limits near it.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*BUDGET, *ANOMALIES, *OWN_BUDGET, *CLUSTER),
    reads=("limitAmount", "budgetType", "timeUnit", "costFilters", "spec"),
    unknown=WhenUnknown.OPEN,
    options=(
        Option(
            name="maxMonthlyUsd",
            schema={"type": "number", "description": "The largest budget that needs no change of this file."},
            values=PerKind(local=2000, dev=2000, prod=10000),
        ),
        Option(
            name="anomalies",
            schema={"type": "boolean", "description": "Whether somebody must be told of unusual costs."},
            values=PerKind(local=False, dev=False, prod=True),
        ),
    ),
    check=check,
)
