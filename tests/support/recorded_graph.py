"""The resources that a program registers, recorded through Pulumi's own mocks: no engine, no provider, no process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.rpc import UNKNOWN, deserialize_properties

from tests.support.mock_loop import use_mock_loop


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One registered resource; `parent` and `after` are names of others, or of the stack."""

    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    after: frozenset[str]
    secrets: frozenset[str]
    custom: bool


@dataclass
class Graph:
    """All resources by name, and the outputs that components registered."""

    resources: dict[str, Recorded] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of_type(self, token: str) -> dict[str, Recorded]:
        """Return the resources whose type ends with a token."""
        return {name: found for name, found in self.resources.items() if found.type.endswith(token)}

    def all_before(self, name: str) -> set[str]:
        """Return every resource that must be there before one is made."""
        before = set(self.resources[name].after)
        return before.union(*(self.all_before(other) for other in before))


class _Monitor(MockMonitor):
    def __init__(self, provider: Mocks, graph: Graph) -> None:
        super().__init__(provider)
        self.graph = graph

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the engine's own name
        if request.type != "pulumi:pulumi:Stack":
            assert request.name not in self.graph.resources, f"two resources have the name {request.name}"
            self.graph.resources[request.name] = Recorded(
                type=request.type,
                name=request.name,
                parent=_name(request.parent),
                inputs={name: value for name, value in _plain(request.object).items() if name != "__provider"},
                after=frozenset(_name(urn) for urn in request.dependencies),
                secrets=frozenset(request.additionalSecretOutputs),
                custom=request.custom,
            )
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the engine's own name
        self.graph.outputs[_name(request.urn)] = _plain(request.outputs)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


class _Provider(Mocks):
    def __init__(self, made: Mapping[str, Mapping[str, Any]]) -> None:
        self.made = made

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], None]:
        return dict(args.args), None

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", {**args.inputs, **self.made.get(args.typ.rpartition(":")[2], {})}


def recorded(
    program: Callable[[], object],
    *,
    stack: str = "local",
    preview: bool = False,
    made: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Graph:
    """Run a program.

    Args:
        program: What registers resources.
        stack: The stack's name.
        preview: Whether every output is unknown, as it is before a first `pulumi up`.
        made: Outputs that a resource has besides its inputs, by the last part of its type.
    """
    graph, provider = Graph(), _Provider(made)
    use_mock_loop()
    pulumi.runtime.set_mocks(provider, stack=stack, preview=preview, monitor=_Monitor(provider, graph))

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> None:
        program()

    run()
    return graph


def unknown(value: Any) -> bool:
    """Return whether a value, or any part of it, is known only after an update."""
    if isinstance(value, dict):
        return any(unknown(inner) for inner in value.values())
    if isinstance(value, list):
        return any(unknown(inner) for inner in value)
    return bool(value == UNKNOWN)


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _plain(struct: Any) -> dict[str, Any]:
    found: dict[str, Any] = deserialize_properties(struct, keep_unknowns=True)
    return found
