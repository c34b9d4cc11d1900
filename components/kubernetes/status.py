"""What runs now of a stack on a cluster, in one table, from one look at the cluster.

Health is what the readiness probes found, and those are golden inferences in each pod. Requests and errors are what the
proxies counted on the way to a slot, chosen by weight or by name; the gateway forgets the former when a slot's weight
becomes 0.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from components.kubernetes.document import Document
from components.kubernetes.object_names import (
    COMPONENT_LABEL,
    MODEL_LABEL,
    RELEASE_ANNOTATION,
    SLOT_LABEL,
    SLOTS,
    VERSION_ANNOTATION,
    object_name,
)
from components.kubernetes.rollout_status import RolloutStatus, rollout_statuses
from components.kubernetes.slot_health import COLD, OK, SHORT_DIGITS, by_release, health, is_ready, restarts
from components.kubernetes.stack_view import StackView
from components.status_table import table
from serving.cluster.route_rules import clusters_of, weights_of
from serving.cluster.route_traffic import remembered
from serving.counters import by_cluster, parse

Counted = Sequence[Mapping[str, str]]
"""What each proxy counted, by cluster of Envoy."""


@dataclass(frozen=True, kw_only=True)
class SlotStatus:
    """One line of the table; None is what could not be read.

    Args:
        pods: How many of this release answer, of how many that are wanted.
        restarts: Of the pods that there are.
    """

    model: str
    slot: str
    role: str | None
    release: str
    weight: str | None
    pods: str | None
    health: str | None
    restarts: int | None
    requests: int | None
    errors: int | None


@dataclass(frozen=True, kw_only=True)
class StackStatus:
    """Everything that `make status` shows of a stack on a cluster."""

    slots: Sequence[SlotStatus]
    rollouts: Sequence[RolloutStatus]
    notes: Sequence[str]

    @property
    def well(self) -> bool:
        """Whether every slot that is to answer does."""
        return all(slot.health in {OK, COLD} for slot in self.slots)

    def text(self) -> str:
        """Return it for people."""
        parts = [table(SlotStatus, self.slots)]
        parts += [table(RolloutStatus, self.rollouts)] if self.rollouts else []
        return "\n\n".join([*parts, *(["\n".join(self.notes)] if self.notes else [])])


def stack_status(view: StackView, models: Sequence[str]) -> StackStatus:
    """Return what runs.

    Args:
        view: What the cluster says.
        models: The names in the stack file; the cluster has them in another spelling.
    """
    names = {object_name(model): model for model in models}
    slots = sorted(view.deployments, key=_which)
    counted = None if view.counted is None else [by_cluster(text) for text in view.counted]
    rollouts = rollout_statuses(view.jobs or (), view.pods or (), view.last_words or {}, names)
    return StackStatus(
        slots=[_slot_status(view, deployment, names, counted) for deployment in slots],
        rollouts=rollouts,
        notes=[*_traffic_notes(view, names), *view.unread],
    )


def _slot_status(
    view: StackView, deployment: Document, names: Mapping[str, str], counted: Counted | None
) -> SlotStatus:
    model, slot = _which(deployment)
    weight = None if view.routes is None else weights_of(_rules(view.routes, model), model).get(slot, 0)
    pods = None if view.pods is None else _pods(view.pods, model, slot)
    ours = by_release(deployment, pods or ())[0]
    requests, errors = _counts(view, counted, model, slot)
    wanted = deployment["spec"]["replicas"]
    return SlotStatus(
        model=names.get(model, model),
        slot=slot,
        role=None if weight is None else ("live" if weight else "idle"),
        release=_release(deployment),
        weight=None if weight is None else f"{weight}%",
        pods=None if pods is None else f"{len([pod for pod in ours if is_ready(pod)])}/{wanted}",
        health=None if pods is None else health(deployment, pods, serves=bool(weight)),
        restarts=None if pods is None else sum(restarts(pod) for pod in pods),
        requests=requests,
        errors=errors,
    )


def _counts(view: StackView, counted: Counted | None, model: str, slot: str) -> tuple[int | None, int | None]:
    if counted is None or view.routes is None:
        return None, None
    (namespace,) = {deployment["metadata"]["namespace"] for deployment in view.deployments}
    clusters = [
        cluster
        for kind in ("httproute", "grpcroute")
        for name in (model, f"{model}-{slot}")
        # Both kinds of route name the slots in the same order.
        for cluster in clusters_of(f"{kind}/{namespace}/{name}", _rules(view.routes, name), model, slot)
    ]
    counters = [parse("\n".join(rows.get(each, "") for each in clusters), clusters) for rows in counted]
    return sum(each.requests for each in counters), sum(each.errors for each in counters)


def _traffic_notes(view: StackView, names: Mapping[str, str]) -> Iterator[str]:
    running = {_which(each): each["metadata"]["annotations"].get(RELEASE_ANNOTATION) for each in view.deployments}
    for model in sorted({model for model, _ in running} & set(view.routes or {})):
        name, known = names.get(model, model), remembered((view.routes or {})[model])
        weights = weights_of(_rules(view.routes or {}, model), model)
        for slot in SLOTS:
            if known.live and known.live.slot != slot and weights.get(slot):
                yield (
                    f"{name}: {slot} takes {weights[slot]}% and is not live yet: a shift is under way, or was cut off "
                    "and `make up` takes it up."
                )
            if known.previous and known.previous.slot == slot and running.get((model, slot)) == known.previous.release:
                yield f"{name}: {slot} was live before and still has that release; a rollback needs no shift."


def _which(deployment: Document) -> tuple[str, str]:
    labels = deployment["metadata"]["labels"]
    return labels[MODEL_LABEL], labels[SLOT_LABEL]


def _rules(routes: Mapping[str, Document], name: str) -> Sequence[Document]:
    rules: Sequence[Document] = routes.get(name, {}).get("spec", {}).get("rules", ())
    return rules


def _release(deployment: Document) -> str:
    annotations = deployment["metadata"].get("annotations", {})
    digest = annotations.get(RELEASE_ANNOTATION, "")[:SHORT_DIGITS]
    version = annotations.get(VERSION_ANNOTATION, digest)
    return digest if version == digest else f"{version} ({digest})"


def _pods(pods: Sequence[Document], model: str, slot: str) -> list[Document]:
    wanted = {COMPONENT_LABEL: "model", MODEL_LABEL: model, SLOT_LABEL: slot}
    return [
        pod
        for pod in pods
        if wanted.items() <= pod["metadata"]["labels"].items() and "deletionTimestamp" not in pod["metadata"]
    ]
