"""What docs/aws.md says to write for another choice is a right stack file."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from infra.aws_presets import merged
from infra.aws_settings import AwsPlatform
from infra.settings_problems import problems

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "aws.md").read_text().partition("## How to change a default")[2].partition("\n## ")[0]
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ")][1:]
SECTION = re.compile(rf"^({'|'.join(AwsPlatform.model_fields)}): ")
# What a reader has to fill in.
FILLED = {
    "arn:…:": "arn:aws:iam::123456789012:",
    "sha256:…": f"sha256:{'a' * 64}",
    "https://…": "https://example.com",
}


def _change(row: str) -> dict[str, Any]:
    """All sections that a row names, filled in where the reader has to."""
    change: dict[str, Any] = {}
    for snippet in re.findall(r"`([^`]+)`", row.split(" | ", 1)[1]):
        if SECTION.match(snippet):
            text = snippet
            for blank, value in FILLED.items():
                text = text.replace(blank, value)
            change = merged(change, YAML(typ="safe").load(f"{{{text}}}".replace("…", "filled-in")))
    return change


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_a_documented_change_makes_a_right_stack_file(row: str) -> None:
    stack = YAML(typ="safe").load((ROOT / "Pulumi.dev.yaml").read_text())["config"]["slipway:platform"]
    change = _change(row)
    found = problems({"platform": merged(stack, change)}, "Pulumi.dev.yaml")
    assert found == [], change


def test_every_section_of_the_platform_has_a_documented_change() -> None:
    named = {section for row in ROWS for section in _change(row)}
    whose = {"account_id", "cost_centre", "deploy_role_arn", "environment", "kind", "lifecycle", "owner", "profile"}
    assert named == set(AwsPlatform.model_fields) - whose
