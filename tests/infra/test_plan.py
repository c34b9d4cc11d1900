"""A plan by the real engine: nothing of an account, of the state or of the checkout is touched."""

import json
import os
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from infra import plan
from infra.plan_events import read_plan
from tests.infra.test_eks_program import values as served_cloud
from tests.support.engine import PROGRAMS

ROOT = Path(__file__).parents[2]
DEV_RULES = ["--policies", str(ROOT / "policies" / "config" / "dev.json")]


@pytest.mark.parametrize(
    ("stack", "sentence"),
    [
        ("nowhere", "Pulumi.nowhere.yaml is missing; name a stack that has a stack file."),
        ("local", 'platform.kind is "local" in Pulumi.local.yaml; a plan is for aws and foundation: use make preview.'),
        ("prod", "Pulumi.prod.yaml stands on the cluster of prod-cloud, which makes and costs all of AWS: make plan"),
    ],
)
def test_what_cannot_be_planned_is_answered(stack: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan.main(["--stack", stack, *DEV_RULES]) == 2
    assert sentence in capsys.readouterr().err


def test_rules_that_do_not_start_make_a_plan_unacceptable_and_are_told_with_their_last_words() -> None:
    lines = [
        '{"sequence":0,"policyLoadEvent":{}}',
        '{"sequence":1,"diagnosticEvent":{"message":"exceptions.toml cannot be read","severity":"info#err"}}',
    ]
    stderr = 'nothing reaches an account.\nerror: policy pack "policies" failed to start: exit status 1\n'
    planned = read_plan([*lines, *plan.failures(lines, stderr)])
    assert planned.errors == (
        "exceptions.toml cannot be read",
        'policy pack "policies" failed to start: exit status 1',
    )
    assert not planned.acceptable


def test_a_preview_that_fails_in_silence_is_no_acceptable_plan() -> None:
    assert not read_plan(plan.failures([], "Killed\n")).acceptable


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", f"{PROGRAMS.resolve()}:{os.environ['PATH']}")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))


@pytest.mark.e2e
@pytest.mark.usefixtures("engine")
def test_a_stack_file_with_secrets_is_planned_without_a_key_and_shows_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    encrypted = {"secure": "v1:cGVwcGVy:c2FsdA=="}
    document = YAML(typ="safe").load((ROOT / "Pulumi.dev.yaml").read_text())
    platform = document["config"]["slipway:platform"]
    platform["edge"]["waf"] = {"kind": "cloudfront", "origin_secret": encrypted}
    platform["alerts"]["receivers"].append({"kind": "pagerduty", "url": encrypted})
    (tmp_path / "Pulumi.dev.yaml").write_text(json.dumps({**document, "encryptionsalt": "v1:unknown:to:us"}))
    monkeypatch.chdir(tmp_path)
    assert plan.main(["--stack", "dev", *DEV_RULES]) == 0, capsys.readouterr().out
    page = capsys.readouterr()
    assert "EdgeWaf" in page.out
    assert "cGVwcGVy" not in page.out + page.err


@pytest.mark.e2e
@pytest.mark.usefixtures("engine")
def test_the_plan_of_dev_is_shown_with_its_price_and_would_be_let_through(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = (ROOT / "Pulumi.dev.yaml").read_text()
    assert plan.main(["--stack", "dev", *DEV_RULES]) == 0, capsys.readouterr().out
    page = capsys.readouterr().out
    for part in (
        "AWS is played by a stand-in",
        "AwsPlatform cloud",
        "total             174",
        "Policy findings\n  none",
    ):
        assert part in page
    assert (ROOT / "Pulumi.dev.yaml").read_text() == before


@pytest.mark.e2e
@pytest.mark.usefixtures("engine")
def test_models_on_a_cloud_are_planned_and_judged_before_there_is_a_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = {f"slipway:{name}": value for name, value in served_cloud().items()}
    (tmp_path / "Pulumi.dev.yaml").write_text(json.dumps({"config": config}))
    monkeypatch.chdir(tmp_path)
    assert plan.main(["--stack", "dev", *DEV_RULES]) == 0, capsys.readouterr().out
    page = capsys.readouterr().out
    for part in (
        "KarpenterController services-karpenter: 2 Chart, 1 EC2NodeClass, 1 NodePool",
        "TargetBindings targets: 1 TargetGroupBinding",
        "ModelSlot digits-blue",
    ):
        assert part in page
    assert "mandatory" not in page
