"""Where a cluster has alerts at all, each model has those that matter, and each says whom it is about and what to do.

The alert on silence is the one that is forgotten: no figures look like no errors.
"""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Stack, Value, Violation
from mechanics.pods import MODEL_LABEL, label_of, labels
from mechanics.quantities import seconds
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import CLUSTER_MODEL, one_of

ALERTS = one_of("kubernetes/monitoring.coreos.com", "PrometheusRule")
MONITORS = one_of("kubernetes/monitoring.coreos.com", "PodMonitor", "ServiceMonitor")
NEEDED: list[Value] = ["ModelErrors", "ModelSlow", "ModelSilent", "ModelSaturated"]
SAID = ("annotations.summary", "annotations.runbook", "labels.severity", "labels.model")


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return models that nobody hears of, and alerts that say too little; what Prometheus does not read has none."""
    if not stack.of((*ALERTS, *MONITORS)):
        return [_unheard(each) for each in stack.of(CLUSTER_MODEL) if config["alertsRequired"]]
    found = [violation for each in stack.of(ALERTS) for alert in _alerts(each) for violation in _alert(alert)]
    by_model: dict[str, set[str]] = {}
    for each in stack.of(ALERTS):
        model = str(labels(each).get(MODEL_LABEL))
        by_model.setdefault(model, set()).update(alert.text("alert") for alert in _alerts(each))
    for served in stack.of(CLUSTER_MODEL):
        missing = sorted(set(config["neededAlerts"]) - by_model.get(label_of(served.get("spec.model")), set()))
        if missing:
            problem = f"alerts are missing: {', '.join(missing)}"
            found.append(served.violation("spec.model", problem, "add them to its PrometheusRule"))
    return found


def _unheard(model: Resource) -> Violation:
    problem = "nobody hears when this model fails: the stack has no object of the Prometheus operator"
    fix = "set metrics to prometheus_operator, or alertsRequired to false where alerts are kept elsewhere"
    return model.violation("spec.model", problem, fix)


def _alerts(rules: Resource) -> list[Resource]:
    return [each for group in rules.parts("spec.groups") for each in group.parts("rules") if each.get("alert")]


def _alert(alert: Resource) -> Iterator[Violation]:
    name = alert.text("alert")
    if not seconds(alert.get("for")):
        yield alert.violation("for", f"{name} calls at the first bad figure", "set a time such as 5m")
    for path in SAID:
        if not alert.text(path):
            yield alert.violation(path, f"{name} does not say its {path.rpartition('.')[2]}", "add it")


RULE = StackRule(
    id="model-alerts-exist",
    claim="Every model has alerts on errors, latency, silence and saturation.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=(*ALERTS, *MONITORS, *CLUSTER_MODEL),
    reads=("spec.groups", "spec.model"),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="alertsRequired",
            schema={"type": "boolean", "description": "Whether a stack without the Prometheus operator is refused."},
            values=PerKind(local=False, dev=False, prod=True),
        ),
        Option(
            name="neededAlerts",
            schema={"type": "array", "items": {"type": "string"}, "description": "Alerts that every model has."},
            values=PerKind(local=NEEDED, dev=NEEDED, prod=NEEDED),
        ),
    ),
    check=check,
)
