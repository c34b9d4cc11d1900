"""The stack on one machine as the program really plans it, recorded instead of run, as the pack is shown it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import pulumi
from mechanics.facts import Resource, Stack
from planned_stack import RELEASES
from pulumi.runtime import rpc, set_mocks
from pulumi.runtime.mocks import MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import resource_pb2

from components.local.stack_platform import Platform, PlatformArgs
from infra.local_stack import platform_args
from infra.settings import Settings
from tests.support.mock_loop import use_mock_loop

SETTINGS = Settings.model_validate(
    {
        "platform": {"kind": "local"},
        "gateway": {"clients": {"demo": {"models": ["digits", "tumours"]}}},
        "models": {
            "digits": {
                "slots": {"blue": {"release": "releases/digits/1"}, "green": {"release": "releases/digits/2"}},
                "live": "blue",
                "gate": {"min_quality": {"accuracy": 0.93}},
            },
            "tumours": {
                "slots": {"blue": {"release": "releases/tumours/1"}},
                "live": "blue",
                "gate": {"min_quality": {"roc_auc": 0.9}},
            },
        },
    }
)


@dataclass(frozen=True)
class Planned:
    """What the program needs of a planned release."""

    plain: dict[str, Any]

    def spec(self) -> dict[str, Any]:
        """Return the plain values."""
        return self.plain


class Applied(Mocks):
    """Gives every resource its inputs back, and a client its key."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Return the outputs of a resource."""
        return args.name, {**args.inputs, "key": "slip-5f0c2d"}

    def call(self, _args: object) -> tuple[dict[Any, Any], None]:
        """Look nothing up."""
        return {}, None


class Recorder(MockMonitor):
    """Keeps what the program registers."""

    def __init__(self) -> None:
        super().__init__(Applied())
        self.registered: list[Resource] = []

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:  # noqa: N802 - the engine's name
        """Keep a resource as the engine would show it to the pack."""
        self.registered.append(
            Resource(
                token=request.type,
                urn=self.make_urn(request.parent, request.type, request.name),
                name=request.name,
                props=rpc.deserialize_properties(request.object, keep_unknowns=False),
                parent=request.parent or None,
                dependencies=tuple(request.dependencies),
            )
        )
        return super().RegisterResource(request)  # type: ignore[no-untyped-call] # pulumi's mocks carry no types


@cache
def planned_local() -> Stack:
    """Return the resources of the stack file above."""
    tumours = {"name": "tumours", "version": "1", "uri": "releases/tumours/1", "sha256": "d" * 64}
    releases: Any = {
        "digits": {slot: Planned(release) for slot, release in RELEASES.items()},
        "tumours": {"blue": Planned(tumours)},
    }
    recorder = Recorder()
    use_mock_loop()
    set_mocks(Applied(), project="slipway", stack="local", monitor=recorder)
    args: PlatformArgs = platform_args("local", SETTINGS, releases)

    @pulumi.runtime.test  # type: ignore[untyped-decorator] # the same
    def run() -> None:
        Platform("platform", args)

    run()
    return Stack(tuple(recorder.registered))
