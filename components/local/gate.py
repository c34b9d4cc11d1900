"""The gate of one slot as a Pulumi resource: it runs when the slot gets a release and before it becomes live.

Produces `pulumi-python:dynamic/slipway/local:Gate`. A failed gate fails `pulumi up`; traffic stays where it is.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from components.dynamic_provider import DynamicProvider, Values, changed_inputs, inputs_of
from components.local.fragments import Weights
from components.local.gateway_files import operator_headers, read_spec
from components.local.stack_dir import StackDir
from serving.endpoint import Endpoint
from serving.gate import GateLimits, GateReport, PinnedSlot, explain, run
from serving.gateway_names import SLOT_HEADER
from serving.release import load, locate
from serving.report import write_gate_report
from serving.shift_plan import ALL

REQUEST_TIMEOUT_SECONDS = 10
# What makes a run necessary; the other inputs say only how.
_DECISIVE = frozenset({"release", "limits"})


class GateProvider(DynamicProvider):
    """Runs the gate of one slot."""

    replaces_on = frozenset({"stack_dir", "model", "slot"})

    def create(self, props: Values) -> CreateResult:
        """Run the gate, unless the slot has the traffic already."""
        if not _is_live(props):
            report = run_gate(props)
            folder = StackDir.at(props["stack_dir"]).reports / report.model
            page = write_gate_report(report, folder)
            if not report.passed:
                raise RuntimeError(f"{explain(report)} {_traffic(props)} Report: {page}")
            print(f"{explain(report)} Report: {page}", flush=True)
        return CreateResult(f"{props['model']}/{props['slot']}", {**inputs_of(props), "problem": ""})

    def update(self, _id: str, _olds: Values, _news: Values) -> UpdateResult:
        """Run the gate again."""
        return UpdateResult(self.create(_news).outs)

    def diff(self, _id: str, _olds: Values, _news: Values) -> DiffResult:
        """Say whether the gate must run: another release, other limits, or traffic that is about to come."""
        changed = set(changed_inputs(_olds, _news))
        coming = _news["becomes_live"] and not _is_live(_news) and not _was_live(_news)
        return DiffResult(
            changes=bool(changed & (_DECISIVE | self.replaces_on)) or coming,
            replaces=sorted(self.replaces_on & changed),
            delete_before_replace=True,
        )

    def delete(self, _id: str, _props: Values) -> None:
        """Leave everything as it is; reports are kept."""

    def problem(self, values: Values) -> str:  # noqa: ARG002 - a gate is an event, nothing of it can break later
        """Find nothing wrong."""
        return ""


class Gate(Resource, module="slipway/local", name="Gate"):
    """The gate of one slot."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(GateProvider(), name, {**props, "problem": None}, opts)


def run_gate(values: Values) -> GateReport:
    """Run the gate of a slot through the gateway, compared with the slot that has the traffic."""
    other = values.get("other")
    with _alone(StackDir.at(values["stack_dir"])):
        live = _pinned(values, other["slot"], other["release"]) if other and _share(values, other["slot"]) else None
        return run(_pinned(values, values["slot"], values["release"]), live, gate_limits(values["limits"]))


@contextmanager
def _alone(stack_dir: StackDir) -> Iterator[None]:
    """Wait for the gates of other slots: two at once would measure each other's load."""
    with (stack_dir.run / "gate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def gate_limits(limits: Values) -> GateLimits:
    """Return limits from a resource's values; Pulumi hands every number over as a float."""
    return GateLimits(**{**limits, "load_concurrency": int(limits["load_concurrency"])})


def _pinned(values: Values, slot: str, release: Values) -> PinnedSlot:
    stack_dir = StackDir.at(values["stack_dir"])
    spec = read_spec(stack_dir)
    if spec is None:
        raise RuntimeError("There is no gateway to ask through.")
    url = f"http://{spec.reachable_address}:{spec.port}"
    headers = {**operator_headers(stack_dir), SLOT_HEADER: slot}
    return PinnedSlot(
        slot=slot,
        model=values["model"],
        release=load(locate(release["uri"], Path.cwd())),
        connect=lambda: Endpoint(url, headers, REQUEST_TIMEOUT_SECONDS),
    )


def _share(values: Values, slot: str) -> int:
    traffic = Weights.read(StackDir.at(values["stack_dir"]), values["model"])
    return traffic.weights.get(slot, 0) if traffic else 0


def _is_live(values: Values) -> bool:
    return _share(values, values["slot"]) == ALL


def _was_live(values: Values) -> bool:
    traffic = Weights.read(StackDir.at(values["stack_dir"]), values["model"])
    previous = traffic.previous if traffic else None
    return previous is not None and (previous.slot, previous.release) == (values["slot"], values["release"]["sha256"])


def _traffic(values: Values) -> str:
    traffic = Weights.read(StackDir.at(values["stack_dir"]), values["model"])
    if traffic is None:
        return "No user reaches the model yet."
    carrying = [f"{slot} ({share} %)" for slot, share in traffic.weights.items() if share]
    return f"Traffic is untouched on {' and '.join(carrying)}."
