"""Gates and shifts as Jobs: what they run, may and must not, and when there is a new one."""

import json
from typing import Any

import pytest

from components.kubernetes.document import Document
from components.kubernetes.gate import GateArgs, gate_rollout
from components.kubernetes.gateway_routes import rules_template
from components.kubernetes.rollout_job import Rollout, access, job
from components.kubernetes.traffic import TrafficArgs, rules_config_map, shift_rollout
from serving import gate_command, shift_command
from serving.shift_plan import longest_seconds, shift_plan
from tests.support.cluster_examples import SITE, model_spec, release_spec

SPEC = model_spec()
RELEASES = {slot: entry["release"]["sha256"] for slot, entry in SPEC["slots"].items()}


def gate(priority_class: str | None = None, **changes: Any) -> Rollout:
    spec = {
        "model": "digits",
        "slot": "green",
        "release": release_spec("digits", "2"),
        "other": {"slot": "blue", "release": release_spec("digits", "1")},
        "becomes_live": True,
        "limits": SPEC["gate"],
        "cold_start_seconds": 0,
    }
    return gate_rollout(GateArgs(site=SITE, spec={**spec, **changes}, after=(), priority_class=priority_class))


def shift(priority_class: str | None = None, **changes: Any) -> Rollout:
    values = {"model": "digits", "live": "green", "releases": RELEASES, "plan": SPEC["shift"], "cold_start_seconds": 0}
    args = TrafficArgs(
        site=SITE,
        spec={**values, **changes},
        slots=SPEC["slots"],
        template=rules_template(SPEC),
        after=(),
        priority_class=priority_class,
    )
    return shift_rollout(args, "digits-rules-1")


def option(arguments: Any, name: str) -> str:
    return str(arguments[list(arguments).index(name) + 1])


@pytest.fixture(params=["gate", "shift"])
def rollout(request: pytest.FixtureRequest) -> Rollout:
    return gate() if request.param == "gate" else shift()


def test_a_job_runs_once_and_says_why_it_failed(rollout: Rollout) -> None:
    spec = job(SITE, rollout)["spec"]
    assert (spec["backoffLimit"], spec["completions"], spec["parallelism"]) == (0, 1, 1)
    (container,) = spec["template"]["spec"]["containers"]
    assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"
    assert container["command"] == ["python3", "-m", f"serving.{rollout.kind}"]


def test_a_pod_that_its_node_took_along_has_not_failed(rollout: Rollout) -> None:
    spec = job(SITE, rollout)["spec"]
    (rule,) = spec["podFailurePolicy"]["rules"]
    assert rule == {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    assert spec["podReplacementPolicy"] == "Failed", "two shifts at once would write against each other"
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_a_job_that_failed_is_made_anew_by_the_next_up(rollout: Rollout) -> None:
    assert job(SITE, rollout)["metadata"]["annotations"]["pulumi.com/replaceUnready"] == "true"


def test_whoever_waits_for_a_job_waits_longer_than_it_may_run(rollout: Rollout) -> None:
    found = job(SITE, rollout)
    waited = float(found["metadata"]["annotations"]["pulumi.com/timeoutSeconds"])
    assert waited > found["spec"]["activeDeadlineSeconds"], "an `up` that gives up leaves a shift behind that goes on"


def test_a_job_is_no_less_urgent_than_what_it_works_for() -> None:
    assert "priorityClassName" not in job(SITE, gate())["spec"]["template"]["spec"]
    for made in (gate(priority_class="models-live"), shift(priority_class="models-live")):
        assert job(SITE, made)["spec"]["template"]["spec"]["priorityClassName"] == "models-live"


def test_a_slot_that_may_be_cold_is_waited_for() -> None:
    warm, cold = gate(), gate(cold_start_seconds=400)
    assert float(option(cold.arguments, "--wait-seconds")) == float(option(warm.arguments, "--wait-seconds")) + 400
    assert cold.longest_seconds == warm.longest_seconds + 400
    plain, waiting = shift(), shift(cold_start_seconds=400)
    assert option(plain.arguments, "--wait-seconds") == "0", "its gate has just heard an answer"
    assert float(option(waiting.arguments, "--wait-seconds")) > 400
    assert waiting.longest_seconds > plain.longest_seconds + 400


def test_a_job_is_given_longer_than_its_program_may_take() -> None:
    plan = shift_plan(SPEC["shift"])
    assert job(SITE, shift())["spec"]["activeDeadlineSeconds"] > longest_seconds(plan, 10)
    assert job(SITE, gate())["spec"]["activeDeadlineSeconds"] > SPEC["gate"]["timeout_seconds"]


def test_a_shift_that_is_told_to_end_has_the_time_to_put_traffic_back() -> None:
    assert job(SITE, shift())["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= 60


@pytest.mark.parametrize(("made", "verbs"), [(gate(), ["get"]), (shift(), ["get", "patch"])], ids=["gate", "shift"])
def test_a_job_may_touch_the_routes_of_its_model_and_nothing_else(made: Rollout, verbs: list[str]) -> None:
    found: dict[str, Document] = access(SITE, made)
    assert found["role"]["rules"] == [
        {
            "apiGroups": ["gateway.networking.k8s.io"],
            "resources": ["httproutes", "grpcroutes"],
            "resourceNames": ["digits"],
            "verbs": verbs,
        }
    ]
    assert found["binding"]["subjects"][0]["name"] == found["account"]["metadata"]["name"] == made.name


def test_the_operators_key_is_a_file_that_only_the_pod_reads(rollout: Rollout) -> None:
    pod = job(SITE, rollout)["spec"]["template"]["spec"]
    (volume,) = [each for each in pod["volumes"] if each["name"] == "operator-key"]
    assert volume["secret"] == {"secretName": "operator-key", "defaultMode": 0o440}
    assert "x-api-key=/var/run/slipway/operator/key" in rollout.arguments
    assert not [each for each in json.dumps(pod).split('"') if each.startswith("sk-")]


def test_what_a_gate_is_told_its_program_understands() -> None:
    chosen = gate_command._parser().parse_args(list(gate().arguments))
    assert (chosen.slot, chosen.live_slot, chosen.url) == ("green", "blue", SITE.gateway_url)
    assert gate_command.read_limits(chosen.limits).min_quality == {"accuracy": 0.9}
    assert (chosen.unless_live, chosen.expect_release) == ("models/digits", RELEASES["green"])


def test_what_a_shift_is_told_its_program_understands() -> None:
    chosen = shift_command._parser().parse_args(list(shift().arguments))
    assert (chosen.candidate, chosen.namespace, chosen.http_route) == ("green", "models", "digits")
    assert json.loads(chosen.releases) == RELEASES
    assert shift_command.read_plan(chosen.plan) == shift_plan(SPEC["shift"])


def test_a_gate_of_the_only_slot_compares_with_nobody() -> None:
    alone = gate(other=None)
    assert "--live-release" not in alone.arguments
    assert [fetch["name"] for fetch in alone.fetches] == ["candidate"]


@pytest.mark.parametrize(
    "changes", [{"limits": {**SPEC["gate"], "max_p99_ms": 1}}, {"release": release_spec("digits", "3")}]
)
def test_another_content_is_another_job(changes: dict[str, Any]) -> None:
    before, after = job(SITE, gate()), job(SITE, gate(**changes))
    assert before["metadata"]["name"] != after["metadata"]["name"]
    assert before["metadata"]["name"] == job(SITE, gate())["metadata"]["name"]


def test_other_rules_are_another_object_so_that_a_running_shift_keeps_its_own() -> None:
    first = rules_config_map(SITE, "digits", rules_template(SPEC))
    other = rules_config_map(SITE, "digits", rules_template(model_spec(slots={"blue": SPEC["slots"]["blue"]})))
    assert first["immutable"] is True
    assert first["metadata"]["name"] != other["metadata"]["name"]
    assert option(shift().arguments, "--rules").endswith("rules.json")
