"""What a rule may know: resources with plain values, and the stack they form.

`UNKNOWN` stands where a value comes only from applying the stack. Rules never see it: `mechanics.rule` deals with it
before and after a rule's check, by what the rule declares.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from mechanics.tokens import Type, canonical

# A property as the program wrote it: whatever JSON can hold, and UNKNOWN.
Value = Any
Config = Mapping[str, Value]


class Unknown:
    """The type of `UNKNOWN`: a marker that refuses to be taken for a yes or a no."""

    def __bool__(self) -> bool:
        raise TypeError("an unknown value is neither true nor false")

    def __deepcopy__(self, _memo: dict[int, object]) -> "Unknown":
        return self

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One thing that is wrong, in the words of the rule that found it."""

    urn: str
    where: str
    path: str
    problem: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One planned resource.

    In a resource rule `props` are its inputs and the relations are empty; in a stack rule they are its outputs.
    `protected` is known to resource rules only. `prefix` is the path of a part that is looked at by itself.
    """

    token: str
    urn: str
    name: str
    props: Mapping[str, Value]
    parent: str | None = None
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protected: bool = False
    prefix: str = ""

    @property
    def draining(self) -> bool:
        """Whether its stack file says `lifecycle: drain`: it is about to be destroyed."""
        return self.mapping("tags").get("slipway:lifecycle") == "drain"

    @property
    def type(self) -> Type:
        """The canonical type."""
        return canonical(self.token)

    def is_a(self, types: Sequence[Type]) -> bool:
        """Tell whether this resource has any of these types."""
        return any(type_.covers(self.type) for type_ in types)

    def get(self, path: str) -> Value:
        """Return the property at a dotted path; None where it, or something on the way, is missing."""
        value: Value = self.props
        for key in path.split(".") if path else ():
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def mapping(self, path: str) -> dict[str, Value]:
        """Return the mapping at `path`, empty where there is none."""
        value = self.get(path)
        return value if isinstance(value, dict) else {}

    def items(self, path: str) -> list[Value]:
        """Return the list at `path`, empty where there is none."""
        value = self.get(path)
        return value if isinstance(value, list) else []

    def text(self, path: str) -> str:
        """Return the text at `path`, empty where there is none."""
        value = self.get(path)
        return value if isinstance(value, str) else ""

    def number(self, path: str) -> float | None:
        """Return the number at `path`; None where there is none."""
        value = self.get(path)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def part(self, path: str) -> "Resource":
        """Return the mapping at `path`, empty where there is none, as something that can be read and be wrong."""
        return replace(self, props=self.mapping(path), prefix=self.place(path))

    def parts(self, path: str) -> "list[Resource]":
        """Return the mappings of the list at `path`, each as a part."""
        found = enumerate(self.items(path))
        place = self.place(path)
        return [replace(self, props=each, prefix=f"{place}[{i}]") for i, each in found if isinstance(each, dict)]

    def members(self) -> "list[Resource]":
        """Return the objects of a Kubernetes list, each as a part; of anything else, itself."""
        if self.token.startswith("kubernetes:") and self.token.endswith("List") and not self.prefix:
            return self.parts("items") or [self]
        return [self]

    def place(self, path: str) -> str:
        """Return the path from the whole resource."""
        return ".".join(each for each in (self.prefix, path) if each)

    def violation(self, path: str, problem: str, fix: str) -> Violation:
        """Return a violation on this resource."""
        return Violation(urn=self.urn, where=self._where(), path=self.place(path), problem=problem, fix=fix)

    def known(self) -> "Resource":
        """Return this resource with None for all that is unknown."""
        unknown = next(unknown_paths(self.props), None) is not None
        return replace(self, props=_without_unknown(self.props)) if unknown else self

    def _where(self) -> str:
        model = self.text("model") or self.text("spec.model")
        slot = self.text("slot") or self.text("spec.slot")
        if model and not self.prefix and not self.token.startswith("kubernetes:"):
            return f"{model}/{slot}" if slot else f"model {model}"
        return f"{self.type.kind} {self.name}"


@dataclass(frozen=True)
class Stack:
    """All planned resources of a stack."""

    resources: tuple[Resource, ...]

    @property
    def name(self) -> str:
        """The stack's name. The engine tells a pack only through the URNs."""
        return self.resources[0].urn.split(":")[2] if self.resources else ""

    def of(self, types: Sequence[Type]) -> list[Resource]:
        """Return the resources of any of these types."""
        key = tuple(types)
        if key not in self._found:
            self._found[key] = [each for each in self.resources if each.is_a(key)]
        return list(self._found[key])

    def inside(self, component: Resource, types: Sequence[Type]) -> list[Resource]:
        """Return the resources of these types below a component."""
        below = (each for urn in _reachable(component.urn, self._children) for each in self._by_parent.get(urn, ()))
        return [each for each in below if each.is_a(types)]

    def reaches(self, start: Resource, goal: Resource) -> bool:
        """Tell whether `start` depends on `goal`, directly or through others."""
        return any(urn == goal.urn for urn in _reachable(start.urn, self._edges) if urn != start.urn)

    @cached_property
    def _found(self) -> dict[tuple[Type, ...], list[Resource]]:
        # A stack of a thousand models is asked the same once for each of them.
        return {}

    @cached_property
    def _by_parent(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for each in self.resources:
            found.setdefault(each.parent or "", []).append(each)
        return found

    @cached_property
    def _children(self) -> dict[str, tuple[str, ...]]:
        return {urn: tuple(each.urn for each in children) for urn, children in self._by_parent.items()}

    @cached_property
    def _edges(self) -> dict[str, tuple[str, ...]]:
        return {each.urn: each.dependencies for each in self.resources}

    def violation(self, path: str, problem: str, fix: str) -> Violation:
        """Return a violation of the stack as a whole."""
        return Violation(urn="", where=f"stack {self.name}", path=path, problem=problem, fix=fix)

    def known(self) -> "Stack":
        """Return this stack with None for all that is unknown."""
        return Stack(tuple(each.known() for each in self.resources))

    def members(self) -> "Stack":
        """Return this stack with the objects of Kubernetes lists in the place of the lists."""
        return Stack(tuple(member for each in self.resources for member in each.members()))


def shown(value: Value, unit: str = "") -> str:
    """Return a value as a message shows it. Never for a value that may be a secret."""
    if value is None:
        return "not set"
    return f'"{value}"' if isinstance(value, str) else f"{value}{unit}"


def unknown_paths(value: Value, path: str = "") -> Iterator[str]:
    """Yield the path of every unknown value, e.g. `spec.slots.blue` or `command[3]`."""
    if value is UNKNOWN:
        yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from unknown_paths(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown_paths(item, f"{path}[{index}]")


def overlap(one: str, other: str) -> bool:
    """Tell whether two paths are the same, or one lies below the other; all lie below the empty one."""
    short, long = sorted((one, other), key=len)
    return not short or (long.startswith(short) and long[len(short) : len(short) + 1] in {"", ".", "["})


def _without_unknown(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {key: _without_unknown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_unknown(item) for item in value]
    return None if value is UNKNOWN else value


def _reachable(start: str, edges: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield what can be reached, the nearest first: whoever looks for one thing need not see the rest."""
    seen, waiting = {start}, deque([start])
    while waiting:
        urn = waiting.popleft()
        yield urn
        fresh = [each for each in dict.fromkeys(edges.get(urn, ())) if each not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
