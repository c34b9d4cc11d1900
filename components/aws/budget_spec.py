"""What a month may cost, and how bills, budgets and anomaly monitors name what they watch."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from components.aws.aws_site import STACK_TAG, Site

USAGE_KINDS = ("BoxUsage", "SpotUsage")
"""On-demand and spot hours, as bills name them."""
NOTICES = 5
"""Of one budget: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html"""


@dataclass(frozen=True, kw_only=True)
class BudgetSpec:
    """The plain description of a budget.

    Args:
        monthly_usd: the limit.
        alert_percent: of the actual spending, at most 4; 100 % of the forecast is always told.
        anomaly_usd: an unusual day above this is told.
        accept_ceiling: the pools may cost more than 1.5 times the budget, and that is meant.
        usage_type_prefix: how bills mark the region, such as `USW2-`; empty in us-east-1.
    """

    monthly_usd: float
    anomaly_usd: float
    alert_percent: tuple[int, ...] = (50, 80, 100)
    accept_ceiling: bool = False
    usage_type_prefix: str = ""


def budget_problems(spec: BudgetSpec) -> Iterator[str]:
    """Yield every sentence about what is wrong with a budget."""
    if spec.monthly_usd <= 0:
        yield f"budget.monthly_usd is {spec.monthly_usd:g}; give the dollars that a month may cost."
    if spec.anomaly_usd <= 0:
        yield f"budget.anomaly_usd is {spec.anomaly_usd:g}; give the dollars of an unusual day that is worth a message."
    if len(spec.alert_percent) >= NOTICES:
        yield (
            f"budget.alert_percent has {len(spec.alert_percent)} entries; AWS takes {NOTICES} notices a budget, and "
            f"the forecast is one: give at most {NOTICES - 1}."
        )
    for percent in spec.alert_percent:
        if not 0 < percent <= 100:  # noqa: PLR2004 - per cent
            yield f"budget.alert_percent has {percent}; give percentages from 1 to 100."


def tag_value(site: Site) -> str:
    """Return the stack's tag as budgets filter by it."""
    return f"user:{STACK_TAG}${site.tags.stack}"


def gpu_usage_types(prefix: str, types: Iterable[str]) -> list[str]:
    """Return the usage types of GPU instances: bills know whole names only, no patterns."""
    return [f"{prefix}{kind}:{name}" for name in sorted(set(types)) for kind in USAGE_KINDS]


def anomaly_specification(site: Site) -> str:
    """Return which costs the anomaly monitor watches: those with the stack's tag.

    The provider compares this text with the whole expression that it reads back, and would replace the monitor for a
    missing key: so the keys without a value stand here too, as null.

    Source:
        terraform-provider-aws, internal/service/ce/anomaly_monitor.go.
    """
    tags = {"Key": f"user:{STACK_TAG}", "MatchOptions": None, "Values": [site.tags.stack]}
    unused = dict.fromkeys(("And", "CostCategories", "Dimensions", "Not", "Or"))
    return json.dumps({**unused, "Tags": tags}, sort_keys=True)
