import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.aws.alarm_table import AlarmRow, alarm_rows, description
from components.aws.alert_channel import PUBLISHERS, AlertChannel, AlertChannelArgs
from components.aws.alert_spec import Email, PagerDuty, Thresholds, alert_problems
from components.aws.managed_metrics_spec import ManagedMetricsSpec, metrics_problems
from tests.support.aws_examples import ALERTS, PROD, make_alarms, make_channel, make_metrics
from tests.support.recording import Graph, reaches, reaches_all, record

ROWS = alarm_rows(Thresholds())


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record(lambda: make_alarms("alarms", PROD))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"receivers": ()}, "alerts has no receiver; name PagerDuty, Slack or an e-mail address, or set alerts: none."),
        ({"receivers": (PagerDuty(url="https://e"),)}, "alerts.receivers has none for warning; add that severity to one of them."),
        ({"receivers": (Email(address="me"),)}, 'alerts.receivers[0].address is "me", which is no e-mail address.'),
        ({"receivers": (PagerDuty(url="secret", severities=("critical", "warning")),)}, "alerts.receivers[0].url must begin with https:// (its value is secret and not shown)."),
        ({"runbook_base_url": "wiki"}, 'alerts.runbook_base_url is "wiki"; it must begin with https://.'),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_place_value_and_what_to_do(change: dict[str, Any], sentence: str) -> None:
    assert list(alert_problems(replace(ALERTS, **change))) == [sentence]


def test_the_key_names_every_service_that_publishes(graph: Graph) -> None:
    statements = json.loads(graph.one("Key").inputs["policy"])["Statement"]
    publishers = next(s for s in statements if s["Sid"] == "Publishers")
    assert set(publishers["Principal"]["Service"]) == set(PUBLISHERS) == {
        "cloudwatch.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com"
    }  # fmt: skip
    assert publishers["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_topics_are_encrypted_and_admit_this_account_only(graph: Graph) -> None:
    assert all("kmsMasterKeyId" in topic.inputs for topic in graph.of("Topic"))
    for found in graph.of("TopicPolicy"):
        statement = json.loads(found.inputs["policy"])["Statement"][0]
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_the_order_is_key_topic_policy_subscription_alarm(graph: Graph) -> None:
    assert all(reaches(graph, topic, graph.one("Key")) for topic in graph.of("Topic"))
    assert all(reaches_all(graph, found, graph.of("Key")) for found in graph.of("TopicSubscription"))
    for alarm in graph.of("MetricAlarm"):
        assert any(reaches(graph, alarm, policy) for policy in graph.of("TopicPolicy"))


def test_the_pagerduty_address_is_secret() -> None:
    graph = record(lambda: make_channel("c", PROD))
    subscriptions = {found.inputs["protocol"]: found for found in graph.of("TopicSubscription")}
    assert "endpoint" in subscriptions["https"].secret_inputs
    assert subscriptions["https"].inputs["endpointAutoConfirms"]
    assert "endpoint" not in subscriptions["email"].secret_inputs


def test_slack_can_only_look() -> None:
    slack = record(lambda: make_channel("c", PROD)).one("SlackChannelConfiguration").inputs
    assert slack["guardrailPolicyArns"] == ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    assert len(slack["snsTopicArns"]) == 1


def test_a_channel_may_stand_in_another_region() -> None:
    graph = record(lambda: AlertChannel("c", AlertChannelArgs(site=PROD, spec=ALERTS, region="eu-west-1")))
    assert {found.inputs.get("region") for found in graph.of("Topic", "TopicPolicy", "Key", "Alias")} == {"eu-west-1"}


def test_every_alarm_tells_when_it_rings_and_when_it_ends(graph: Graph) -> None:
    assert len(graph.of("MetricAlarm")) == len(ROWS) + 1, "one of them watches two NAT gateways"
    for alarm in graph.of("MetricAlarm"):
        assert alarm.inputs["alarmActions"]
        assert alarm.inputs["okActions"] == alarm.inputs["alarmActions"]
        assert alarm.inputs["treatMissingData"] in {"breaching", "notBreaching"}
        assert "Runbook: https://runbooks.example.com/" in alarm.inputs["alarmDescription"]


def test_percentages_are_computed_from_two_counters(graph: Graph) -> None:
    queries = graph.named("alarms-api-server-errors").inputs["metricQueries"]
    assert [q.get("metric", {}).get("metricName") for q in queries[:2]] == [
        "apiserver_request_total_5XX",
        "apiserver_request_total",
    ]
    assert queries[2]["expression"] == "IF(all > 0, 100 * bad / all, 0)"


@pytest.mark.parametrize(
    ("key", "threshold", "window"),
    [
        ("api-server-errors", 1.0, (15, 10)), ("api-server-throttles", 10.0, (15, 15)), ("unschedulable-pods", 0.0, (15, 15)),
        ("api-server-storage", 6.4 * 1024**3, (15, 10)), ("edge-errors", 0.5, (5, 5)), ("healthy-targets", 2, (3, 3)),
        ("nat-ports", 0.0, (5, 1)), ("interruption-queue", 120.0, (5, 3)),
    ],
)  # fmt: skip
def test_thresholds_are_those_of_production(key: str, threshold: float, window: tuple[int, int]) -> None:
    row = next(row for row in ROWS if row.key == key)
    assert row.threshold == pytest.approx(threshold)
    assert (row.minutes, row.of_which) == window


def test_thresholds_are_inputs() -> None:
    changed = {row.key: row.threshold for row in alarm_rows(Thresholds(edge_p99_ms=50, min_healthy_targets=3))}
    assert (changed["edge-latency"], changed["healthy-targets"]) == (50, 3)


def test_the_alarm_about_the_probe_stands_where_route_53_reports(graph: Graph) -> None:
    assert graph.named("alarms-edge-unreachable").inputs["region"] == "us-east-1"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_woken_reader_reads_a_sentence_and_a_link(row: AlarmRow) -> None:
    text = description(row, "https://r/")
    assert text.endswith(f"Runbook: https://r/{row.key}")
    assert text[0].isupper()


@pytest.mark.parametrize("base", ["https://r", "https://r/"])
def test_a_runbook_may_be_a_page_or_a_section(base: str) -> None:
    assert description(ROWS[0], base).endswith(f" https://r/{ROWS[0].key}")
    assert description(ROWS[0], f"{base}#").endswith(f" {base}#{ROWS[0].key}")


def test_every_alarm_has_its_section_in_the_runbooks_and_no_section_is_left_over() -> None:
    text = (Path(__file__).parents[3] / "docs" / "runbooks.md").read_text()
    assert set(re.findall(r"^## (\S+)$", text, re.MULTILINE)) == {row.key for row in ROWS}


def test_metrics_are_written_by_one_service_account_to_one_workspace() -> None:
    graph = record(lambda: make_metrics("metrics", PROD))
    policy = json.loads(graph.named("metrics-writer-policy").inputs["policy"])["Statement"]
    assert [s["Action"] for s in policy] == [["aps:RemoteWrite"]]
    limits = graph.one("WorkspaceConfiguration").inputs["limitsPerLabelSets"]
    assert limits == [{"labelSet": {"namespace": "digits"}, "limits": {"maxSeries": 10_000}}]
    assert graph.of("Scraper") == []


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (ManagedMetricsSpec(retention_days=0), "metrics.retention_days is 0; allowed are 1 to 1095."),
        (ManagedMetricsSpec(retention_days=1096), "metrics.retention_days is 1096; allowed are 1 to 1095."),
        (ManagedMetricsSpec(max_series={"namespace": {"digits": 0}}), "metrics.max_series.namespace.digits is 0; give at least 1, or leave it out."),
    ],
)  # fmt: skip
def test_a_mistake_about_managed_metrics_is_named(spec: ManagedMetricsSpec, sentence: str) -> None:
    assert list(metrics_problems(spec)) == [sentence]
