"""What `make up` says of a cloud before anything is made."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from moto import mock_aws

from infra import prerequisites

pytestmark = pytest.mark.usefixtures("stack_files")
ONE_SCREEN = 24
DENY_ALL = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}


def ready(stack_files: Path) -> None:
    """Make what the foundation makes, and a zone that the stack files name."""
    iam, route53 = boto3.client("iam"), boto3.client("route53")
    iam.create_policy(PolicyName="slipway-boundary", Path="/slipway/", PolicyDocument=json.dumps(DENY_ALL))
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    for path in stack_files.glob("Pulumi.*.yaml"):
        path.write_text(path.read_text().replace("Z0123456789ABCDEFGHIJ", zone.removeprefix("/hostedzone/")))


@mock_aws
@pytest.mark.parametrize("stack", ["dev", "prod-cloud", "foundation"])
def test_with_the_right_account_the_screen_is_shown_and_the_up_goes_on(
    stack: str, stack_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(stack_files)
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
def test_without_the_foundation_and_the_zone_nothing_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert prerequisites.main(["--stack", "dev"]) == 1
    said = capsys.readouterr()
    assert "policy/slipway/slipway-boundary, which `make up STACK=foundation` makes (NOT THERE)" in said.out
    assert "of models.dev.example.com (NOT THERE)" in said.out
    assert said.err.startswith("Missing: boundary, ")
    assert said.err.endswith("Nothing was made.\n")


@mock_aws
@pytest.mark.parametrize(
    ("vcpus", "sentence"),
    [
        (64.0, "Running On-Demand G and VT instances: 4 vCPUs or more; a new account has 0 (the account has 64)"),
        (0.0, "(THE ACCOUNT HAS 0: ask for more at https://console.aws.amazon.com/servicequotas/home/services/ec2/"),
        (None, "(the account did not say how many it has (AccessDeniedException))"),
    ],
)
def test_the_account_is_asked_for_its_gpu_quotas_and_too_few_are_no_refusal(
    vcpus: float | None,
    sentence: str,
    stack_files: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ready(stack_files)
    real = boto3.client
    quotas = SimpleNamespace(get_service_quota=lambda **_: _answered(vcpus))
    monkeypatch.setattr("boto3.client", lambda name, **kw: quotas if name == "service-quotas" else real(name, **kw))
    assert prerequisites.main(["--stack", "dev"]) == 0
    assert sentence in capsys.readouterr().out


def _answered(vcpus: float | None) -> dict[str, Any]:
    if vcpus is None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "GetServiceQuota")
    return {"Quota": {"Value": vcpus}}


@mock_aws
def test_encrypted_values_need_no_key_here(stack_files: Path) -> None:
    ready(stack_files)
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
    assert (
        "There are no usable AWS credentials (Unable to locate credentials), so the account was asked"
        in capsys.readouterr().err
    )


def test_mistakes_in_the_stack_file_come_before_anything_else(
    stack_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stack_files / "Pulumi.dev.yaml"
    path.write_text(path.read_text().replace("profile: dev", "profile: tst"))
    assert prerequisites.main(["--stack", "dev"]) == 1
    assert 'platform.profile is "tst", but allowed are dev and prod' in capsys.readouterr().err
