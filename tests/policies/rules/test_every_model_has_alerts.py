import pytest
from planned_stack import MISSING, good_stack, messages, put, resource, spoil, without

ID = "model-alerts-exist"
ALERT = "spec.groups[0].rules[0]"


def test_a_model_with_alerts_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


def test_missing_alerts_are_named_on_their_model() -> None:
    (found,) = messages(ID, spoil("alerts", f"{ALERT}.alert", "Other"))
    assert "alerts are missing: ModelErrors. Where: model tumours, spec.model." in found
    elsewhere = spoil("alerts", "metadata.labels", {"slipway.dev/model": "other"})
    assert "alerts are missing: ModelErrors, ModelSaturated, ModelSilent, ModelSlow" in messages(ID, elsewhere)[0]


@pytest.mark.parametrize("wait", [MISSING, "0s", 5])
def test_an_alert_waits_before_it_calls(wait: object) -> None:
    (found,) = messages(ID, spoil("alerts", f"{ALERT}.for", wait))
    assert f"ModelErrors calls at the first bad figure. Where: PrometheusRule alerts, {ALERT}.for." in found


@pytest.mark.parametrize("path", ["annotations.summary", "annotations.runbook", "labels.severity", "labels.model"])
def test_an_alert_says_what_it_is_about(path: str) -> None:
    (found,) = messages(ID, spoil("alerts", f"{ALERT}.{path}", MISSING))
    assert f"ModelErrors does not say its {path.rpartition('.')[2]}" in found


def test_where_alerts_are_required_a_cluster_without_prometheus_is_told_so() -> None:
    (found,) = messages(ID, without("alerts"), "prod")
    assert "nobody hears when this model fails: the stack has no object of the Prometheus operator" in found
    assert "Where: model tumours, spec.model. Fix: set metrics to prometheus_operator" in found
    assert messages(ID, without("alerts"), "prod", alertsRequired=False) == []
    assert messages(ID, without("alerts", "cluster-model"), "prod") == []


def test_a_cluster_without_prometheus_is_left_alone_and_one_that_only_reads_is_not() -> None:
    assert messages(ID, without("alerts")) == []
    monitor = resource("kubernetes:monitoring.coreos.com/v1:PodMonitor", "monitor", {"spec": {}})
    assert "alerts are missing" in messages(ID, put(monitor, without("alerts")))[0]
