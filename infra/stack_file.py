"""Edits a stack file for a release or a rollback: shows what changes, writes it, and does nothing else.

`python -m infra.stack_file release --model digits --release releases/digits/3` puts a release into the idle slot and
makes that slot live; `… rollback --model digits` makes the other slot live. Comments and order stay.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from infra.secret_values import own_values
from infra.settings import SLOTS
from infra.settings_problems import listed, problems, suggestion
from infra.stack_file_text import rewritten, shown_change
from serving.errors import ConfigurationError
from serving.release import load, locate, verify

_PREFIX = "slipway:"


def released(model: dict[str, Any], name: str, release: str, root: Path) -> None:
    """Put a release into the idle slot of a model and make that slot live.

    Args:
        model: The model's entry in the stack file; it is changed.
        name: The model's name.
        release: The release as the stack file is to name it.
        root: The folder that relative paths start from.

    Raises:
        ConfigurationError: There is no such release, it is broken, or it is of another model.
    """
    found = load(locate(release, root))
    verify(found)
    if found.manifest.name != name:
        raise ConfigurationError(f'{release} is a release of "{found.manifest.name}", but the model is "{name}".')
    idle = _idle(model)
    entry = CommentedMap(release=release)
    entry.fa.set_flow_style()
    model["slots"][idle] = entry
    model["live"] = idle


def rolled_back(model: dict[str, Any], name: str) -> None:
    """Make the other slot of a model live.

    Raises:
        ConfigurationError: The other slot has no release.
    """
    idle = _idle(model)
    if not (model.get("slots") or {}).get(idle):
        raise ConfigurationError(f"models.{name}.slots.{idle} has no release, so there is nothing to roll back to.")
    model["live"] = idle


def edited(text: str, name: str, edit: Callable[[dict[str, Any]], None], stack_file: str) -> str:
    """Return a stack file's text with one model's entry edited.

    Raises:
        ConfigurationError: The stack file has problems, or no such model.
    """

    def change(document: dict[str, Any]) -> None:
        config = document["config"]
        found = problems(own_values(config), stack_file)
        if found:
            raise ConfigurationError("\n".join(found))
        models = config[f"{_PREFIX}models"]
        if name not in models:
            raise ConfigurationError(
                f"{stack_file} has no model {name!r}{suggestion(name, list(models))}; it has {listed(sorted(models))}."
            )
        edit(models[name])

    return rewritten(text, change)


def main(arguments: Sequence[str]) -> int:
    """Run the command; 0: edited, 2: refused, the stack file is as it was."""
    options = _parser().parse_args(arguments)
    path = Path(f"Pulumi.{options.stack}.yaml")
    try:
        before = path.read_text()
        after = edited(before, options.model, _edit(options), path.name)
    except (ConfigurationError, OSError) as error:
        print(f"{error}\n{path} is as it was.", file=sys.stderr)
        return 2
    path.write_text(after)
    print(shown_change(before, after, path.name))
    print(
        f"Nothing ran. See what would happen: make preview STACK={options.stack}. Do it: make up STACK={options.stack}."
    )
    return 0


def _edit(options: argparse.Namespace) -> Callable[[dict[str, Any]], None]:
    if options.command == "release":
        return lambda model: released(model, options.model, options.release, Path.cwd())
    return lambda model: rolled_back(model, options.model)


def _idle(model: dict[str, Any]) -> str:
    return next(slot for slot in SLOTS if slot != model["live"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.stack_file", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command, purpose in (("release", "put a release into the idle slot"), ("rollback", "make the other slot live")):
        sub = commands.add_parser(command, help=purpose, description=purpose)
        sub.add_argument("--stack", default="local", help="the stack's name (default: local)")
        sub.add_argument("--model", required=True, help="the model's name in the stack file")
        if command == "release":
            sub.add_argument(
                "--release", required=True, help="the release's directory, as the stack file is to name it"
            )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
