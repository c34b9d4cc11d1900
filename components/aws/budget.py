"""Budgets and anomaly detection of one stack, and the ceiling that its GPU limits set.

Budgets inform hours late. What really stops spending is the GPU limit of the pools; the ceiling makes it visible.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import budgets, costexplorer

from components.aws.rules import require
from components.aws.site import STACK_TAG, Site

USAGE_KINDS = ("BoxUsage", "SpotUsage")
"""On-demand and spot hours, as bills name them."""


@dataclass(frozen=True, kw_only=True)
class BudgetSpec:
    """The plain description of a budget.

    Args:
        monthly_usd: the limit.
        alert_percent: of the actual spending; 100 % of the forecast is always told.
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
    for percent in spec.alert_percent:
        if not 0 < percent <= 100:  # noqa: PLR2004 - per cent
            yield f"budget.alert_percent has {percent}; give percentages from 1 to 100."


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """Which budget, and who is told.

    Args:
        gpu_types: instance types of the GPU pools.
        topic_arn: where notices go; its policy must stand first, because AWS tries it. None tells nobody.
        ceiling_usd_per_month: what the GPU pools cost at their limits.
        estimate_usd_per_month: what the stack costs in an ordinary month.

    Raises:
        ConfigurationError: the spec breaks a rule; the message lists every one.
    """

    site: Site
    spec: BudgetSpec
    gpu_types: tuple[str, ...]
    topic_arn: pulumi.Input[str] | None
    ceiling_usd_per_month: float
    estimate_usd_per_month: float

    def __post_init__(self) -> None:
        require(budget_problems(self.spec))


class Budget(pulumi.ComponentResource):
    """Two budgets and an anomaly monitor, all filtered by the tag of the stack.

    Produces:
        Budget of the stack, budget of its GPU instances, anomaly monitor and subscription.
    """

    budget_name: pulumi.Output[str]
    ceiling_usd_per_month: pulumi.Output[float]
    estimate_usd_per_month: pulumi.Output[float]

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the budgets, then the monitor."""
        spec = {
            "monthly_usd": args.spec.monthly_usd,
            "ceiling_usd_per_month": args.ceiling_usd_per_month,
            "accept_ceiling": args.spec.accept_ceiling,
        }
        super().__init__("slipway:aws:Budget", name, {"spec": spec}, opts)
        self._name, self._args, self._site = name, args, args.site
        tag = {"name": "TagKeyValue", "values": [tag_value(args.site)]}
        whole = self._budget(name, args.spec.monthly_usd, [tag])
        if args.gpu_types:
            gpus = {"name": "UsageType", "values": gpu_usage_types(args.spec.usage_type_prefix, args.gpu_types)}
            self._budget(f"{name}-gpu", min(args.ceiling_usd_per_month, args.spec.monthly_usd), [tag, gpus])
        self._anomalies()
        self.budget_name = whole.name
        self.ceiling_usd_per_month = pulumi.Output.from_input(args.ceiling_usd_per_month)
        self.estimate_usd_per_month = pulumi.Output.from_input(args.estimate_usd_per_month)
        self.register_outputs({"spec": spec, **{key: getattr(self, key) for key in Budget.__annotations__}})

    def _budget(self, name: str, limit_usd: float, filters: list[Mapping[str, Any]]) -> budgets.Budget:
        alerts = [("ACTUAL", percent) for percent in self._args.spec.alert_percent] + [("FORECASTED", 100)]
        return budgets.Budget(
            name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{limit_usd:.2f}",
            limit_unit="USD",
            cost_filters=[budgets.BudgetCostFilterArgs(**chosen) for chosen in filters],
            notifications=[
                {
                    "comparison_operator": "GREATER_THAN",
                    "notification_type": kind,
                    "threshold": percent,
                    "threshold_type": "PERCENTAGE",
                    "subscriber_sns_topic_arns": [self._args.topic_arn],
                }
                for kind, percent in alerts
                if self._args.topic_arn is not None
            ],
            tags=self._site.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _anomalies(self) -> None:
        name, child = f"{self._name}-anomalies", pulumi.ResourceOptions(parent=self)
        monitor = costexplorer.AnomalyMonitor(
            name,
            monitor_type="CUSTOM",
            monitor_specification=anomaly_specification(self._site),
            tags=self._site.tags.named(name),
            opts=child,
        )
        if self._args.topic_arn is None:
            return
        costexplorer.AnomalySubscription(
            f"{name}-subscription",
            frequency="IMMEDIATE",
            monitor_arn_lists=[monitor.arn],
            subscribers=[{"type": "SNS", "address": self._args.topic_arn}],
            threshold_expression={
                "dimension": {
                    "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                    "match_options": ["GREATER_THAN_OR_EQUAL"],
                    "values": [f"{self._args.spec.anomaly_usd:g}"],
                }
            },
            tags=self._site.tags.named(f"{name}-subscription"),
            opts=child,
        )


def tag_value(site: Site) -> str:
    """Return the stack's tag as budgets filter by it."""
    return f"user:{STACK_TAG}${site.tags.stack}"


def gpu_usage_types(prefix: str, types: Iterable[str]) -> list[str]:
    """Return the usage types of GPU instances: bills know whole names only, no patterns."""
    return [f"{prefix}{kind}:{name}" for name in sorted(set(types)) for kind in USAGE_KINDS]


def anomaly_specification(site: Site) -> str:
    """Return which costs the anomaly monitor watches: those with the stack's tag."""
    tags = {"Key": f"user:{STACK_TAG}", "MatchOptions": ["EQUALS"], "Values": [site.tags.stack]}
    return json.dumps({"Tags": tags}, sort_keys=True)
