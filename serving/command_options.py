"""Options that several programs of a rollout have: values as JSON objects, and headers whose values are secrets."""

import argparse
import json
import os
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from serving.errors import ConfigurationError

T = TypeVar("T")


def read_object(option: str, text: str, kind: type[T], *, strict: bool = False) -> T:
    """Read a dataclass from a JSON object.

    Args:
        option: whose value it is, for the message.
        text: the JSON.
        kind: the dataclass.
        strict: take no text for a number.

    Raises:
        ConfigurationError: no JSON object, unknown words, contradictions, values of the wrong type; all problems.
    """
    try:
        found = TypeAdapter(kind).validate_json(text, strict=strict)
    except ValidationError as error:
        raise ConfigurationError(listed(option, error)) from None
    known: dict[str, object] = kind.__dataclass_fields__  # type: ignore[attr-defined] # a dataclass
    unknown = sorted(set(json.loads(text)) - set(known))
    if unknown:
        raise ConfigurationError(f"{option} has {', '.join(unknown)}; allowed are {', '.join(known)}.")
    return found


def listed(option: str, error: ValidationError) -> str:
    """Return what is wrong with an option's value, a line for each."""
    return "\n".join(
        f"{option}{''.join(f'.{part}' for part in line['loc'])}: {line['msg'].removeprefix('Value error, ')}"
        for line in error.errors()
    )


def content(option: str, path: Path) -> str:
    """Return what a file holds.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{option}: {path} cannot be read ({error}).") from None


def add_secret_headers(parser: argparse.ArgumentParser) -> None:
    """Let a program be told headers by where their values are."""
    for source, value in (("env", "VARIABLE"), ("file", "PATH")):
        parser.add_argument(
            f"--header-from-{source}", action="append", default=[], metavar=f"NAME={value}", type=_name_and_value
        )


def secret_headers(chosen: argparse.Namespace) -> dict[str, str]:
    """Read what --header-from-env and --header-from-file name.

    Raises:
        ConfigurationError: no such variable or file.
    """
    headers = {name: content(f"--header-from-file {name}", Path(path)) for name, path in chosen.header_from_file}
    for name, variable in chosen.header_from_env:
        if variable not in os.environ:
            raise ConfigurationError(f"--header-from-env {name}: the environment has no {variable}; set it.")
        headers[name] = os.environ[variable]
    return {name: value.strip() for name, value in headers.items()}


def _name_and_value(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not (name and found and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
