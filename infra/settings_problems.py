"""Turns what is wrong with a stack file into sentences: where, what was found, what is allowed, what to do.

All problems are found in one pass over the raw values, so that a reader corrects a stack file once.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from infra import aws_settings, kubernetes_settings, resource_settings
from infra.aws_presets import with_preset
from infra.cluster_problems import cluster_problems, mapping, served_problems
from infra.platform_problems import platform_problems
from infra.settings import DIGEST_PATTERN, KINDS, SLOTS, AnySettings, Settings
from infra.settings_errors import KEY, located, narrowed
from infra.settings_fields import fields_at
from serving.gateway_names import OPERATOR
from serving.manifest import NAME_PATTERN

_SHOWN_VALUE_CHARACTERS = 60
_PLATFORM_KIND = ("platform", "kind")
# Whoever writes one of these wrongly must not find it in a log.
_SECRET = {
    ("platform", "alerts", "receivers", "url"),
    ("platform", "edge", "waf", "origin_secret"),
}
_UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")
_PATTERNS = {
    NAME_PATTERN: "a name has at most 40 of a-z, 0-9, - and _, and starts with a letter",
    DIGEST_PATTERN: "a digest has 64 of 0-9 and a-f",
    aws_settings.ACCOUNT_PATTERN: "an account id has twelve digits; write it in quotes",
    aws_settings.REGION_PATTERN: "a region is named like us-east-1",
    aws_settings.POOL_PATTERN: "a pool's name has at most 30 of a-z, 0-9 and -, and starts with a letter",
    aws_settings.ROLE_PATTERN: "a role is named like arn:aws:iam::123456789012:role/deploy",
    kubernetes_settings.NAMESPACE_PATTERN: "a namespace has 2 to 40 of a-z, 0-9 and -, and starts with a letter",
    kubernetes_settings.IMAGE_PATTERN: "an image is named by digest: registry/path@sha256: and 64 of 0-9 and a-f",
    kubernetes_settings.URL_PATTERN: "an address begins with http:// or https://",
    kubernetes_settings.OBJECT_PATTERN: "the name of an object has a-z, 0-9, - and ., and begins and ends without them",
    resource_settings.MIG_PATTERN: "a profile is named like 1g.10gb",
    aws_settings.ENVIRONMENT_PATTERN: "an environment has at most 16 of a-z and 0-9, and starts with a letter",
}
_SHAPES = {
    "dict_type": "it must be a mapping of keys",
    "model_type": "it must be a mapping of keys",
    "model_attributes_type": "it must be a mapping of keys",
    "dataclass_type": "it must be a mapping of keys",
    "tuple_type": "it must be a list",
    "too_short": "it must have at least one entry",
    "string_type": "it must be text; write it in quotes",
}


def problems(raw: Mapping[str, Any], stack_file: str) -> list[str]:
    """Return every problem of a stack file's values as a sentence; none when they make valid settings.

    Args:
        raw: The values below `slipway:`, as plain mappings and lists.
        stack_file: The name of the file that the reader has to correct, e.g. `Pulumi.local.yaml`.
    """
    raw = _filled(raw)
    errors = _errors(raw)
    found = dict.fromkeys(_relation_problems(raw, stack_file))
    for details in errors:
        found |= dict.fromkeys(_sentences(details, raw, stack_file))
    wrong = {tuple(located(details["loc"], raw)[0]) for details in errors}
    found |= {f"{sentence} Correct it in {stack_file}.": None for sentence in _rules(raw, wrong, stack_file)}
    return sorted(found)


def settings_class(raw: Mapping[str, Any]) -> type[AnySettings]:
    """Return the shape of a stack file's values: `platform.kind` says which; that of one machine when nobody knows."""
    return KINDS.get(str(mapping(raw.get("platform")).get("kind")), Settings)


def listed(names: Sequence[str]) -> str:
    """Return names as a reader lists them: `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def suggestion(got: object, known: Sequence[str]) -> str:
    """Return ` (did you mean "x"?)` when a known name is near to what was found, else nothing."""
    near = difflib.get_close_matches(str(got), known, n=1, cutoff=0.6)
    return f' (did you mean "{near[0]}"?)' if near else ""


def _rules(raw: Mapping[str, Any], wrong: set[tuple[str, ...]], stack_file: str) -> Iterator[str]:
    platform = mapping(raw.get("platform"))
    if platform.get("kind") == "kubernetes":
        return cluster_problems(raw, wrong)
    has_models = bool(raw.get("models"))
    stack = stack_file.removeprefix("Pulumi.").removesuffix(".yaml")
    cloud = platform_problems(platform, wrong, stack=stack, has_models=has_models)
    return chain(cloud, served_problems(raw, wrong)) if has_models and platform.get("kind") == "aws" else cloud


def _filled(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put the preset below a cloud's own values, as the settings do: a problem may lie where the two meet."""
    platform = mapping(raw.get("platform"))
    return {**raw, "platform": with_preset(platform)} if platform.get("kind") == "aws" else raw


def _errors(raw: Mapping[str, Any]) -> list[ErrorDetails]:
    try:
        settings_class(raw).model_validate(raw)
    except ValidationError as error:
        found = narrowed(error.errors(include_url=False), raw)
    else:
        return []
    platform = mapping(raw.get("platform"))
    if "kind" in platform and platform["kind"] not in KINDS:
        # Nobody knows what else belongs there, or beside it.
        return [each for each in found if each["loc"] == _PLATFORM_KIND or not _depends_on_kind(each)]
    return found


def _depends_on_kind(error: ErrorDetails) -> bool:
    return error["loc"][0] == "platform" or (error["type"] == "missing" and len(error["loc"]) == 1)


def _relation_problems(raw: Mapping[str, Any], stack_file: str) -> Iterator[str]:
    models = mapping(raw.get("models"))
    for name, model in models.items():
        yield from _live_problems(str(name), mapping(model), stack_file)
    for name, client in mapping(mapping(raw.get("gateway")).get("clients")).items():
        if name == OPERATOR:
            yield (
                f"gateway.clients.{name} is the name that gates and shifts call by; choose another name for this "
                f"client in {stack_file}."
            )
        wanted = mapping(client).get("models")
        for model in wanted if isinstance(wanted, list) else []:
            if model not in models:
                yield (
                    f"gateway.clients.{name}.models names {_shown(model)}, but the models are "
                    f"{listed(sorted(models)) or 'none'}{suggestion(model, list(models))}; correct it in {stack_file}."
                )


def _live_problems(name: str, model: Mapping[str, Any], stack_file: str) -> Iterator[str]:
    live, slots = model.get("live"), mapping(model.get("slots"))
    configured = [slot for slot in SLOTS if slots.get(slot) is not None]
    if live in SLOTS and live not in configured:
        yield (
            f"models.{name}.live is {_shown(live)}, but that slot has no release (slots with one: "
            f"{listed(configured) or 'none'}); give models.{name}.slots.{live} a release in {stack_file}."
        )


def _sentences(details: ErrorDetails, raw: Mapping[str, Any], stack_file: str) -> list[str]:
    if details["type"] != "value_error":
        return [_sentence(details, raw, stack_file)]
    # These come from the plan of a gate or a shift, which names its own settings: `shift.min_requests is …`.
    where = ".".join(located(details["loc"], raw)[0][:-1])
    lines = str(details["ctx"]["error"]).splitlines()
    return [f"{where}.{line} Correct it in {stack_file}." for line in lines]


def _sentence(details: ErrorDetails, raw: Mapping[str, Any], stack_file: str) -> str:
    path, value = located(details["loc"], raw)
    secret = tuple(part for part in path if not part.isdigit()) in _SECRET
    found = f"{'.'.join(path) or stack_file} is {'secret and not shown' if secret else _shown(value)}"
    if details["loc"][-1] == KEY:
        *folder, value = path
        found = f"{'.'.join(folder)} has the key {_shown(value)}"
    kind, context = details["type"], details.get("ctx", {})
    if kind == "missing":
        return f"{'.'.join(path)} is missing; add it in {stack_file}.{_description(path, raw)}"
    if kind in _UNKNOWN_KEY:
        known = sorted(fields_at(settings_class(raw), path[:-1], raw))
        return (
            f"{'.'.join(path)} is not a setting{suggestion(path[-1], known)}; known here are {listed(known)}. "
            f"Correct it in {stack_file}."
        )
    if kind == "literal_error":
        allowed = sorted(KINDS) if details["loc"] == _PLATFORM_KIND else _expected(context["expected"])
        return f"{found}, but allowed are {listed(allowed)}{suggestion(value, allowed)}; set it in {stack_file}."
    return f"{found}; {_allowed(details)}. Correct it in {stack_file}."


def _expected(text: str) -> list[str]:
    return [part.strip(" '") for part in text.replace(" or ", ",").split(",")]


def _description(path: Sequence[str], raw: Mapping[str, Any]) -> str:
    description = fields_at(settings_class(raw), path[:-1], raw).get(path[-1])
    return f" It is: {description}" if description else ""


def _allowed(details: ErrorDetails) -> str:
    if details["type"] == "string_pattern_mismatch":
        return _PATTERNS[details["ctx"]["pattern"]]
    return _SHAPES.get(details["type"]) or _lower_first(details["msg"])


def _shown(value: object) -> str:
    text = "empty" if value is None else f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN_VALUE_CHARACTERS else text[:_SHOWN_VALUE_CHARACTERS] + "…"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
