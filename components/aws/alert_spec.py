"""Who is told, and from which figure on: receivers and thresholds with their units."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["critical", "warning"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning")


@dataclass(frozen=True, kw_only=True)
class Email:
    """A mailbox; it confirms its subscription once."""

    address: str
    severities: tuple[Severity, ...] = SEVERITIES
    kind: Literal["email"] = "email"


@dataclass(frozen=True, kw_only=True)
class PagerDuty:
    """A PagerDuty service by the secret address of its CloudWatch integration."""

    url: str = field(repr=False)
    severities: tuple[Severity, ...] = ("critical",)
    kind: Literal["pagerduty"] = "pagerduty"


@dataclass(frozen=True, kw_only=True)
class Slack:
    """A Slack channel; the workspace is authorised once by hand in the console."""

    team_id: str
    channel_id: str
    severities: tuple[Severity, ...] = ("warning",)
    kind: Literal["slack"] = "slack"


Receiver = Email | PagerDuty | Slack


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """From which figure on an alarm rings."""

    api_server_errors_percent: float = 1.0
    api_server_throttles_per_minute: float = 10.0
    unschedulable_pods: float = 0.0
    api_server_storage_gib: float = 6.4
    edge_errors_percent: float = 0.5
    edge_p99_ms: float = 500.0
    min_healthy_targets: int = 2
    nat_port_errors: float = 0.0
    interruption_queue_age_seconds: float = 120.0


@dataclass(frozen=True, kw_only=True)
class AlertSpec:
    """The plain description of alerting.

    Args:
        receivers: who is told.
        runbook_base_url: each alarm links to a page below it, or, when it ends in `#`, to a section of it.
        thresholds: from which figures on.
    """

    receivers: tuple[Receiver, ...]
    runbook_base_url: str
    thresholds: Thresholds = field(default_factory=Thresholds)


def alert_problems(spec: AlertSpec) -> Iterator[str]:
    """Yield every sentence about what is wrong with alerting."""
    if not spec.receivers:
        yield "alerts has no receiver; name PagerDuty, Slack or an e-mail address, or set alerts: none."
        return
    reached = {severity for receiver in spec.receivers for severity in receiver.severities}
    for severity in SEVERITIES:
        if severity not in reached:
            yield f"alerts.receivers has none for {severity}; add that severity to one of them."
    for index, receiver in enumerate(spec.receivers):
        if isinstance(receiver, PagerDuty) and not receiver.url.startswith("https://"):
            yield f"alerts.receivers[{index}].url must begin with https:// (its value is secret and not shown)."
        if isinstance(receiver, Email) and "@" not in receiver.address:
            yield f'alerts.receivers[{index}].address is "{receiver.address}", which is no e-mail address.'
    if not spec.runbook_base_url.startswith("https://"):
        yield f'alerts.runbook_base_url is "{spec.runbook_base_url}"; it must begin with https://.'
