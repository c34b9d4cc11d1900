"""The stacks of the project as the engine's test programs make them: from their stack files, with single changes."""

import json
from typing import Any

from ruamel.yaml import YAML

from infra.aws_presets import merged
from infra.program import register
from infra.settings_problems import settings_class
from tests.support.engine import ROOT


def settings(stack: str, **changes: Any) -> dict[str, Any]:
    """The `platform` of a stack file, with changes merged into it."""
    document = YAML(typ="safe").load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    return merged(document["config"]["slipway:platform"], changes)


def program(stack: str, platform: dict[str, Any]) -> str:
    """Source of a program that makes the stack."""
    return (
        f"import json\nfrom tests.e2e_aws.stacks import make\nmake({stack!r}, json.loads({json.dumps(platform)!r}))\n"
    )


def make(stack: str, platform: dict[str, Any]) -> None:
    """Make the stack; called inside the program."""
    raw = {"platform": platform}
    register(settings_class(raw).model_validate(raw), stack)
