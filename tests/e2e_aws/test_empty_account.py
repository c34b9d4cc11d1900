"""From an empty account to `up` and back, by the commands of the documentation, as far as the emulator goes."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.aws_stand_in.server import StandIn
from tests.support.engine import ROOT

pytestmark = pytest.mark.e2e
_BLOCK = re.compile(r"^ +```sh\n(.+?)^ +```$", re.MULTILINE | re.DOTALL)
_LIMIT_SECONDS = 280
# The bucket refuses requests without TLS, and the emulator has none.
_WITHOUT_TLS = """import boto3
s3 = boto3.client("s3")
for bucket in s3.list_buckets()["Buckets"]:
    s3.delete_bucket_policy(Bucket=bucket["Name"])
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose stack files are its own, with an empty home beside it."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for path in ROOT.iterdir():
        if re.fullmatch(r"Pulumi\..+\.yaml", path.name):
            shutil.copy(path, folder)
        elif path.name != ".git":
            (folder / path.name).symlink_to(path)
    return folder


def _documented(step: str) -> str:
    """The commands of one numbered step."""
    _, _, below = (ROOT / "docs" / "aws.md").read_text().partition(f"**{step}")
    found = _BLOCK.search(below)
    assert found, f"docs/aws.md has no commands for {step}"
    return found[1]


def _run(script: str, checkout: Path, stand_in: StandIn, **more: str) -> str:
    environment = {
        **os.environ,
        **stand_in.environment,
        **more,
        "HOME": str(checkout.parent),
        "AWS_ENDPOINT_URL": stand_in.aws.url,
        "AWS_ACCESS_KEY_ID": "stand-in",
        "AWS_SECRET_ACCESS_KEY": "stand-in",
        "PULUMI_SKIP_CONFIRMATIONS": "true",
    }
    environment.pop("PULUMI_BACKEND_URL", None)
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


def test_the_documented_steps_lead_from_an_empty_account_to_a_cloud_and_back_with_the_state_in_its_bucket(
    checkout: Path, stand_in: StandIn
) -> None:
    admit = f"{sys.executable} -c {shlex.quote(_WITHOUT_TLS)}\n"
    foundation = _documented("Foundation").replace("make up STACK=foundation\n", f"make up STACK=foundation\n{admit}")
    assert admit in foundation
    moved = _run(foundation, checkout, stand_in)
    assert re.search(r"Resources:\n +\d+ unchanged", moved), moved[-2000:]
    written = (checkout / "Pulumi.foundation.yaml").read_text()
    assert "secretsprovider: awskms://alias/slipway-state?region=us-east-1" in written
    (bucket,) = [each["Name"] for each in stand_in.aws.client("s3").list_buckets()["Buckets"]]
    _edit_the_stack_file_of_dev(checkout, stand_in)
    made = _run(_with_state(bucket, _documented("Development")), checkout, stand_in)
    assert "policy/slipway/slipway-boundary, which `make up STACK=foundation` makes (there)" in made
    assert re.search(r"Resources:\n +\+ \d+ created", made), made[-2000:]
    held = [each["Key"] for each in stand_in.aws.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert {f".pulumi/stacks/slipway/{stack}.json" for stack in ("dev", "foundation")} <= set(held)

    taken_down = "make drain STACK=dev\nmake down STACK=dev\nmake leaks STACK=dev\n"
    said = _run(_with_state(bucket, taken_down), checkout, stand_in)
    assert "+    lifecycle: drain" in said
    assert re.search(r"Resources:\n +- \d+ deleted", said), said[-2000:]
    assert "slipway:stack=dev" not in said, "the leak check must be silent"


def _with_state(bucket: str, script: str) -> str:
    """The next day, in another shell."""
    return f". .slipway/env\nexport PULUMI_BACKEND_URL='s3://{bucket}?region=us-east-1'\n{script}"


def _edit_the_stack_file_of_dev(checkout: Path, stand_in: StandIn) -> None:
    """Name a zone that the account has, as the step says."""
    domain = "models.dev.example.com"
    zone = stand_in.aws.client("route53").create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]["Id"]
    path = checkout / "Pulumi.dev.yaml"
    path.write_text(path.read_text().replace("Z0123456789ABCDEFGHIJ", zone.removeprefix("/hostedzone/")))
