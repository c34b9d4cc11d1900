"""Releases on a cluster under continuous load: what goes live loses no request, what is bad gets none."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.release import Release
from tests.e2e.conftest import Prove
from tests.support import bad_releases as bad
from tests.support.callers import infer
from tests.support.cluster_stack import QUICK_GATE, Cluster
from tests.support.cluster_switching import ClusterSwitching, switching_on_cluster
from tests.support.load import load
from tests.support.project import kill
from tests.support.switched_model import MODEL, QUIET_RATES, asked_rows
from tests.support.tiny_releases import make_release_that_does_not_load
from tests.support.waiting import until

pytestmark = [pytest.mark.cluster]

SLOW_SECONDS = 0.3
SLOW_SHIFT: dict[str, Any] = {"steps_percent": [40, 100], "hold_seconds": 8}

Make = Callable[[Path], Release]

# A name → how to make the release, other settings of its gate, and what `pulumi up` says.
REFUSED: dict[str, tuple[Make, dict[str, Any], str]] = {
    "another signature": (
        lambda out: bad.release_of(bad.answering_another_type(), out),
        {},
        "failed at signature: output label is INT32",
    ),
    "a model that cannot be loaded": (
        lambda out: make_release_that_does_not_load(out, version=out.name),
        {},
        "load failed for model 'tiny'",
    ),
    "low accuracy": (
        lambda out: bad.release_of(bad.wrong_everywhere(), out),
        {"min_quality": {"accuracy": 0.8}},
        "failed at accuracy: accuracy 0.0000 on 60 golden rows, limit 0.8",
    ),
    "ten times as slow": (
        lambda out: bad.release_of(bad.slow(SLOW_SECONDS), out),
        {"max_p99_ms": 1000 * SLOW_SECONDS / 2},
        "failed at p99 under load",
    ),
}


@pytest.fixture(scope="module")
def stack(cluster: Cluster) -> Iterator[ClusterSwitching]:
    with switching_on_cluster(cluster, platform={"start_timeout_seconds": 45}) as made:
        yield made


@pytest.fixture
def switching(stack: ClusterSwitching) -> ClusterSwitching:
    stack.back_to_blue()
    return stack


def test_a_promotion_and_its_rollback_lose_no_request(switching: ClusterSwitching, prove: Prove) -> None:
    with load(switching.plan()) as running:
        promoted = switching.up("green")
        assert switching.weights == {"blue": 0, "green": 100}
        rolled_back = switching.up("blue")
        tally = running.stop()
    times = f"promotion {promoted.seconds:.0f} s, rollback {rolled_back.seconds:.0f} s"
    prove("on a cluster: a promotion in three steps and its rollback", tally, remark=times)
    assert switching.weights == {"blue": 100, "green": 0}
    assert tally.right["green"], "it must have been promoted"


def test_a_second_up_changes_nothing(switching: ClusterSwitching) -> None:
    switching.up("blue")
    again = switching.up("blue")
    assert re.search(r"\d+ unchanged", again.text), again.text
    assert not re.search(r"[+~]\d+ to|\d+ (created|updated|replaced|deleted)", again.text), again.text


def test_a_new_client_and_a_new_key_of_another_cost_no_request(switching: ClusterSwitching, prove: Prove) -> None:
    stack = switching.stack
    with load(switching.plan(QUIET_RATES)) as running:
        stack.gateway["clients"].update(new={"models": [MODEL]}, guest={"models": [MODEL], "key_version": 2})
        switching.up("blue")
        tally = running.stop()
    prove("on a cluster: a client is added, another's key is rotated", tally)
    now = stack.outputs()
    assert now["api_key_guest"] != stack.keys["guest"]
    rows = {"x": asked_rows(0)[:1]}
    statuses = [
        infer(stack.url, MODEL, rows, x_api_key=key).status for key in (now["api_key_new"], now["api_key_guest"])
    ]
    assert statuses == [200, 200]
    assert stack.ask(MODEL, rows, "guest").status == 401, "the old key must be worth nothing any more"


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_release_gets_no_traffic(switching: ClusterSwitching, prove: Prove, name: str) -> None:
    make, gate, sentence = REFUSED[name]
    switching.model["gate"] = {**QUICK_GATE, **gate}
    with load(switching.plan()) as running:
        switching.put("green", make(switching.folder_for(name)))
        refused = switching.up("green", fails=True)
        tally = running.stop()
    prove(f"on a cluster, refused: {name}", tally)
    assert sentence in refused.text, refused.text
    assert tally.right.keys() == {"blue"}, "not one request may have reached the candidate"
    assert switching.weights["blue"] == 100


def test_a_candidate_that_fails_users_goes_back(switching: ClusterSwitching, prove: Prove) -> None:
    switching.put("green", bad.release_of(bad.failing_on_unusual_rows(), switching.folder_for("fails users")))
    with load(switching.plan(unusual=2)) as running:
        failed = switching.up("green", fails=True)
        tally = running.stop()
    prove("on a cluster, rolled back: fails 1 % of requests", tally, planned=False)
    assert re.search(
        r"shift to green was aborted after [\d.]+ s by max_error_rate\w*: .* all traffic is on blue",
        failed.text,
    ), failed.text
    assert switching.weights["blue"] == 100
    assert not tally.lost, tally
    assert not tally.wrong, tally
    assert all(refusal.endswith("by green") for refusal in tally.refused), tally


def test_a_shift_goes_on_when_the_machine_that_began_it_is_gone(switching: ClusterSwitching, prove: Prove) -> None:
    with load(switching.plan(QUIET_RATES)) as running:
        up = switching.begin_up("green", **SLOW_SHIFT)
        until(lambda: switching.weights.get("green") == 40, 120, "the step at 40 %")
        kill(up)
        until(lambda: switching.weights.get("green") == 100, 60, "the end of the shift, which nobody watches")
        switching.stack.pulumi("cancel", switching.stack.name, "--yes")
        switching.up("green", **SLOW_SHIFT)
        tally = running.stop()
    prove("on a cluster: pulumi killed in mid-shift", tally)
    assert switching.weights == {"blue": 0, "green": 100}


def test_a_shift_whose_pod_is_taken_away_puts_all_traffic_back(switching: ClusterSwitching, prove: Prove) -> None:
    stack = switching.stack
    with load(switching.plan(QUIET_RATES)) as running:
        up = switching.begin_up("green", **SLOW_SHIFT)
        until(lambda: switching.weights.get("green") == 40, 120, "the step at 40 %")
        selector = {"label_selector": "app.kubernetes.io/component=shift", "field_selector": "status.phase=Running"}
        (pod,) = stack.core.list_namespaced_pod(stack.namespace, **selector).items
        stack.core.delete_namespaced_pod(pod.metadata.name, stack.namespace)
        until(lambda: switching.weights == {"blue": 100, "green": 0}, 30, "the way back")
        assert up.wait(120), "an `up` whose shift went back must fail"
        tally = running.stop()
    prove("on a cluster: the shift's pod is deleted at 40 %", tally)


def test_the_live_slot_never_changes_in_place(switching: ClusterSwitching) -> None:
    switching.put("blue", switching.releases["releases/tiny/2"])
    try:
        refused = switching.stack.preview(fails=True)
    finally:
        switching.put("blue", switching.releases["releases/tiny/1"])
    assert "cannot change in place" in refused.text, refused.text
    assert switching.weights["blue"] == 100
