"""`make release-push` as a user meets it."""

import shutil
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from ruamel.yaml import YAML

from infra import push
from infra.cloud_names import STORE
from infra.settings import ReleaseReference
from serving.release import load
from tests.e2e_aws.stacks import make, settings
from tests.support.recording import record
from tests.support.tiny_releases import linear_model, make_release

ROOT = Path(__file__).parents[2]
BUCKET = "slipway-dev-cloud-artifacts-123456789012-us-east-1"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in ROOT.glob("Pulumi.*.yaml"):
        shutil.copy(path, tmp_path)
    make_release(linear_model(), tmp_path / "releases" / "tiny" / "1", version="1")
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-the-emulator")
    return tmp_path


def _push(stack: str, release: str = "releases/tiny/1") -> int:
    return push.main(["--stack", stack, "--model", "tiny", "--release", release])


def test_the_bucket_is_the_one_that_the_program_makes() -> None:
    graph = record(lambda: make("dev", settings("dev")))
    assert graph.named(f"{STORE}-bucket").inputs["bucket"] == BUCKET


@mock_aws
def test_a_release_is_pushed_and_the_lines_for_the_stack_file_are_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=BUCKET)
    assert _push("dev") == 0
    *sent, said = capsys.readouterr().out.splitlines()
    digest = load(project / "releases/tiny/1").digest
    assert sent[-1].startswith("release.json was pushed")
    where = YAML(typ="safe").load(said)
    assert where == {"release": {"uri": f"s3://{BUCKET}/models/models/tiny/{digest}", "sha256": digest}}
    assert ReleaseReference.model_validate(where["release"]).sha256 == digest


@mock_aws
def test_a_store_that_is_not_there_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert _push("dev") == 2
    assert "NoSuchBucket" in capsys.readouterr().err


def test_a_stack_on_a_cluster_pushes_to_the_store_of_its_cloud(project: Path) -> None:
    stack, platform = push.cloud("prod", project)
    assert stack == "prod-cloud"
    assert platform.site(stack).bucket_name(STORE) == "slipway-prod-cloud-cloud-artifacts-123456789012-us-east-1"


@pytest.mark.parametrize(
    ("stack", "release", "sentence"),
    [
        ("local", "releases/tiny/1", 'platform.kind is "local" in Pulumi.local.yaml; it has no store.'),
        ("nowhere", "releases/tiny/1", "Pulumi.nowhere.yaml is missing; name a stack that has a stack file."),
        ("dev", "releases/tiny/9", "is not a release: release.json cannot be read"),
    ],
)
def test_what_cannot_be_pushed_is_a_sentence(
    stack: str, release: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _push(stack, release) == 2
    assert sentence in capsys.readouterr().err
