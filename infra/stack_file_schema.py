"""Writes the JSON Schema of stack files to docs/stack-file.schema.json: `make schema`.

Editors with a YAML language server complete and check stack files by it; each names it in its first line.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from infra.aws_presets import DEV
from infra.settings import KINDS, AnySettings

PATH = Path(__file__).resolve().parents[1] / "docs" / "stack-file.schema.json"
_REFERENCE = "#/$defs/"
# Who deploys is an admin of the cluster, unless the stack file names others.
_FILLED_IN: dict[str, Any] = {**DEV, "cluster": {**DEV["cluster"], "admins": []}}


def schema() -> dict[str, Any]:
    """Return the schema of a whole stack file: the settings below `config`, each under its `slipway:` key."""
    found = TypeAdapter(AnySettings).json_schema()
    defs: dict[str, Any] = found["$defs"]
    shapes = [defs.pop(shape.__name__) for shape in dict.fromkeys(KINDS.values())]
    _leave_to_the_preset(defs, defs["AwsPlatform"], _FILLED_IN)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Slipway stack file",
        "type": "object",
        "properties": {"config": {"anyOf": [_prefixed(shape) for shape in shapes]}},
        "required": ["config"],
        "$defs": defs,
    }


def _prefixed(shape: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {f"slipway:{name}": entry for name, entry in shape["properties"].items()},
        "required": [f"slipway:{name}" for name in shape["required"]],
    }


def _leave_to_the_preset(defs: dict[str, Any], section: dict[str, Any], preset: dict[str, Any]) -> None:
    """Require of a section only what its preset does not say."""
    section["required"] = [name for name in section.get("required", ()) if name not in preset]
    for name, below in preset.items():
        entry = section["properties"].get(name, {})
        named = "additionalProperties" in entry
        said = next(iter(below.values())) if named else below
        for inner in _sections(defs, entry["additionalProperties"] if named else entry):
            if isinstance(said, dict) and inner["properties"].get("kind", {}).get("const") == said.get("kind"):
                _leave_to_the_preset(defs, inner, said)


def _sections(defs: dict[str, Any], entry: dict[str, Any]) -> list[dict[str, Any]]:
    choices = [entry, *entry.get("anyOf", ()), *entry.get("oneOf", ())]
    return [defs[choice["$ref"].removeprefix(_REFERENCE)] for choice in choices if "$ref" in choice]


def text() -> str:
    """Return the file's content."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the file."""
    PATH.write_text(text(), encoding="utf-8")
    print(f"Wrote {PATH.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
