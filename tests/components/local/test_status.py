"""What `make status` shows."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.local import status
from components.local.fragments import Endpoint, Weights
from components.local.stack_dir import StackDir
from components.local.status import slot_statuses
from components.local.supervision import Supervision
from serving.health_server import HealthServer
from serving.probe import Probe, ProbeError
from tests.support.supervised import stack_folder


@pytest.fixture
def stack_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[StackDir]:
    """A stack with both slots of a model and no process at all; blue is live and well, green answers wrongly."""
    with stack_folder() as folder:
        for slot, port in (("blue", 1), ("green", 2)):
            Endpoint(
                model="tiny",
                slot=slot,
                http_port=port,
                grpc_port=0,
                metrics_port=0,
                release_digest=slot[0] * 64,
                release_version="7",
                program=f"tiny.{slot}.x",
                probe=Probe(model="tiny", request={}, output="label", expected=[1]).document(),
            ).write(folder)
        Weights(weights={"blue": 100, "green": 0}).write(folder, "tiny")
        monkeypatch.setattr(Probe, "ask", answer_wrongly_on_port_2)
        yield folder


def answer_wrongly_on_port_2(_: Probe, url: str, __: float) -> None:
    if url.endswith(":2"):
        raise ProbeError("label is [2], expected [1]")


def test_each_slot_is_shown_with_role_release_weight_and_health(stack_dir: StackDir) -> None:
    blue, green = slot_statuses(stack_dir)
    assert (blue.role, blue.release, blue.weight, blue.health) == ("live", "7 (bbbbbbbbbbbb)", "100%", "ok")
    assert (green.role, green.weight, green.health) == ("idle", "0%", "FAILING: label is [2], expected [1]")


def test_a_gateway_that_does_not_answer_shows_no_figures_of_it(stack_dir: StackDir) -> None:
    assert {(slot.requests, slot.errors, slot.restarts) for slot in slot_statuses(stack_dir)} == {(None, None, 0)}


def test_requests_of_both_protocols_are_counted_together(stack_dir: StackDir, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = {"c.upstream_rq_total": 5, "d.upstream_rq_total": 2, "c.upstream_rq_5xx": 1}
    monkeypatch.setattr(status, "statistics", lambda *_: counted)
    assert {(slot.requests, slot.errors) for slot in slot_statuses(stack_dir)} == {(7, 1)}


def test_restarts_are_those_that_the_prober_made(stack_dir: StackDir) -> None:
    server = HealthServer(stack_dir.prober_socket, stack_dir.weights)
    server.publish({"tiny": {"green": {"healthy": False, "restarts": 3, "reason": ""}}})
    server.start()
    try:
        assert [slot.restarts for slot in slot_statuses(stack_dir)] == [0, 3]
    finally:
        server._server.shutdown()
        server._server.server_close()


def test_a_model_that_no_user_reaches_yet_is_idle(stack_dir: StackDir) -> None:
    Weights.remove(stack_dir, "tiny")
    assert {slot.role for slot in slot_statuses(stack_dir)} == {"idle"}


@pytest.fixture
def project(stack_dir: StackDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackDir:
    (tmp_path / ".slipway").mkdir()
    (tmp_path / ".slipway" / "local").symlink_to(stack_dir.path)
    monkeypatch.chdir(tmp_path)
    return stack_dir


@pytest.mark.usefixtures("project")
def test_a_stack_that_does_not_run_is_told_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert status.main(["--stack", "local"]) == 1
    assert capsys.readouterr().out == (
        "Stack local does not run on this machine. Start it with `make up STACK=local`.\n"
    )


def test_the_command_fails_when_a_slot_does_and_speaks_json_when_asked(
    project: StackDir, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Supervision, "running", lambda _: True)
    assert status.main(["--json"]) == 1
    assert [row["health"] for row in json.loads(capsys.readouterr().out)] == [
        "ok",
        "FAILING: label is [2], expected [1]",
    ]
    Endpoint.remove(project, "tiny", "green")
    assert status.main([]) == 0
    assert "tiny   blue  live" in capsys.readouterr().out
