"""What the engine sends and wants back: property structs, unknowns, assets, generated names."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's sign, inside a struct, for a value that a preview cannot know."""
SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key of a struct that stands for a value which JSON does not have."""
_SECRET = "1b47061264138c4ac30d75fd1eb44270"


def properties(message: struct_pb2.Struct) -> dict[str, Any]:
    """A property struct as plain values, secrets too; whole numbers become int again."""
    return {key: _open(_whole(item)) for key, item in json_format.MessageToDict(message).items()}


def marked(values: Mapping[str, Any], *messages: struct_pb2.Struct) -> dict[str, Any]:
    """The same values, secret where a property struct that was sent has a secret."""
    for message in messages:
        values = _like(dict(values), json_format.MessageToDict(message))
    return dict(values)


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Plain values as a property struct."""
    message = struct_pb2.Struct()
    json_format.ParseDict(dict(values), message)
    return message


def generated_name(logical: str, seed: bytes, *, digits: int, limit: int | None = None) -> str:
    """A physical name as Pulumi makes them: the logical name, whole, and some hex digits.

    Args:
        logical: The resource's name in the program.
        seed: Random bytes of the engine.
        digits: How many are added.
        limit: The longest name that the service takes, where the provider knows it.

    Raises:
        ValueError: The name does not fit, in the words of Pulumi's SDK: providers refuse, they never shorten.
    """
    if limit is not None and len(logical) + 1 + digits > limit:
        raise ValueError(f"name '{logical}-' plus {digits} random chars is longer than maximum length {limit}")
    return f"{logical}-{seed.hex()[:digits]}"


def secret(item: Any) -> dict[str, Any]:
    """A value that the engine encrypts in its state and hides in what it shows."""
    return {SIGNATURE: _SECRET, "value": item}


def has_unknown(item: Any) -> bool:
    """Whether some part of a value is unknown."""
    if isinstance(item, dict):
        return any(has_unknown(part) for part in item.values())
    if isinstance(item, list):
        return any(has_unknown(part) for part in item)
    return bool(item == UNKNOWN)


def is_secret(item: Any) -> bool:
    """Whether a value is marked as a secret."""
    return isinstance(item, dict) and item.get(SIGNATURE) == _SECRET


def _holds_secret(item: Any) -> bool:
    parts = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    return is_secret(item) or any(_holds_secret(part) for part in parts)


def _like(item: Any, sent: Any) -> Any:
    if item is None or is_secret(item):
        return item
    if isinstance(item, dict) and isinstance(sent, dict) and not is_secret(sent):
        return {key: _like(part, sent.get(key)) for key, part in item.items()}
    # Which element of a list is which is not sure, so all of it is secret.
    return secret(item) if _holds_secret(sent) else item


def _open(item: Any) -> Any:
    if is_secret(item):
        return _open(item["value"])
    if isinstance(item, list):
        return [_open(part) for part in item]
    if isinstance(item, dict):
        return {key: _open(part) for key, part in item.items()}
    return item


def _whole(item: Any) -> Any:
    if isinstance(item, float) and item.is_integer():
        return int(item)
    if isinstance(item, list):
        return [_whole(part) for part in item]
    if isinstance(item, dict):
        return {key: _whole(part) for key, part in item.items()}
    return item
