"""What an editor says about a stack file: it completes and refuses by the schema that we publish."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from infra.stack_file_schema import PATH, schema, text

ROOT = Path(__file__).parents[2]


def stack_file(stack: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    return found


def test_the_published_schema_is_that_of_the_settings() -> None:
    assert PATH.read_text() == text(), "run `make schema`"


@pytest.mark.parametrize("stack", ["local", "dev", "cluster", "prod-cloud", "prod", "foundation"])
def test_an_editor_finds_nothing_wrong_with_what_we_ship(stack: str) -> None:
    jsonschema.validate(stack_file(stack), json.loads(PATH.read_text()))


@pytest.mark.parametrize(
    ("stack", "section"),
    [
        ("local", {"kind": "local", "colour": "red"}),
        ("dev", {"kind": "aws"}),
        ("prod", {"kind": "kubernetes"}),
        ("dev", {"kind": "nowhere"}),
    ],
)
def test_an_editor_refuses_what_the_program_would(stack: str, section: dict[str, Any]) -> None:
    spoiled = stack_file(stack)
    spoiled["config"]["slipway:platform"] = section
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoiled, schema())


def test_a_preset_is_required_of_nobody_and_the_account_is() -> None:
    required = schema()["$defs"]["AwsPlatform"]["required"]
    assert set(required) == {"kind", "profile", "account_id", "owner", "cost_centre"}
