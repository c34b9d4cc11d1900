"""The share of traffic of each slot of a model, and the shift between them; nothing else writes weights.

Produces `pulumi-python:dynamic/slipway/local:Traffic`. Changing `live` moves traffic step by step; a shift that was
aborted or interrupted fails `pulumi up`, and traffic is back where it was.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from components.dynamic_provider import DynamicProvider, Values, inputs_of
from components.local.attendance import attended
from components.local.fragments import Weights
from components.local.gateway_files import publish
from components.local.logged_predictions import LoggedPredictions
from components.local.stack_dir import StackDir
from components.local.switching import AttendedClock, GatewayMetrics, GatewayTraffic
from serving.errors import ConfigurationError
from serving.lead import Served
from serving.lead import lead as lead_to
from serving.report import write_shift_report
from serving.shift_outcome import Look, Outcome, explain, format_look
from serving.shift_plan import ALL, shift_plan


class TrafficProvider(DynamicProvider):
    """Leads a model's traffic to its live slot."""

    replaces_on = frozenset({"stack_dir", "model"})

    def refuse(self, _olds: Values, news: Values) -> None:
        """Refuse to take away the slot that has the traffic."""
        gone = [slot for slot, share in _weights(news).items() if share and slot not in news["releases"]]
        if gone and news["live"] not in gone:
            raise ConfigurationError(
                f"models.{news['model']}.slots.{gone[0]} takes the traffic and cannot be removed with it; "
                f"set models.{news['model']}.live to {news['live']} first, with both slots there, then remove it."
            )

    def create(self, props: Values) -> CreateResult:
        """Lead all traffic to the live slot."""
        outcome = lead(props)
        if not outcome.moved:
            raise RuntimeError(explain(outcome))
        return CreateResult(props["model"], {**inputs_of(props), "problem": ""})

    def update(self, _id: str, _olds: Values, _news: Values) -> UpdateResult:
        """Lead all traffic to the live slot."""
        return UpdateResult(self.create(_news).outs)

    def diff(self, _id: str, _olds: Values, _news: Values) -> DiffResult:
        """Say whether traffic must move: by what is wanted, and by the weights that are really in force."""
        changed = [name for name in ("stack_dir", "model") if _olds.get(name) != _news.get(name)]
        return DiffResult(changes=bool(changed or self.problem(_news)), replaces=changed, delete_before_replace=True)

    def delete(self, _id: str, _props: Values) -> None:
        """Let no user reach the model any more."""
        stack_dir = StackDir.at(_props["stack_dir"])
        if stack_dir.weights.exists():
            Weights.remove(stack_dir, _props["model"])
            publish(stack_dir)

    def problem(self, values: Values) -> str:
        """Say whether all traffic is on the live slot, and the shift to it came to its end."""
        traffic = Weights.read(StackDir.at(values["stack_dir"]), values["model"])
        if traffic is None or traffic.weights.get(values["live"]) != ALL:
            return f"the weights are {traffic.weights if traffic else 'not set'}"
        ended = traffic.live is not None and traffic.live.slot == values["live"]
        return "" if ended else "the shift was cut off at its last step"


class Traffic(Resource, module="slipway/local", name="Traffic"):
    """The weights of one model's slots."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TrafficProvider(), name, {**props, "problem": None}, opts)


def lead(values: Values) -> Outcome:
    """Lead all traffic of a model to its live slot, and tell how."""
    stack_dir, model, target = StackDir.at(values["stack_dir"]), values["model"], values["live"]
    plan = shift_plan(values["plan"])
    judged = plan.max_prediction_distance is not None
    traffic = GatewayTraffic(stack_dir, model)
    metrics = GatewayMetrics(stack_dir, model, LoggedPredictions(stack_dir, model) if judged else None)
    served = Served(slot=target, release=values["releases"][target])
    traffic.log_predictions(on=judged and not traffic.known().has(served))
    outcome = lead_to(
        plan,
        traffic,
        metrics,
        AttendedClock(attended()),
        to=served,
        slots=values["releases"],
        on_step=lambda look: print(_line(values, look), flush=True),
    )
    traffic.log_predictions(on=False)
    _tell(values, stack_dir, outcome)
    return outcome


def _line(values: Values, look: Look) -> str:
    live = next(slot for slot in look.weights if slot != values["live"])
    return f"{values['model']}: {format_look(look, candidate=values['live'], live=live)}"


def _tell(values: Values, stack_dir: StackDir, outcome: Outcome) -> None:
    model = values["model"]
    if outcome.looks:
        page = write_shift_report(outcome, shift_plan(values["plan"]), stack_dir.reports / model, model=model)
        print(f"{model}: report of this shift: {page}", flush=True)
    for remark in outcome.remarks:
        print(f"{model}: {remark}", flush=True)
    if outcome.moved:
        print(f"{model}: {explain(outcome)}", flush=True)


def _weights(values: Values) -> dict[str, int]:
    traffic = Weights.read(StackDir.at(values["stack_dir"]), values["model"])
    return traffic.weights if traffic else {}
