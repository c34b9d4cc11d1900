"""The alarms as a table: metric, threshold, patience, severity. Thresholds come from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from components.aws.alert_spec import Severity, Thresholds

MINUTE = 60
GIB = 1024**3
Missing = Literal["breaching", "notBreaching"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One figure of CloudWatch; with `total`, the percentage of another one."""

    namespace: str
    name: str
    statistic: str = "Sum"
    total: str | None = None


@dataclass(frozen=True, kw_only=True)
class AlarmRow:
    """One alarm.

    Args:
        key: part of its name and of its runbook's address.
        about: which dimensions it reads, a key of the alarms' subjects.
        minutes: how long the window is; `of_which` minutes of it must breach.
        missing: what no data means.
        global_service: exists in us-east-1 only.
    """

    key: str
    says: str
    about: Literal["cluster", "api", "balancer", "nat", "queue", "probe"]
    metric: Metric
    threshold: float
    minutes: int
    of_which: int
    severity: Severity
    below: bool = False
    missing: Missing = "notBreaching"
    global_service: bool = False


def alarm_rows(thresholds: Thresholds) -> tuple[AlarmRow, ...]:
    """Return every alarm that CloudWatch can ring."""
    return (*_cluster_rows(thresholds), *_edge_rows(thresholds), *_plumbing_rows(thresholds))


def _cluster_rows(thresholds: Thresholds) -> tuple[AlarmRow, ...]:
    return (
        AlarmRow(
            key="api-server-errors",
            says=f"more than {thresholds.api_server_errors_percent:g} % of Kubernetes API calls fail",
            about="cluster",
            metric=Metric(namespace="AWS/EKS", name="apiserver_request_total_5XX", total="apiserver_request_total"),
            threshold=thresholds.api_server_errors_percent,
            minutes=15,
            of_which=10,
            severity="critical",
        ),
        AlarmRow(
            key="api-server-throttles",
            says=f"more than {thresholds.api_server_throttles_per_minute:g} Kubernetes API calls a minute are refused",
            about="cluster",
            metric=Metric(namespace="AWS/EKS", name="apiserver_request_total_429"),
            threshold=thresholds.api_server_throttles_per_minute,
            minutes=15,
            of_which=15,
            severity="warning",
        ),
        AlarmRow(
            key="unschedulable-pods",
            says="pods find no node, often for want of GPUs",
            about="cluster",
            metric=Metric(namespace="AWS/EKS", name="scheduler_pending_pods_UNSCHEDULABLE", statistic="Maximum"),
            threshold=thresholds.unschedulable_pods,
            minutes=15,
            of_which=15,
            severity="warning",
        ),
        AlarmRow(
            key="api-server-storage",
            says=f"the Kubernetes store holds more than {thresholds.api_server_storage_gib:g} of 8 GiB",
            about="cluster",
            metric=Metric(namespace="AWS/EKS", name="apiserver_storage_size_bytes", statistic="Maximum"),
            threshold=thresholds.api_server_storage_gib * GIB,
            minutes=15,
            of_which=10,
            severity="warning",
        ),
    )


def _edge_rows(thresholds: Thresholds) -> tuple[AlarmRow, ...]:
    return (
        AlarmRow(
            key="edge-errors",
            says=f"more than {thresholds.edge_errors_percent:g} % of requests fail at the edge",
            about="api",
            metric=Metric(namespace="AWS/ApiGateway", name="5xx", total="Count"),
            threshold=thresholds.edge_errors_percent,
            minutes=5,
            of_which=5,
            severity="critical",
        ),
        AlarmRow(
            key="edge-latency",
            says=f"one in a hundred requests takes more than {thresholds.edge_p99_ms:g} ms behind the edge",
            about="api",
            metric=Metric(namespace="AWS/ApiGateway", name="IntegrationLatency", statistic="p99"),
            threshold=thresholds.edge_p99_ms,
            minutes=5,
            of_which=5,
            severity="warning",
        ),
        AlarmRow(
            key="healthy-targets",
            says=f"fewer than {thresholds.min_healthy_targets} Envoy pods answer",
            about="balancer",
            metric=Metric(namespace="AWS/NetworkELB", name="HealthyHostCount", statistic="Minimum"),
            threshold=thresholds.min_healthy_targets,
            minutes=3,
            of_which=3,
            severity="critical",
            below=True,
            missing="breaching",
        ),
        AlarmRow(
            key="edge-unreachable",
            says="the public address does not answer from outside",
            about="probe",
            metric=Metric(namespace="AWS/Route53", name="HealthCheckStatus", statistic="Minimum"),
            threshold=1,
            minutes=3,
            of_which=3,
            severity="critical",
            below=True,
            missing="breaching",
            global_service=True,
        ),
    )


def _plumbing_rows(thresholds: Thresholds) -> tuple[AlarmRow, ...]:
    return (
        AlarmRow(
            key="nat-ports",
            says="a NAT gateway runs out of ports",
            about="nat",
            metric=Metric(namespace="AWS/NATGateway", name="ErrorPortAllocation"),
            threshold=thresholds.nat_port_errors,
            minutes=5,
            of_which=1,
            severity="warning",
        ),
        AlarmRow(
            key="interruption-queue",
            says="nobody reads the interruption queue; Karpenter's controller may be dead",
            about="queue",
            metric=Metric(namespace="AWS/SQS", name="ApproximateAgeOfOldestMessage", statistic="Maximum"),
            threshold=thresholds.interruption_queue_age_seconds,
            minutes=5,
            of_which=3,
            severity="critical",
        ),
    )


def description(row: AlarmRow, runbook_base_url: str) -> str:
    """Return what a woken reader sees: what is wrong, and where to look."""
    base = runbook_base_url if runbook_base_url.endswith(("/", "#")) else f"{runbook_base_url}/"
    return f"{row.says[0].upper()}{row.says[1:]}. Runbook: {base}{row.key}"


def percent_expression(parts: Mapping[str, str]) -> str:
    """Return the metric math of a percentage; no requests are no errors."""
    return f"IF({parts['all']} > 0, 100 * {parts['bad']} / {parts['all']}, 0)"
