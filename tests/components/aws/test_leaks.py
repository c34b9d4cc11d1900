import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from components.aws.leaks import Place, leaks, main

EMPTY: dict[str, dict[str, Any]] = {
    "get-resources": {"ResourceTagMappingList": []},
    "describe-instances": {"Reservations": []},
    "describe-log-groups": {"logGroups": []},
    "describe-snapshots": {"Snapshots": []},
    "describe-network-interfaces": {"NetworkInterfaces": []},
    "describe-key": {"KeyMetadata": {"KeyState": "PendingDeletion"}},
}
PLACE = Place(stack="dev", cluster="slipway-dev-4f2a", vpc_id="vpc-1")


def found(**answers: dict[str, Any]) -> list[str]:
    known = {**EMPTY, **{key.replace("_", "-"): value for key, value in answers.items()}}
    return list(leaks(PLACE, lambda command: known[command[1]]))


def test_nothing_left_is_silence() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ({"get_resources": {"ResourceTagMappingList": [{"ResourceARN": "arn:vpc"}]}}, "arn:vpc carries the tag slipway:stack=dev"),
        ({"describe_instances": {"Reservations": [{"Instances": [{"InstanceId": "i-1"}]}]}}, "i-1 is an instance that Karpenter made"),
        ({"describe_log_groups": {"logGroups": [{"logGroupName": "/aws/eks/x/cluster"}]}}, "/aws/eks/x/cluster is a log group of the cluster"),
        ({"describe_snapshots": {"Snapshots": [{"SnapshotId": "snap-1"}]}}, "snap-1 is a snapshot with the tag slipway:stack=dev"),
        ({"describe_network_interfaces": {"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"}]}}, "eni-1 is a network interface in vpc-1"),
    ],
)  # fmt: skip
def test_what_is_left_is_named(answers: dict[str, dict[str, Any]], line: str) -> None:
    assert found(**answers) == [line]


def test_a_key_that_waits_for_its_deletion_is_no_leak() -> None:
    tagged = {"ResourceTagMappingList": [{"ResourceARN": "arn:aws:kms:us-east-1:1:key/k"}]}
    assert found(get_resources=tagged) == []
    assert found(get_resources=tagged, describe_key={"KeyMetadata": {"KeyState": "Enabled"}}) == [
        "arn:aws:kms:us-east-1:1:key/k carries the tag slipway:stack=dev"
    ]


def test_interfaces_are_asked_for_only_where_the_network_is_known() -> None:
    asked: list[str] = []

    def ask(command: Sequence[str]) -> dict[str, Any]:
        asked.append(command[1])
        return EMPTY[command[1]]

    assert list(leaks(Place(stack="dev", cluster="c"), ask)) == []
    assert "describe-network-interfaces" not in asked


def test_a_command_that_fails_says_which_and_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = tmp_path / "aws"
    command.write_text("#!/bin/sh\necho 'no credentials' >&2\nexit 255\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(SystemExit, match="aws resourcegroupstaggingapi get-resources failed: no credentials"):
        main(["--stack", "dev", "--cluster", "c"])


def test_the_exit_code_says_whether_anything_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = tmp_path / "aws"
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    answer = '{"ResourceTagMappingList": %s, "Reservations": [], "logGroups": [], "Snapshots": []}'
    for left, code in (("[]", 0), ('[{"ResourceARN": "arn:vpc"}]', 1)):
        command.write_text(f"#!/bin/sh\necho '{answer % left}'\n")
        command.chmod(0o755)
        assert main(["--stack", "dev", "--cluster", "c"]) == code
    assert capsys.readouterr().out == "arn:vpc carries the tag slipway:stack=dev\n"
