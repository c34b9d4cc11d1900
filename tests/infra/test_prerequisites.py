"""What `make up` says of a cloud before anything is made."""

import shutil
from pathlib import Path

import pytest
from botocore.exceptions import NoCredentialsError
from moto import mock_aws

from infra import prerequisites

ROOT = Path(__file__).parents[2]
ONE_SCREEN = 24


@pytest.fixture(autouse=True)
def stack_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in ROOT.glob("Pulumi.*.yaml"):
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-the-emulator")
    return tmp_path


@mock_aws
@pytest.mark.parametrize("stack", ["dev", "prod-cloud", "foundation"])
def test_with_the_right_account_the_screen_is_shown_and_the_up_goes_on(
    stack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prerequisites.main(["--stack", stack]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{stack} will be made in AWS. Before it is, this must be there:"
    assert "account       123456789012 in us-east-1" in said[1]
    assert len(said) <= ONE_SCREEN


@mock_aws
def test_the_screen_names_quotas_money_and_the_zone(capsys: pytest.CaptureFixture[str]) -> None:
    prerequisites.main(["--stack", "dev"])
    said = capsys.readouterr().out
    for part in (
        "All G and VT Spot Instance Requests: 4 vCPUs or more",
        "Running On-Demand G and VT instances: 4 vCPUs or more",
        "the hosted zone Z0123456789ABCDEFGHIJ of models.dev.example.com",
        "about 421 USD a month; at most 734 for GPUs; budget 600",
    ):
        assert part in said


@mock_aws
def test_encrypted_values_need_no_key_here(stack_files: Path) -> None:
    path = stack_files / "Pulumi.prod-cloud.yaml"
    url = "https://events.pagerduty.example.com/integration/changeme"
    path.write_text(path.read_text().replace(url, "{secure: v1:cGVwcGVy:c2FsdA==}"))
    assert "secure" in path.read_text()
    assert prerequisites.main(["--stack", "prod-cloud"]) == 0


@mock_aws
def test_credentials_of_another_account_end_it(stack_files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = stack_files / "Pulumi.dev.yaml"
    path.write_text(path.read_text().replace("123456789012", "210987654321"))
    assert prerequisites.main(["--stack", "dev"]) == 1
    said = capsys.readouterr().err
    assert "These credentials are of account 123456789012" in said
    assert "but platform.account_id is 210987654321. Take others, or correct the stack file; nothing was made." in said


def test_no_credentials_end_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise NoCredentialsError

    monkeypatch.setattr("boto3.client", nobody)
    assert prerequisites.main(["--stack", "dev"]) == 1
    assert "There are no usable AWS credentials (Unable to locate credentials)." in capsys.readouterr().err


def test_mistakes_in_the_stack_file_come_before_anything_else(
    stack_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stack_files / "Pulumi.dev.yaml"
    path.write_text(path.read_text().replace("profile: dev", "profile: tst"))
    assert prerequisites.main(["--stack", "dev"]) == 1
    assert 'platform.profile is "tst", but allowed are dev and prod' in capsys.readouterr().err
