import pytest
from cluster_mutants import BLUE, GATE_JOB, POD, SERVER
from planned_stack import MISSING, messages, spoil

ID = "drain-contract"


def test_a_grace_period_shorter_than_a_request_is_refused() -> None:
    (found,) = messages(ID, spoil("digits", "spec.grace_seconds", 14.5))
    assert "the grace period is 14.5 seconds, and a request may last 15 seconds" in found
    assert "Where: model digits, spec.grace_seconds. Fix: raise it to at least 15." in found


@pytest.mark.parametrize("value", [None, MISSING])
def test_a_model_without_a_grace_period_is_refused(value: object) -> None:
    (found,) = messages(ID, spoil("digits", "spec.grace_seconds", value))
    assert "the grace period is not set" in found


@pytest.mark.parametrize("value", [None, MISSING, 0])
def test_a_gateway_that_lets_requests_last_for_ever_is_refused(value: object) -> None:
    (found,) = messages(ID, spoil("gateway", "spec.request_timeout_seconds", value))
    assert "so no grace period is long enough. Where: Gateway gateway" in found


def test_a_grace_period_as_long_as_a_request_passes() -> None:
    assert messages(ID, spoil("digits", "spec.grace_seconds", 15)) == []


@pytest.mark.parametrize(("grace", "passes"), [(50, True), (49, False), (MISSING, False)])
def test_a_pod_lives_through_all_parts_of_its_stop(grace: object, passes: bool) -> None:
    found = messages(ID, spoil(BLUE, f"{POD}.terminationGracePeriodSeconds", grace))
    assert (found == []) is passes
    assert passes or "and its stop takes up to 50. Where: Deployment" in found[0]


@pytest.mark.parametrize("lifecycle", [MISSING, {"preStop": {"exec": {"command": ["sleep", "15"]}}}])
def test_proxies_are_told_before_the_server_is(lifecycle: object) -> None:
    (found,) = messages(ID, spoil(BLUE, f"{SERVER}.lifecycle", lifecycle))
    assert "the server is told to stop 0 seconds after the proxies are told that it does" in found


def test_the_server_finishes_as_long_as_a_request_may_last() -> None:
    (found,) = messages(ID, spoil(BLUE, f"{SERVER}.args[5]", "--exit-timeout-secs=10"))
    assert "the server finishes for 10 seconds, and a request may last 15" in found
    (found,) = messages(ID, spoil(BLUE, f"{SERVER}.args[5]", "--strict-readiness=true"))
    assert "nothing says how long the server finishes its requests" in found


@pytest.mark.parametrize("strategy", [MISSING, {"type": "Recreate"}, {"rollingUpdate": {"maxUnavailable": "25%"}}])
def test_an_update_takes_no_pod_away_first(strategy: object) -> None:
    (found,) = messages(ID, spoil(BLUE, "spec.strategy", strategy))
    assert "an update takes pods away before the new ones serve" in found


def test_pods_that_serve_nothing_may_stop_at_once() -> None:
    assert messages(ID, spoil(GATE_JOB, f"{POD}.terminationGracePeriodSeconds", 0)) == []
