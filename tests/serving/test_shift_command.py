"""`python -m serving.shift` leads traffic on a cluster: real program, made-up API, proxies and gateway."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from serving.cluster.route_rules import weights_of
from serving.errors import ConfigurationError
from serving.golden_probe import GoldenProbe
from serving.shift_command import read_plan
from tests.support.recording_server import RecordingServer, recording_server
from tests.support.route_server import RouteServer, route_server, rule

BLUE, GREEN = "a" * 64, "b" * 64
PLAN = {"steps_percent": [50, 100], "hold_seconds": 0.1, "max_hold_seconds": 0.2}
RIGHT, WRONG = (200, b'{"outputs": [{"name": "label", "data": [3]}]}'), (503, b"no healthy upstream")


@dataclass
class Cluster:
    """Everything that a shift talks to, and the files that it reads."""

    api: RouteServer
    proxy: RecordingServer
    gateway: RecordingServer
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, **others: str) -> list[str]:
        """Return the command line of a shift to green."""
        options = {
            "namespace": "models",
            "model": "digits",
            "http-route": "digits",
            "grpc-route": "digits",
            "rules": str(self.folder / "rules.json"),
            "candidate": "green",
            "releases": json.dumps({"blue": BLUE, "green": GREEN}),
            "plan": json.dumps(PLAN),
            "metrics": f"http://127.0.0.1:{self.proxy.port}",
            "url": f"http://127.0.0.1:{self.gateway.port}",
            "header-from-file": f"x-api-key={self.folder / 'key'}",
            "probes": str(self.folder / "probes"),
            **{name.replace("_", "-"): value for name, value in others.items()},
        }
        return [sys.executable, "-m", "serving.shift", *(f"--{name}={value}" for name, value in options.items())]

    def begin(self, **others: str) -> "subprocess.Popen[str]":
        """Begin a shift."""
        pipe = subprocess.PIPE
        return subprocess.Popen(self.command(**others), stdout=pipe, stderr=pipe, text=True, env=self.environment)

    def run(self, **others: str) -> tuple[int, list[str]]:
        """Run a shift to its end; return its exit status and its lines."""
        process = self.begin(**others)
        printed, errors = process.communicate(timeout=60)
        return process.returncode, (printed + errors).splitlines()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster with blue live and green ready."""
    with route_server() as api, recording_server() as proxy, recording_server() as gateway:
        (tmp_path / "rules.json").write_text(json.dumps({"http": [rule()], "grpc": [rule()]}))
        (tmp_path / "key").write_text("operator-key\n")
        (tmp_path / "probes").mkdir()
        for slot in ("blue", "green"):
            probe = GoldenProbe(model="digits", request={"inputs": []}, output="label", expected=[3])
            (tmp_path / "probes" / f"{slot}.json").write_text(json.dumps(probe.document()))
        kubeconfig: dict[str, Any] = {
            "clusters": [{"name": "c", "cluster": {"server": api.url}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "users": [{"name": "u", "user": {}}],
            "current-context": "x",
        }
        (tmp_path / "kubeconfig").write_text(json.dumps(kubeconfig))
        for plural in ("httproutes", "grpcroutes"):
            api.put(plural, [rule(100, 0)], {"slipway.dev/live": f"blue@{BLUE}"})
        gateway.answer = RIGHT
        yield Cluster(api, proxy, gateway, tmp_path, {**os.environ, "KUBECONFIG": str(tmp_path / "kubeconfig")})


def test_traffic_goes_step_by_step_and_the_new_state_is_noted(cluster: Cluster) -> None:
    status, lines = cluster.run()
    assert status == 0, lines
    written = [
        body["spec"]["rules"][0]["backendRefs"][1]["weight"]
        for kind, body in cluster.api.patches
        if "spec" in body and kind == "httproutes"
    ]
    assert written == [1, 50, 999_999, 100], "green enters before it gets a share, and blue leaves after it has none"
    noted = cluster.api.annotations()
    assert noted.pop("slipway.dev/shift")
    assert noted == {"slipway.dev/live": f"green@{GREEN}", "slipway.dev/previous": f"blue@{BLUE}"}
    assert lines[0].startswith("digits: blue  50% green  50%  req 0/0")
    assert lines[-1].startswith("digits: shift to green is done in ")
    assert lines[-1].endswith("all traffic is on green.")


def test_the_probe_goes_to_the_slot_with_the_operators_key(cluster: Cluster) -> None:
    cluster.run()
    headers = [headers for _, headers in cluster.gateway.asked]
    assert {sent["x-api-key"] for sent in headers} == {"operator-key"}
    assert {sent["x-slipway-slot"] for sent in headers} == {"blue", "green"}


def test_a_rollback_takes_no_steps(cluster: Cluster) -> None:
    noted = {"slipway.dev/live": f"blue@{BLUE}", "slipway.dev/previous": f"green@{GREEN}"}
    cluster.api.put("httproutes", [rule(100, 0)], noted)
    status, lines = cluster.run()
    assert status == 0, lines
    written = [weights_of(body["spec"]["rules"], "digits") for _, body in cluster.api.patches if "spec" in body]
    assert all(each in ({"blue": 0, "green": 100}, {"blue": 100, "green": 0}) for each in written)
    assert len(written) == 2 * 3, "both routes: in, over, out"
    assert "digits: green was live before" in lines


def test_a_candidate_that_does_not_answer_gets_nothing(cluster: Cluster) -> None:
    cluster.gateway.answer = WRONG
    status, lines = cluster.run()
    assert status == 1
    assert "was aborted after" in lines[-1]
    assert lines[-1].endswith("by health: green does not answer an inference; all traffic is on blue.")
    assert cluster.api.weights("httproutes") == [100, 0]
    assert cluster.api.annotations()["slipway.dev/live"] == f"blue@{BLUE}"


def test_a_candidate_that_is_cold_is_waited_for(cluster: Cluster) -> None:
    cluster.gateway.answer = WRONG
    process = cluster.begin(wait_seconds="60")
    while not cluster.gateway.asked:
        assert process.poll() is None, process.communicate()
        os.sched_yield()
    assert not cluster.api.patches
    cluster.gateway.answer = RIGHT
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 0, printed
    assert cluster.api.weights("httproutes") == [0, 100]


def test_a_candidate_that_stays_cold_gets_nothing_after_its_time(cluster: Cluster) -> None:
    cluster.gateway.answer = WRONG
    status, lines = cluster.run(wait_seconds="2")
    assert status == 1
    assert lines[-1].endswith("by health: green does not answer an inference; all traffic is on blue.")


def test_a_shift_that_is_stopped_while_it_waits_has_changed_nothing(cluster: Cluster) -> None:
    cluster.gateway.answer = WRONG
    process = cluster.begin(wait_seconds="60")
    while not cluster.gateway.asked:
        assert process.poll() is None, process.communicate()
        os.sched_yield()
    process.send_signal(signal.SIGTERM)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert printed.splitlines()[-1] == (
        "shift of digits to green did not begin: SIGTERM: the Job was stopped; traffic is where it was."
    )
    assert not cluster.api.patches


def test_a_shift_that_another_one_took_over_writes_and_notes_nothing_more(cluster: Cluster) -> None:
    process = cluster.begin(plan=json.dumps({**PLAN, "steps_percent": [100], "hold_seconds": 3, "max_hold_seconds": 4}))
    while cluster.api.weights("grpcroutes") != [0, 100]:
        assert process.poll() is None, process.communicate()
        os.sched_yield()
    noted = {"slipway.dev/live": f"blue@{BLUE}", "slipway.dev/shift": "a rollback"}
    for plural in ("httproutes", "grpcroutes"):
        cluster.api.written_by_somebody(plural, [rule(100, 0)])
        cluster.api.routes[plural, "digits"]["metadata"]["annotations"] = dict(noted)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    last = printed.splitlines()[-1]
    assert "what is live now could not be noted (RouteError: another shift has taken over httproutes digits" in last
    assert last.endswith("all traffic is on blue.")
    assert (cluster.api.weights("httproutes"), cluster.api.annotations()) == ([100, 0], noted)


def test_a_stopped_shift_puts_traffic_back_and_says_so(cluster: Cluster) -> None:
    process = cluster.begin(plan=json.dumps({**PLAN, "hold_seconds": 600, "max_hold_seconds": 900}))
    while not cluster.api.patches:
        assert process.poll() is None, process.communicate()
        os.sched_yield()
    process.send_signal(signal.SIGTERM)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    last = printed.splitlines()[-1]
    assert "was interrupted after" in last
    assert "SIGTERM: the Job was stopped" in last
    assert last.endswith("all traffic is on blue.")
    assert (cluster.api.weights("httproutes"), cluster.api.weights("grpcroutes")) == ([100, 0], [100, 0])


def test_an_api_that_refuses_is_told_as_the_last_line(cluster: Cluster) -> None:
    cluster.api.refuse = (403, "Forbidden")
    status, lines = cluster.run()
    assert status == 1
    assert "cannot be read: 403 Forbidden; the ServiceAccount needs get and patch on this route" in lines[-1]
    assert lines[-1].endswith("; traffic is where it was.")


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"candidate": "red"}, "--candidate is 'red', but --releases has blue, green."),
        ({"releases": "[]"}, "--releases: Input should be an object"),
        ({"rules": "/no/such"}, "--rules: /no/such cannot be read"),
        ({"header_from_file": "x-api-key=/no/such"}, "--header-from-file x-api-key: /no/such cannot be read"),
        ({"plan": '{"mirror_percent": 5, "mirror_seconds": 1}'}, "shift.mirror_percent is 5, but on a cluster"),
    ],
)
def test_wrong_usage_is_explained(cluster: Cluster, others: dict[str, str], said: str) -> None:
    status, lines = cluster.run(**others)
    assert status == 2
    assert said in "\n".join(lines)
    assert not cluster.api.patches


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ('{"max_p99": 5}', "--plan has max_p99; allowed are steps_percent, "),
        ('{"steps_percent": "all"}', "--plan.steps_percent: Input should be a valid array"),
        ('{"hold_seconds": 0}', "--plan: shift.hold_seconds is 0; it must be above 0"),
        ('{"max_prediction_distance": 0.1}', "shift.max_prediction_distance is 0.1, but on a cluster nothing counts"),
        ("{", "--plan: Invalid JSON"),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused(plan: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_plan(plan)


def test_whole_numbers_may_come_as_an_engine_hands_them_over() -> None:
    assert read_plan('{"steps_percent": [5.0, 100.0], "min_requests": 20.0}').steps_percent == (5, 100)
