"""The rules of a cloud that go beyond the shape of its settings, asked even while other sections are still wrong."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from infra.aws_settings import CloudPlatform, rule_problems

# What stands in for a wrong value while the rest is judged.
_STAND_INS = {"account_id": "000000000000", "region": "us-east-1", "owner": "-", "cost_centre": "-", "profile": "dev"}
_WHOLE = ("platform",)
_ADAPTER: TypeAdapter[CloudPlatform] = TypeAdapter(CloudPlatform)


def platform_problems(
    platform: Mapping[str, Any], wrong: Collection[tuple[str, ...]], *, has_models: bool
) -> Iterator[str]:
    """Yield every sentence about a cloud's sections whose shape is right.

    Args:
        platform: The raw values of `platform`, its preset included.
        wrong: The places of a stack file that have a problem already.
        has_models: Whether the stack file has models too.
    """
    broken = {path[1] for path in wrong if path[:1] == _WHOLE and len(path) > 1}
    if "region" in broken:
        broken.add("network")
    right = {name: value for name, value in platform.items() if name not in broken}
    stand_ins = {name: _STAND_INS[name] for name in broken & _STAND_INS.keys()}
    try:
        settings = _ADAPTER.validate_python({**stand_ins, **right})
    except ValidationError:
        return
    for sentence in rule_problems(settings, has_models=has_models):
        if not broken.intersection(part for path in _named(sentence) for part in path):
            yield sentence if sentence.startswith("models") else f"platform.{sentence}"


def _named(sentence: str) -> Iterator[list[str]]:
    """The places that a sentence speaks of; one that a broken section takes part in can wait."""
    return (word.strip(",;:").split(".") for word in sentence.split())
