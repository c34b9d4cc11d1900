"""A stack whose one model is switched between its slots under load; blue is live at first.

The two releases differ on most rows, so an answer of one that is told to be the other's counts as wrong.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from components.local.fragments import Weights
from components.local.traffic import lead
from infra.settings import Shift
from serving.release import Release
from serving.shift_outcome import Outcome
from tests.support.load import RATES, LoadPlan
from tests.support.stack import CommandResult, StackUnderTest, stack_under_test
from tests.support.tiny_releases import CLASSES, FEATURES, linear_model, make_release, rows

MODEL = "tiny"
ASKED_ROWS = 200
# Rows as users may send them and no golden set has them; what a release does to them, no gate can see.
UNUSUAL_ROWS = 2
UNUSUAL = 9.0
OTHER_WEIGHTS = np.random.default_rng(12).normal(size=(FEATURES, CLASSES)).astype(np.float32)
# Wide limits of latency, because a test's machine is busy; tests of latency set their own.
WIDE: dict[str, Any] = {"max_p99_ms": 20_000, "max_p99_ratio": 10_000}
STEPS: dict[str, Any] = {"steps_percent": [5, 50, 100], "hold_seconds": 1, "min_requests": 20, **WIDE}
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

    def plan(self, rates: Mapping[str, float] = RATES, *, unusual: bool = False) -> LoadPlan:
        """Return the load on the model, with rows that no golden set has if `unusual`."""
        return LoadPlan(
            url=self.stack.url,
            model=MODEL,
            key=self.stack.keys["demo"],
            rows={"x": asked_rows(UNUSUAL_ROWS if unusual else 0)},
            releases=list(self.releases.values()),
            rates=rates,
        )

    def put(self, slot: str, release: Release) -> None:
        """Name a release in the stack file."""
        self.releases[release.digest] = release
        self.model["slots"][slot] = {"release": str(release.directory.relative_to(self.stack.folder))}

    def up(self, live: str, *, fails: bool = False, **shift: Any) -> CommandResult:
        """Run `pulumi up` with another slot live; a failed one leaves the stack file at what it was."""
        before = self.model["live"]
        self.model.update(live=live, shift={**STEPS, **shift})
        result = self.stack.up(refresh=False, fails=fails)
        if fails:
            self.model["live"] = before
        return result

    def lead(self, live: str, **shift: Any) -> Outcome:
        """Lead the traffic to a slot as the resource does, without an engine."""
        releases = {slot: entry["release"] for slot, entry in self.model["slots"].items()}
        digests = {str(release.directory.relative_to(self.stack.folder)): key for key, release in self.releases.items()}
        values = {
            "stack_dir": str(self.stack.stack_dir.path),
            "model": MODEL,
            "live": live,
            "releases": {slot: digests[release] for slot, release in releases.items()},
            "plan": Shift(**{**STEPS, **shift}).model_dump(mode="json"),
        }
        return lead(values)


@contextmanager
def switching_stack(**others: Any) -> Iterator[Switching]:
    """Bring up a stack with a model of two releases, live in blue."""
    with stack_under_test({MODEL: {"slots": {}, "live": "blue", "shift": STEPS}}, GATEWAY, **others) as stack:
        made = Switching(stack)
        folder = stack.folder / "releases" / MODEL
        made.put("blue", make_release(linear_model(), folder / "1"))
        made.put("green", make_release(linear_model(OTHER_WEIGHTS), folder / "2", version="2"))
        stack.up(refresh=False)
        yield made


def asked_rows(unusual: int = 0) -> Any:
    """Return what users ask: rows within what golden sets have, and some beyond."""
    found = rows(ASKED_ROWS).clip(-2, 2)
    found[:unusual, 0] = UNUSUAL
    return found
