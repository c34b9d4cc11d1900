"""A stack whose one model is switched between its slots under load; blue is live at first.

The two releases differ on most rows, so an answer of one that is told to be the other's counts as wrong.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from components.local.fragments import Endpoint, Weights
from components.local.switching import GatewayMetrics
from components.local.traffic import lead
from infra.settings import Shift
from serving.lead import Served
from serving.release import Release
from serving.shift_outcome import Outcome
from serving.shift_plan import ALL
from tests.support.load import RATES, LoadPlan
from tests.support.project import CommandResult
from tests.support.stack import StackUnderTest, stack_under_test
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
GATEWAY: dict[str, Any] = {
    "clients": {"demo": {"models": [MODEL], "may_pin_slots": True}, "guest": {"models": [MODEL]}},
}


@dataclass
class Switching:
    """A stack with a model in two slots, and every release that may answer."""

    stack: StackUnderTest
    releases: dict[str, Release] = field(default_factory=dict)

    @property
    def model(self) -> dict[str, Any]:
        """The model's entry in the stack file."""
        found: dict[str, Any] = self.stack.models[MODEL]
        return found

    @property
    def weights(self) -> Mapping[str, int]:
        """The weights in force."""
        found = Weights.read(self.stack.stack_dir, MODEL)
        assert found is not None, "the model must have traffic"
        return found.weights

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
        folder = self.stack.folder / self.model["slots"][slot]["release"]
        (found,) = (release for release in self.releases.values() if release.directory == folder)
        return found

    def folder_for(self, name: str) -> Path:
        """Return where a release of this name is to be packed."""
        return self.stack.folder / "releases" / MODEL / re.sub(r"[^a-z0-9]+", "-", name.lower())

    def put(self, slot: str, release: Release) -> None:
        """Name a release in the stack file."""
        self.releases[release.digest] = release
        self.model["slots"][slot] = {"release": str(release.directory.relative_to(self.stack.folder))}

    def up(self, live: str, *, fails: bool = False, **shift: Any) -> CommandResult:
        """Run `pulumi up` with a slot live."""
        self.model.update(live=live, shift={**STEPS, **shift})
        return self.stack.up(refresh=False, fails=fails)

    def begin_up(self, live: str, **shift: Any) -> "subprocess.Popen[str]":
        """The same, without waiting for its end."""
        self.model.update(live=live, shift={**STEPS, **shift})
        return self.stack.begin_up()

    def server(self, slot: str) -> psutil.Process:
        """Return the model server of a slot."""
        endpoint = Endpoint.read(self.stack.stack_dir, MODEL, slot)
        assert endpoint is not None, f"{slot} must have been started"
        (found,) = self.stack.processes("bin/tritonserver", f"{endpoint.program}/")
        return found

    def healthy(self, slot: str) -> bool:
        """Return whether a slot answers a golden row."""
        return GatewayMetrics(self.stack.stack_dir, MODEL).healthy(slot)

    def back_to_blue(self) -> None:
        """Let a test begin with all traffic on the good release in blue, whatever the one before left."""
        self.model["live"] = "blue"
        if self.weights.get("blue") != ALL:
            self.put_back()
            assert self.lead("blue").moved, "blue must answer"

    def put_back(self) -> None:
        """Make blue what was live last, so that the way back to it is one write."""
        known = Weights.read(self.stack.stack_dir, MODEL)
        blue = self.release_in("blue").digest
        assert known is not None
        replace(known, previous=Served(slot="blue", release=blue)).write(self.stack.stack_dir, MODEL)

    def lead(self, live: str, **shift: Any) -> Outcome:
        """Lead the traffic to a slot as the resource does, without an engine."""
        values = {
            "stack_dir": str(self.stack.stack_dir.path),
            "model": MODEL,
            "live": live,
            "releases": {slot: self.release_in(slot).digest for slot in self.model["slots"]},
            "plan": Shift(**{**STEPS, **shift}).model_dump(mode="json"),
        }
        return lead(values)


@contextmanager
def switching_stack(**others: Any) -> Iterator[Switching]:
    """Bring up a stack with a model of two releases, live in blue."""
    models = {MODEL: {"slots": {}, "live": "blue", "shift": STEPS}}
    with stack_under_test(models, deepcopy(GATEWAY), **others) as stack:
        made = Switching(stack)
        folder = stack.folder / "releases" / MODEL
        made.put("blue", make_release(linear_model(), folder / "1"))
        made.put("green", make_release(linear_model(OTHER_WEIGHTS), folder / "2", version="2"))
        stack.up(refresh=False)
        yield made


def asked_rows(unusual: int) -> Any:
    """Return what users ask: rows within what golden sets have, and some beyond."""
    found = rows(ASKED_ROWS).clip(-2, 2)
    found[:unusual, 0] = UNUSUAL
    return found
