"""CloudWatch alarms about what stands below the models: control plane, edge, NAT, interruption queue.

Models, slots and GPUs are watched by Prometheus in the cluster; these are for when the cluster itself is in trouble.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from components.aws.alarm_table import MINUTE, AlarmRow, alarm_rows, description, percent_expression
from components.aws.alert_channel import AlertChannel
from components.aws.alert_spec import AlertSpec
from components.aws.aws_site import GLOBAL_REGION, Site

Dimensions = Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class CloudAlarmsArgs:
    """What is watched, and who is told.

    Args:
        subjects: `{cluster | api | balancer | nat | queue | probe: dimensions of each instance}`; what is left out
            is not watched.
        global_channel: the channel in us-east-1, when the stack is elsewhere.
    """

    site: Site
    spec: AlertSpec
    channel: AlertChannel
    subjects: Mapping[str, Mapping[str, Dimensions]]
    global_channel: AlertChannel | None = None


class CloudAlarms(pulumi.ComponentResource):
    """One alarm per row of the table and thing watched.

    Produces:
        Metric alarms that tell when they ring and when they end.
    """

    alarm_names: Sequence[pulumi.Output[str]]

    def __init__(self, name: str, args: CloudAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the alarms whose subject exists."""
        super().__init__("slipway:aws:CloudAlarms", name, None, opts)
        self._name, self._args = name, args
        alarms = [
            self._alarm(row, f"-{key}" if key else "", dimensions)
            for row in alarm_rows(args.spec.thresholds)
            for key, dimensions in args.subjects.get(row.about, {}).items()
        ]
        self.alarm_names = [alarm.name for alarm in alarms]
        self.register_outputs({"alarm_names": self.alarm_names})

    def _alarm(self, row: AlarmRow, key: str, dimensions: Dimensions) -> cloudwatch.MetricAlarm:
        name = f"{self._name}-{row.key}{key}"
        channel = (self._args.global_channel if row.global_service else None) or self._args.channel
        topic = channel.topic_arns[row.severity]
        args = cloudwatch.MetricAlarmArgs(
            comparison_operator="LessThanThreshold" if row.below else "GreaterThanThreshold",
            threshold=row.threshold,
            evaluation_periods=row.minutes,
            datapoints_to_alarm=row.of_which,
            treat_missing_data=row.missing,
            alarm_actions=[topic],
            ok_actions=[topic],
            alarm_description=description(row, self._args.spec.runbook_base_url),
            region=GLOBAL_REGION if row.global_service else None,
            tags=self._args.site.tags.named(name),
        )
        _watch(args, row, dimensions)
        return cloudwatch.MetricAlarm(name, args, opts=pulumi.ResourceOptions(parent=self))


def _watch(args: cloudwatch.MetricAlarmArgs, row: AlarmRow, dimensions: Dimensions) -> None:
    metric = row.metric
    if metric.total is not None:
        args.metric_queries = _percentage(row, metric.total, dimensions)
        return
    args.namespace, args.metric_name, args.period = metric.namespace, metric.name, MINUTE
    args.dimensions = dimensions
    if metric.statistic.startswith("p"):
        args.extended_statistic = metric.statistic
    else:
        args.statistic = metric.statistic


def _percentage(
    row: AlarmRow, total: str, dimensions: Dimensions
) -> list[pulumi.Input[cloudwatch.MetricAlarmMetricQueryArgs]]:
    ids = {"bad": row.metric.name, "all": total}
    expression = percent_expression({key: key for key in ids})
    return [
        *(_counter(key, row.metric.namespace, metric, dimensions) for key, metric in ids.items()),
        cloudwatch.MetricAlarmMetricQueryArgs(id="percent", expression=expression, label="percent", return_data=True),
    ]


def _counter(key: str, namespace: str, metric: str, dimensions: Dimensions) -> cloudwatch.MetricAlarmMetricQueryArgs:
    counted = cloudwatch.MetricAlarmMetricQueryMetricArgs(
        namespace=namespace, metric_name=metric, dimensions=dimensions, period=MINUTE, stat="Sum"
    )
    return cloudwatch.MetricAlarmMetricQueryArgs(id=key, return_data=False, metric=counted)
