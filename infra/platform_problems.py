"""The rules of a cloud that go beyond the shape of its settings, asked even while other sections are still wrong."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from infra.aws_settings import AwsPlatform, CloudPlatform, rule_problems

# What stands in for a wrong value while the rest is judged.
_STAND_INS = {"account_id": "000000000000", "region": "us-east-1", "owner": "-", "cost_centre": "-", "profile": "dev"}
_WHOLE = ("platform",)
_ADAPTER: TypeAdapter[CloudPlatform] = TypeAdapter(CloudPlatform)


def platform_problems(
    platform: Mapping[str, Any], wrong: Collection[tuple[str, ...]], *, stack: str, has_models: bool
) -> Iterator[str]:
    """Yield every sentence about a cloud's sections whose shape is right.

    Args:
        platform: The raw values of `platform`, its preset included.
        wrong: The places of a stack file that have a problem already.
        stack: The stack's name.
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
    if isinstance(settings, AwsPlatform) and not broken & {"environment", "profile"}:
        yield from (f"platform.{sentence}" for sentence in _owner_problems(settings.environment, stack))
    for sentence in rule_problems(settings, has_models=has_models):
        if not broken.intersection(part for path in _named(sentence) for part in path):
            yield sentence if sentence.startswith("models") else f"platform.{sentence}"


def _owner_problems(environment: str, stack: str) -> Iterator[str]:
    if not f"{stack}-".startswith(f"{environment}-"):
        yield (
            f"environment is {environment}, but the stack is {stack}; roles of {environment} reach only the buckets "
            f"and the state of {environment} and {environment}-…: name an environment that {stack} begins with."
        )


def _named(sentence: str) -> Iterator[list[str]]:
    """The places that a sentence speaks of; one that a broken section takes part in can wait."""
    return (word.strip(",;:").split(".") for word in sentence.split())
