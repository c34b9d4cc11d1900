"""A stack on a cluster whose one model is switched between its slots under load."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from serving.shift_plan import ALL
from tests.support.cluster_stack import Cluster, ClusterStack, stack_on_cluster
from tests.support.load import LoadPlan
from tests.support.switched_model import MODEL, QUIET_RATES, SwitchedModel, one_model


class ClusterSwitching(SwitchedModel[ClusterStack]):
    """A model on a cluster, and the processes of its pods."""

    @property
    def weights(self) -> Mapping[str, int]:
        """The weights in force."""
        return self.stack.weights(MODEL)

    def plan(self, rates: Mapping[str, float] = QUIET_RATES, *, unusual: int = 0) -> LoadPlan:
        """Return the load on the model, fit for a cluster that is one machine beside the test itself."""
        return super().plan(rates, unusual=unusual)

    def back_to_blue(self) -> None:
        """Let a test begin with all traffic on the good release in blue, whatever the one before left."""
        self.model["gate"] = {"max_disagreement": 1, "max_p99_ms": 5000, "load_seconds": 0.5}
        if self.model["live"] != "blue" or self.weights.get("blue") != ALL:
            # A release that failed would fail again where its slot is brought up once more.
            self.put("green", self.releases[f"releases/{MODEL}/2"])
            self.up("blue", steps_percent=[ALL], hold_seconds=0.2, min_requests=1)
        assert self.weights["blue"] == ALL

    def processes(self, uid: str, name: str) -> list[psutil.Process]:
        """Return the processes of a pod on this machine whose command line holds a name."""
        return [process for process in psutil.process_iter() if uid in _cgroup(process) and name in _command(process)]

    def kill(self, uid: str, name: str) -> None:
        """End the processes of a pod that have this name in their command line, at once."""
        found = self.processes(uid, name)
        assert found, f"a {name} must run in pod {uid}"
        for process in found:
            os.kill(process.pid, signal.SIGKILL)


@contextmanager
def switching_on_cluster(cluster: Cluster, **others: Any) -> Iterator[ClusterSwitching]:
    """Bring up a stack with a model of two releases, live in blue."""
    with stack_on_cluster(cluster, *one_model(), **others) as stack:
        made = ClusterSwitching(stack)
        made.first_up()
        yield made


def _cgroup(process: psutil.Process) -> str:
    try:
        # A pod's uid stands in the path, with `_` for `-` under systemd.
        return Path(f"/proc/{process.pid}/cgroup").read_text().replace("_", "-")
    except OSError:
        return ""


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
