"""Budgets and anomaly detection of one stack, and the ceiling that its GPU limits set.

Budgets inform hours late. What really stops spending is the GPU limit of the pools; the ceiling makes it visible.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import budgets, costexplorer

from components.aws.aws_site import Site
from components.aws.budget_spec import BudgetSpec, anomaly_specification, budget_problems, gpu_usage_types, tag_value
from components.aws.rules import require


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
            # A provider that knows a further key reads it back as null; what is watched never changes anyway.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["monitorSpecification"]),
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
