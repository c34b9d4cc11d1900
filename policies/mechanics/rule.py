"""The shape of a rule, and what happens around its check: unknown values and the message.

A check is a pure function that sees only known values. Where the plan does not know one that the rule reads, the
rule's `unknown` decides, in this module and nowhere else.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Final, Generic, Literal, TypeVar

from mechanics.facts import Config, Resource, Stack, Value, Violation, overlap, unknown_paths
from mechanics.tokens import Type

T = TypeVar("T")

Kind = Literal["local", "dev", "prod"]
EVERYTHING: Final = ("",)
KINDS: Final[tuple[Kind, ...]] = ("local", "dev", "prod")


class Level(StrEnum):
    """What a violation does: stop the update, be shown, or (disabled) never be looked for."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    DISABLED = "disabled"


class Severity(StrEnum):
    """How bad a violation is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class WhenUnknown(StrEnum):
    """What an unknown value means to a rule.

    Closed: a violation. Open: that value is skipped. By dependency (stack rules only): skipped where the property
    depends on resources of the rule's `trusted` types and on nothing else, otherwise a violation.
    """

    CLOSED = "closed"
    OPEN = "open"
    BY_DEPENDENCY = "by dependency"


@dataclass(frozen=True)
class PerKind(Generic[T]):
    """One value for each kind of stack."""

    local: T
    dev: T
    prod: T

    def of(self, kind: Kind) -> T:
        """Return the value for a kind of stack."""
        return {"local": self.local, "dev": self.dev, "prod": self.prod}[kind]


@dataclass(frozen=True, kw_only=True)
class Option:
    """A value of a rule that a policy configuration file sets. Without a file the one for prod holds."""

    name: str
    schema: Config
    values: PerKind[Value]
    required: bool = False

    def json_schema(self) -> dict[str, Value]:
        """Return the option as the engine wants it described; a required one has no default."""
        return {**self.schema} if self.required else {**self.schema, "default": self.values.prod}


def number_option(name: str, description: str, values: PerKind[float]) -> Option:
    """Return an option that is a number."""
    return Option(name=name, schema={"type": "number", "description": description}, values=values)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What resource rules and stack rules share.

    `claim` is true of a stack that passes. `types` is what the rule looks at, `reads` the properties whose values it
    needs (dotted paths without the numbers of lists, or `EVERYTHING`), `standards` the ids of public standards that
    ask for the same.
    """

    id: str
    claim: str
    severity: Severity
    levels: PerKind[Level]
    types: tuple[Type, ...]
    reads: tuple[str, ...]
    unknown: WhenUnknown
    options: tuple[Option, ...] = ()
    standards: tuple[str, ...] = ()
    trusted: tuple[Type, ...] = ()
    kind: ClassVar[Literal["resource", "stack"]]

    def covers(self, type_: Type) -> bool:
        """Tell whether the rule looks at resources of this type."""
        return any(own.covers(type_) for own in self.types)

    def config(self, kind: Kind) -> dict[str, Value]:
        """Return the values of all options for a kind of stack."""
        return {option.name: option.values.of(kind) for option in self.options}

    def message(self, violation: Violation) -> str:
        """Return the text that the reader gets: what is wrong, where, what to do, which standard asks for it."""
        where = ", ".join(part for part in (violation.where, violation.path) if part)
        text = f"{violation.problem}. Where: {where}. Fix: {violation.fix}."
        return f"{text} [{', '.join(self.standards)}]" if self.standards else text

    def _hidden(self, resource: Resource) -> list[str]:
        found = ((path, _keys(path)) for path in unknown_paths(resource.props))
        return [resource.place(path) for path, keys in found if any(overlap(keys, read) for read in self.reads)]


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule about one resource, judged on its inputs just before it is made."""

    check: Callable[[Resource, Config], list[Violation]]
    kind = "resource"

    def judge(self, resource: Resource, config: Config) -> list[Violation]:
        """Return what is wrong with a resource of the rule's types; nothing for any other."""
        if not self.covers(resource.type):
            return []
        return [each for member in resource.members() for each in self._judge(member, config)]

    def _judge(self, resource: Resource, config: Config) -> list[Violation]:
        hidden = self._hidden(resource)
        found = [each for each in self.check(resource.known(), config) if not _behind(each.path, hidden)]
        closed = hidden if self.unknown is not WhenUnknown.OPEN else []
        return [_must_be_known(resource, path) for path in closed] + found


def _every(_resource: Resource) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule about resources together, judged on their outputs when all are planned.

    `concerns` tells of a resource whether its values matter: a plan does not know the outputs of properties that the
    program left out, and those of a resource that the rule has nothing to say about need not be known.
    """

    check: Callable[[Stack, Config], list[Violation]]
    concerns: Callable[[Resource], bool] = _every
    kind = "stack"

    def judge(self, stack: Stack, config: Config) -> list[Violation]:
        """Return what is wrong with the stack."""
        stack = stack.members()
        concerned = [each for each in stack.of(self.types) if self.concerns(each)]
        hidden = [(each, path) for each in concerned for path in self._hidden(each)]
        found = self.check(stack.known(), config)
        return [
            *(_must_be_known(each, path) for each, path in hidden if self._refuses(each, path, stack)),
            *(each for each in found if not _behind(each.path, (path for of, path in hidden if of.urn == each.urn))),
        ]

    def _refuses(self, resource: Resource, path: str, stack: Stack) -> bool:
        if self.unknown is not WhenUnknown.BY_DEPENDENCY:
            return self.unknown is WhenUnknown.CLOSED
        sources = resource.property_dependencies.get(re.split(r"[.\[]", path, maxsplit=1)[0], ())
        types = {each.urn: each.type for each in stack.resources}
        trusted = [urn in types and any(type_.covers(types[urn]) for type_ in self.trusted) for urn in sources]
        return not trusted or not all(trusted)


def _keys(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)


def _behind(path: str, hidden: Iterable[str]) -> bool:
    """Tell whether a finding is only about a value that is not known."""
    return any(overlap(path, each) for each in hidden)


def _must_be_known(resource: Resource, path: str) -> Violation:
    return replace(resource, prefix="").violation(
        path,
        "the value is known only after apply, so it cannot be checked before anything changes",
        "give it as a value of the stack's configuration, not as an output of another resource",
    )
