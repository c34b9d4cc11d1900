"""A plan by the real engine: nothing of an account, of the state or of the checkout is touched."""

import os
from pathlib import Path

import pytest

from infra import plan
from tests.support.engine import PROGRAMS

ROOT = Path(__file__).parents[2]
DEV_RULES = ["--policies", str(ROOT / "policies" / "config" / "dev.json")]


@pytest.mark.parametrize(
    ("stack", "sentence"),
    [
        ("nowhere", "Pulumi.nowhere.yaml is missing; name a stack that has a stack file."),
        ("local", 'platform.kind is "local" in Pulumi.local.yaml; a plan is for aws and foundation: use make preview.'),
        ("prod", 'platform.kind is "kubernetes" in Pulumi.prod.yaml; a plan is for aws and foundation'),
    ],
)
def test_what_cannot_be_planned_is_answered(stack: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan.main(["--stack", stack, *DEV_RULES]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.e2e
def test_the_plan_of_dev_is_shown_with_its_price_and_would_be_let_through(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", f"{PROGRAMS.resolve()}:{os.environ['PATH']}")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    before = (ROOT / "Pulumi.dev.yaml").read_text()
    assert plan.main(["--stack", "dev", *DEV_RULES]) == 0, capsys.readouterr().out
    page = capsys.readouterr().out
    for part in (
        "AWS is played by a stand-in",
        "AwsPlatform cloud",
        "total             173",
        "Policy findings\n  none",
    ):
        assert part in page
    assert (ROOT / "Pulumi.dev.yaml").read_text() == before
