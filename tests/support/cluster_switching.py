"""A stack on a cluster whose one model is switched between its slots under load; blue is live at first."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from serving.release import Release
from tests.support.cluster_stack import Cluster, ClusterStack, stack_on_cluster
from tests.support.load import LoadPlan
from tests.support.project import CommandResult
from tests.support.switching import GATEWAY, MODEL, OTHER_WEIGHTS, QUIET_RATES, STEPS, asked_rows
from tests.support.tiny_releases import linear_model, make_release


@dataclass
class ClusterSwitching:
    """A stack with a model in two slots, and every release that may answer."""

    stack: ClusterStack
    releases: dict[str, Release] = field(default_factory=dict)

    @property
    def model(self) -> dict[str, Any]:
        """The model's entry in the stack file."""
        found: dict[str, Any] = self.stack.models[MODEL]
        return found

    @property
    def weights(self) -> dict[str, int]:
        """The weights in force."""
        return self.stack.weights(MODEL)

    def plan(self, rates: Mapping[str, float] = QUIET_RATES, *, unusual: int = 0) -> LoadPlan:
        """Return the load on the model; so many of its 200 rows are such as no golden set has."""
        return LoadPlan(
            url=self.stack.url,
            model=MODEL,
            key=self.stack.keys["demo"],
            rows={"x": asked_rows(unusual)},
            releases=[self.releases[self.model["slots"][slot]["release"]] for slot in self.model["slots"]],
            rates=rates,
        )

    def folder_for(self, name: str) -> Path:
        """Return where a release of this name is to be packed."""
        return self.stack.folder / "releases" / MODEL / re.sub(r"[^a-z0-9]+", "-", name.lower())

    def put(self, slot: str, release: Release) -> None:
        """Name a release in the stack file."""
        path = str(release.directory.relative_to(self.stack.folder))
        self.releases[path] = release
        self.model["slots"][slot] = {"release": path}

    def up(self, live: str, *, fails: bool = False, **shift: Any) -> CommandResult:
        """Run `pulumi up` with a slot live."""
        self.model.update(live=live, shift={**STEPS, **shift})
        return self.stack.up(refresh=False, fails=fails)

    def begin_up(self, live: str, **shift: Any) -> "subprocess.Popen[str]":
        """The same, without waiting for its end."""
        self.model.update(live=live, shift={**STEPS, **shift})
        return self.stack.begin_up(subprocess.DEVNULL)

    def back_to_blue(self) -> None:
        """Let a test begin with all traffic on the good release in blue, whatever the one before left."""
        self.model["gate"] = {"max_disagreement": 1, "max_p99_ms": 5000, "load_seconds": 0.5}
        if self.model["live"] != "blue" or self.weights.get("blue") != 100:
            # A release that failed would fail again where its slot is brought up once more.
            self.put("green", self.releases["releases/tiny/2"])
            self.up("blue", steps_percent=[100], hold_seconds=0.2, min_requests=1)
        assert self.weights["blue"] == 100

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
    models = {MODEL: {"slots": {}, "live": "blue", "shift": STEPS}}
    with stack_on_cluster(cluster, models, deepcopy(GATEWAY), **others) as stack:
        made = ClusterSwitching(stack)
        folder = stack.folder / "releases" / MODEL
        made.put("blue", make_release(linear_model(), folder / "1"))
        made.put("green", make_release(linear_model(OTHER_WEIGHTS), folder / "2", version="2"))
        stack.up(refresh=False)
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
