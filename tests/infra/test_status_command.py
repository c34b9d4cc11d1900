"""`make status` looks where the stack file says that a stack runs."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from components.kubernetes import stack_view
from components.kubernetes.stack_view import StackView
from components.local import status as one_machine
from infra import cluster_view, status
from serving.errors import ConfigurationError
from tests.support.cluster_view import OLD, deployment, pod, route

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stack_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "Pulumi.mine.yaml"
    path.write_text((ROOT / "Pulumi.cluster.yaml").read_text())
    return path


@pytest.fixture
def view(stack_file: Path, monkeypatch: pytest.MonkeyPatch) -> StackView:
    """A cluster that is looked at without being there: one slot, which is well."""
    assert stack_file.exists()
    found = StackView(
        deployments=[deployment("blue", OLD, replicas=1)],
        pods=[pod("blue", OLD)],
        routes={"fraud-score": route(blue=100)},
    )
    monkeypatch.setattr(cluster_view, "entered", lambda *_: None)
    monkeypatch.setattr(stack_view, "look", lambda *_: found)
    return found


def test_a_stack_of_one_machine_is_looked_at_here_though_its_stack_file_has_a_mistake(
    stack_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def look(arguments: Sequence[str]) -> int:
        asked.append(list(arguments))
        return 0

    monkeypatch.setattr(one_machine, "main", look)
    stack_file.write_text("config: {slipway:platform: {kind: local, no-such: setting}}")
    assert status.main(["--stack", "mine", "--json"]) == 0
    stack_file.unlink()
    assert status.main(["--stack", "mine"]) == 0
    assert asked == [["--stack", "mine", "--json"], ["--stack", "mine"]]


@pytest.mark.usefixtures("view")
def test_a_stack_on_a_cluster_is_looked_at_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert status.main(["--stack", "mine"]) == 0
    assert "fraud-score  blue  live" in capsys.readouterr().out
    assert status.main(["--stack", "mine", "--json"]) == 0
    (slot,) = json.loads(capsys.readouterr().out)["slots"]
    assert (slot["health"], slot["requests"]) == ("ok", None)


def test_a_slot_that_does_not_answer_is_a_failure(view: StackView) -> None:
    assert view.pods
    view.pods[0]["status"]["conditions"] = []
    assert status.main(["--stack", "mine"]) == 1


@pytest.mark.usefixtures("view")
def test_a_cluster_that_does_not_answer_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> None:
        raise ConfigurationError("platform.cluster: the cluster does not answer.")

    monkeypatch.setattr(cluster_view, "entered", refused)
    assert status.main(["--stack", "mine"]) == 1
    assert capsys.readouterr().out == "platform.cluster: the cluster does not answer.\n"


def test_a_mistake_in_the_stack_file_is_told(stack_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack_file.write_text(stack_file.read_text().replace("live: blue", "live: gren"))
    assert status.main(["--stack", "mine"]) == 1
    assert 'models.digits.live is "gren"' in capsys.readouterr().out


def test_a_stack_without_models_is_told(stack_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack_file.write_text((ROOT / "Pulumi.foundation.yaml").read_text())
    assert status.main(["--stack", "mine"]) == 1
    assert capsys.readouterr().out.startswith("Stack mine serves no models itself")
