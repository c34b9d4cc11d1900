"""Writes the JSON Schema of stack files to docs/stack-file.schema.json: `make schema`.

Editors with a YAML language server complete and check stack files by it; each names it in its first line.
"""

import json
from pathlib import Path
from typing import Any

from infra.settings import Settings

PATH = Path(__file__).resolve().parents[1] / "docs" / "stack-file.schema.json"


def schema() -> dict[str, Any]:
    """Return the schema of a whole stack file: the settings below `config`, each under its `slipway:` key."""
    settings = Settings.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Slipway stack file",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": {f"slipway:{name}": entry for name, entry in settings["properties"].items()},
                "required": [f"slipway:{name}" for name in settings["required"]],
            }
        },
        "required": ["config"],
        "$defs": settings["$defs"],
    }


def text() -> str:
    """Return the file's content."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the file."""
    PATH.write_text(text(), encoding="utf-8")
    print(f"Wrote {PATH.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
