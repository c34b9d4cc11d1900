"""The stack on one machine as the program really plans it, recorded instead of run, as the pack is shown it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mechanics.facts import Resource, Stack
from planned_stack import RELEASES

from components.local.stack_platform import Platform, PlatformArgs
from infra.local_stack import platform_args
from infra.settings import Settings
from tests.support.recorded_graph import recorded

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


@cache
def planned_local() -> Stack:
    """Return the resources of the stack file above."""
    tumours = {"name": "tumours", "version": "1", "uri": "releases/tumours/1", "sha256": "d" * 64}
    releases: Any = {
        "digits": {slot: Planned(release) for slot, release in RELEASES.items()},
        "tumours": {"blue": Planned(tumours)},
    }
    args: PlatformArgs = platform_args("local", SETTINGS, releases)
    made = {"ClientKey": {"key": "slip-5f0c2d"}}
    graph = recorded(lambda: Platform("platform", args), made=made)
    urns = {found.name: f"urn:pulumi:local::slipway::{found.type}::{found.name}" for found in graph.resources.values()}
    return Stack(
        tuple(
            Resource(
                token=found.type,
                urn=urns[found.name],
                name=found.name,
                props=found.inputs,
                parent=urns.get(found.parent),
                dependencies=tuple(urns[name] for name in found.after),
            )
            for found in graph.resources.values()
        )
    )
