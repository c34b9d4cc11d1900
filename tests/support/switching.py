"""A stack on this machine whose one model is switched between its slots under load."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psutil

from components.local.fragments import Endpoint, Weights
from components.local.switching import GatewayMetrics
from components.local.traffic import lead
from infra.settings import Shift
from serving.lead import Served
from serving.shift_outcome import Outcome
from serving.shift_plan import ALL
from tests.support.stack import StackUnderTest, stack_under_test
from tests.support.switched_model import MODEL, STEPS, SwitchedModel, one_model


class Switching(SwitchedModel[StackUnderTest]):
    """A model on this machine, and how its slots are doing."""

    @property
    def weights(self) -> Mapping[str, int]:
        """The weights in force."""
        found = Weights.read(self.stack.stack_dir, MODEL)
        assert found is not None, "the model must have traffic"
        return found.weights

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
    with stack_under_test(*one_model(), **others) as stack:
        made = Switching(stack)
        made.first_up()
        yield made
