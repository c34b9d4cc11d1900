import pytest
from cluster_mutants import BLUE, GATE_JOB, SERVER
from planned_pods import OWN_PROBE
from planned_stack import MISSING, good_stack, messages, spoil

ID = "probes-truthful"
PROBES = ["startupProbe", "readinessProbe", "livenessProbe"]


def test_probes_by_inference_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize("probe", PROBES)
def test_a_missing_probe_is_named(probe: str) -> None:
    (found,) = messages(ID, spoil(BLUE, f"{SERVER}.{probe}", MISSING))
    assert f"the model server has no {probe}. Where: Deployment {BLUE}, {SERVER}.{probe}." in found


@pytest.mark.parametrize("probe", PROBES[1:])
@pytest.mark.parametrize("asks", [
    {"httpGet": {"path": "/v2/health/ready", "port": 8000}}, {"tcpSocket": {"port": 8000}},
    {"grpc": {"port": 8001}}, {"exec": {"command": ["true"]}},
])  # fmt: skip
def test_a_probe_that_asks_the_server_is_refused(probe: str, asks: dict[str, object]) -> None:
    (found,) = messages(ID, spoil(BLUE, f"{SERVER}.{probe}", asks))
    assert f"the {probe} asks the server, which calls itself ready" in found


def test_a_model_is_given_time_to_load() -> None:
    (found,) = messages(ID, spoil(BLUE, f"{SERVER}.startupProbe.failureThreshold", MISSING))
    assert "a model is given 15 seconds to load" in found
    assert messages(ID, spoil(BLUE, f"{SERVER}.startupProbe.failureThreshold", 11), "dev")
    assert messages(ID, spoil(BLUE, f"{SERVER}.startupProbe.failureThreshold", 12), "dev") == []


@pytest.mark.parametrize(("patience", "refusals"), [("30", 0), ("29", 1), ("soon", 1), (None, 1)])
def test_a_try_lasts_as_long_as_the_probe_keeps_asking(patience: str | None, refusals: int) -> None:
    command = [*OWN_PROBE["command"], "--patience-seconds", *([patience] if patience else [])]
    probe = {"exec": {"command": command}, "periodSeconds": 2, "failureThreshold": 2}
    assert len(messages(ID, spoil(BLUE, f"{SERVER}.startupProbe", probe), "dev")) == refusals


def test_containers_and_pods_that_serve_no_model_are_left_alone() -> None:
    sidecar = spoil(BLUE, f"{SERVER}.command", ["sidecar"], spoil(BLUE, f"{SERVER}.args", []))
    assert messages(ID, spoil(BLUE, f"{SERVER}.startupProbe", MISSING, sidecar)) == []
    assert messages(ID, spoil(GATE_JOB, f"{SERVER}.livenessProbe", {"tcpSocket": {"port": 1}})) == []
