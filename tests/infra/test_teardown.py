"""Taking a cloud down: what is written, what is refused, what is looked for."""

import json
import subprocess
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from ruamel.yaml import YAML

from infra import teardown

pytestmark = pytest.mark.usefixtures("stack_files")


@pytest.mark.parametrize("stack", ["dev", "prod-cloud", "prod"])
def test_draining_adds_one_line_to_the_stack_file_and_keeps_its_comments(
    stack: str, stack_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stack_files / f"Pulumi.{stack}.yaml"
    before = path.read_text().splitlines()
    assert teardown.main(["drain", "--stack", stack]) == 0
    after = path.read_text().splitlines()
    assert YAML(typ="safe").load(path)["config"]["slipway:platform"]["lifecycle"] == "drain"
    assert [line for line in after if "lifecycle" not in line] == before
    assert "+    lifecycle: drain" in capsys.readouterr().out


def test_a_stack_without_anything_to_drain_is_left_as_it_is(
    stack_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stack_files / "Pulumi.foundation.yaml"
    before = path.read_text()
    assert teardown.main(["drain", "--stack", "foundation"]) == 1
    assert 'platform.kind is "foundation" in Pulumi.foundation.yaml; only aws and' in capsys.readouterr().err
    assert path.read_text() == before


def _exporting(
    resources: int | None, monkeypatch: pytest.MonkeyPatch, said: str = "error: no stack named 'prod'"
) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert command == ["pulumi", "stack", "export", "--stack", "prod"]
        state = {"deployment": {"resources": [{"custom": True}] * (resources or 0) + [{"custom": False}]}}
        return subprocess.CompletedProcess(command, int(resources is None), json.dumps(state), said)

    monkeypatch.setattr("subprocess.run", run)


def test_a_cloud_on_which_another_stack_stands_is_not_destroyed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _exporting(37, monkeypatch)
    assert teardown.main(["check", "--stack", "prod-cloud"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("prod stands on the cluster of prod-cloud and has 37 resources; take it down first: make")
    assert said.endswith("Nothing was destroyed.\n")


@pytest.mark.parametrize("resources", [0, None], ids=["empty", "no such stack"])
def test_a_cloud_on_which_nothing_stands_may_go(resources: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    _exporting(resources, monkeypatch)
    assert teardown.main(["check", "--stack", "prod-cloud"]) == 0


def test_a_cloud_whose_other_stack_cannot_be_read_is_not_destroyed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _exporting(None, monkeypatch, "error: AccessDenied")
    assert teardown.main(["check", "--stack", "prod-cloud"]) == 1
    said = capsys.readouterr().err
    assert "nobody knows whether it has resources: error: AccessDenied Nothing was destroyed." in said


def test_a_cloud_that_no_stack_file_names_may_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("nobody needs to be asked"))
    assert teardown.main(["check", "--stack", "dev"]) == 0


@mock_aws
def test_what_is_left_is_listed_and_log_groups_are_swept(capsys: pytest.CaptureFixture[str]) -> None:
    group = "/aws/eks/slipway-dev-4f2a/cluster"
    boto3.client("logs", region_name="us-east-1").create_log_group(logGroupName=group)
    assert teardown.main(["leaks", "--stack", "dev"]) == 1
    assert capsys.readouterr().out == f"{group} is a log group of the cluster\n"
    assert teardown.main(["leaks", "--stack", "dev", "--sweep"]) == 0
    assert capsys.readouterr().out == f"{group} was deleted\n"
    assert teardown.main(["leaks", "--stack", "dev"]) == 0


@mock_aws
def test_another_account_is_no_clean_one(stack_files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = stack_files / "Pulumi.dev.yaml"
    path.write_text(path.read_text().replace("123456789012", "210987654321"))
    assert teardown.main(["leaks", "--stack", "dev"]) == 1
    said = capsys.readouterr().err
    assert "The account 210987654321 could not be asked: these credentials are of 123456789012" in said


def test_an_account_that_cannot_be_asked_is_no_clean_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert teardown.main(["leaks", "--stack", "dev"]) == 1
    assert "could not be asked: these credentials are none (Unable to locate credentials)." in capsys.readouterr().err
