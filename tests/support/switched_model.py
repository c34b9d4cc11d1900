"""A model that is switched between its two slots under load, wherever its stack runs; blue is live at first.

The two releases differ on most rows, so an answer of one that is told to be the other's counts as wrong.
"""

import re
import subprocess
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from serving.release import Release
from tests.support.load import RATES, LoadPlan
from tests.support.project import CommandResult, Project
from tests.support.tiny_releases import CLASSES, FEATURES, linear_model, make_release, rows

MODEL = "tiny"
ASKED_ROWS = 200
# A row as users may send it and no golden set has it: what a release does to it, no gate can see.
UNUSUAL = 9.0
OTHER_WEIGHTS = np.random.default_rng(12).normal(size=(FEATURES, CLASSES)).astype(np.float32)
# Wide limits of latency, because a test's machine is busy; tests of latency set their own.
WIDE: dict[str, Any] = {"max_p99_ms": 20_000, "max_p99_ratio": 10_000}
STEPS: dict[str, Any] = {"steps_percent": [5, 50, 100], "hold_seconds": 1, "min_requests": 20, **WIDE}
# For tests whose point is not how many requests there are.
QUIET_RATES = {"rest": 250.0, "rest_new": 10.0, "grpc": 20.0, "grpc_new": 2.0}
_GATEWAY: dict[str, Any] = {
    "clients": {"demo": {"models": [MODEL], "may_pin_slots": True}, "guest": {"models": [MODEL]}},
}

AnyStack = TypeVar("AnyStack", bound=Project)


@dataclass
class SwitchedModel(Generic[AnyStack]):
    """A stack with a model in two slots, and every release that may answer.

    Attributes:
        releases: By their path in the stack file.
    """

    stack: AnyStack
    releases: dict[str, Release] = field(default_factory=dict)

    @property
    def model(self) -> dict[str, Any]:
        """The model's entry in the stack file."""
        found: dict[str, Any] = self.stack.models[MODEL]
        return found

    @property
    def weights(self) -> Mapping[str, int]:
        """The weights in force."""
        raise NotImplementedError

    def plan(self, rates: Mapping[str, float] = RATES, *, unusual: int = 0) -> LoadPlan:
        """Return the load on the model; so many of its 200 rows are such as no golden set has."""
        return LoadPlan(
            url=self.stack.url,
            model=MODEL,
            key=self.stack.keys["demo"],
            rows={"x": asked_rows(unusual)},
            releases=[self.release_in(slot) for slot in self.model["slots"]],
            rates=rates,
        )

    def release_in(self, slot: str) -> Release:
        """Return the release that the stack file names."""
        return self.releases[self.model["slots"][slot]["release"]]

    def folder_for(self, name: str) -> Path:
        """Return where a release of this name is to be packed."""
        return self.stack.folder / "releases" / MODEL / re.sub(r"[^a-z0-9]+", "-", name.lower())

    def put(self, slot: str, release: Release) -> None:
        """Name a release in the stack file."""
        path = str(release.directory.relative_to(self.stack.folder))
        self.releases[path] = release
        self.model["slots"][slot] = {"release": path}

    def first_up(self) -> None:
        """Bring the stack up with a release in each slot, blue live."""
        folder = self.stack.folder / "releases" / MODEL
        self.put("blue", make_release(linear_model(), folder / "1"))
        self.put("green", make_release(linear_model(OTHER_WEIGHTS), folder / "2", version="2"))
        self.stack.up(refresh=False)

    def up(self, live: str, *, fails: bool = False, **shift: Any) -> CommandResult:
        """Run `pulumi up` with a slot live."""
        self.model.update(live=live, shift={**STEPS, **shift})
        return self.stack.up(refresh=False, fails=fails)

    def begin_up(self, live: str, **shift: Any) -> "subprocess.Popen[str]":
        """The same, without waiting for its end."""
        self.model.update(live=live, shift={**STEPS, **shift})
        return self.stack.begin_up()


def one_model() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return `slipway:models` and `slipway:gateway` of a stack with the model, its slots still to be filled."""
    return {MODEL: {"slots": {}, "live": "blue", "shift": STEPS}}, deepcopy(_GATEWAY)


def asked_rows(unusual: int) -> Any:
    """Return what users ask: rows within what golden sets have, and some beyond."""
    found = rows(ASKED_ROWS).clip(-2, 2)
    found[:unusual, 0] = UNUSUAL
    return found
