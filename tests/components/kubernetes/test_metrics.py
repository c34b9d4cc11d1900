"""What Prometheus reads, and when it calls."""

import re
from pathlib import Path
from typing import Any

from components.kubernetes.metrics import model_rules, proxy_monitor, slot_monitor
from tests.support.cluster_examples import SITE, model_spec

ROOT = Path(__file__).parents[3]
SPEC = model_spec("fraud_score")


def alerts() -> dict[str, dict[str, Any]]:
    (group,) = model_rules(SITE, SPEC)["spec"]["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def test_every_way_a_model_can_fail_has_an_alert_that_names_it() -> None:
    found = alerts()
    assert set(found) == {"ModelErrors", "ModelSlow", "ModelSilent", "ModelSaturated"}
    for rule in found.values():
        assert rule["labels"]["model"] == "fraud_score"
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["runbook"]
        assert rule["for"]


def test_alerts_count_what_users_ask_and_not_what_is_pinned() -> None:
    expression = alerts()["ModelErrors"]["expr"]
    assert "route/models/fraud-score/rule/" in expression
    assert "fraud-score-blue" not in expression


def test_silence_is_no_request_after_there_were_some_and_no_figure_at_all() -> None:
    expression = alerts()["ModelSilent"]["expr"]
    called = 'envoy_cluster_upstream_rq_total{envoy_cluster_name=~"(http|grpc)route/models/fraud-score/rule/.*"}'
    assert expression == (
        f"((sum(increase({called}[10m])) or vector(0)) == 0 and sum(increase({called}[1h] offset 10m)) > 0) "
        f"or absent({called})"
    )


def test_every_alert_leads_to_its_section_of_the_runbooks_and_no_section_is_left_over() -> None:
    text = (ROOT / "docs/runbooks.md").read_text()
    sections = set(re.findall(r"^### (Model\w+)$", text, re.MULTILINE))
    assert sections == set(alerts())
    for name, rule in alerts().items():
        assert rule["annotations"]["runbook"] == f"docs/runbooks.md#{name.lower()}"


def test_limits_of_alerts_are_those_of_the_shift() -> None:
    assert alerts()["ModelErrors"]["expr"].endswith(f"> {SPEC['shift']['max_error_rate']:g}")
    assert alerts()["ModelSlow"]["expr"].endswith(f"> {SPEC['shift']['max_p99_ms']:g}")


def test_slots_and_proxies_are_read_where_they_are() -> None:
    slots, proxies = slot_monitor(SITE), proxy_monitor(SITE)
    assert slots["spec"]["namespaceSelector"] == {"matchNames": ["models"]}
    assert slots["spec"]["podMetricsEndpoints"][0]["port"] == "metrics"
    assert proxies["spec"]["namespaceSelector"] == {"matchNames": [SITE.gateway_namespace]}
    assert proxies["spec"]["selector"]["matchLabels"] == SITE.proxy_labels
