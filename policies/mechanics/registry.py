"""All rules, and every resource type that somebody has thought about.

A module in `rules/` with a `RULE` is a rule; there is no other list of them. Types are known because a rule looks at
them, or because they are exempt here with a reason; `forbidden` ones have no place in a stack at all.
"""

import importlib
import pkgutil
from dataclasses import dataclass

import rules
from mechanics.rule import ResourceRule, StackRule
from mechanics.tokens import ANY_KIND, CLIENT_KEY, PLATFORM, PROBER, SUPERVISOR, Type

AnyRule = ResourceRule | StackRule


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """A type that no rule needs to look at."""

    type: Type
    reason: str
    owner: str
    reviewed: str


def _exempt(type_: Type, reason: str) -> Exemption:
    return Exemption(type=type_, reason=reason, owner="slipway", reviewed="2026-11-22")


EXEMPT = (
    _exempt(Type("pulumi/pulumi", "Stack"), "the stack itself: has no inputs"),
    _exempt(Type("pulumi/providers", "pulumi-python"), "runs our dynamic resources, which are checked"),
    *(_exempt(type_, "holds the others together; what they are is checked on them") for type_ in PLATFORM),
    *(_exempt(type_, "starts what other resources describe; decides nothing itself") for type_ in SUPERVISOR),
    *(_exempt(type_, "generates a key; which client may call what is checked on the gateway") for type_ in CLIENT_KEY),
    *(_exempt(type_, "asks a slot for a golden answer; has no door of its own") for type_ in PROBER),
)

FORBIDDEN = {
    Type("dynamic", "Resource"): "give the dynamic resource a module and a name, so that rules can tell what it is",
}


def load() -> tuple[AnyRule, ...]:
    """Return every rule of the pack, by id."""
    names = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
    found = [importlib.import_module(f"rules.{name}").RULE for name in names]
    return tuple(sorted(found, key=lambda rule: str(rule.id)))


def checked() -> dict[Type, list[str]]:
    """Return the ids of the rules that look at each type. A rule for all kinds of a group makes none of them known."""
    table: dict[Type, list[str]] = {}
    for rule in load():
        for type_ in rule.types:
            if type_.kind != ANY_KIND:
                table.setdefault(type_, []).append(rule.id)
    return dict(sorted(table.items()))


def known_types() -> tuple[Type, ...]:
    """Return every type that a rule looks at, or that is exempt."""
    return (*checked(), *(exemption.type for exemption in EXEMPT))
