"""What runs in a cluster is what the model declares: a slot's pods fetch its release, and its Service finds them."""

from collections.abc import Callable, Iterator

from mechanics.command_line import flags, values
from mechanics.facts import Config, Resource, Stack, Violation, shown
from mechanics.pods import (
    RELEASE_ANNOTATION,
    RELEASE_LABEL,
    RELEASE_LABEL_DIGITS,
    Selection,
    Slot,
    arguments,
    containers,
    in_containers,
    label_of,
    labels,
    runs_a_slot,
    slot_in,
    slot_of,
    template,
)
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import CLUSTER_MODEL, DEPLOYMENT, SERVICE

SLOTS = ("blue", "green")
FETCH = "serving.fetch"


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return slots without pods or without a Service, and pods that would serve something else."""
    services, workloads = _by_slot(stack.of(SERVICE), _selected), _by_slot(stack.of(DEPLOYMENT), slot_of)
    found: list[Violation] = []
    for model in stack.of(CLUSTER_MODEL):
        for slot in SLOTS:
            whose = label_of(model.get("spec.model")), slot
            own = workloads.get(whose, [])
            found += [*_services(model, slot, services.get(whose, []), own), *_pods(model, slot, own)]
    return found


def _by_slot(things: list[Resource], whose: Callable[[Resource], Slot]) -> dict[Slot, list[Resource]]:
    found: dict[Slot, list[Resource]] = {}
    for each in things:
        found.setdefault(whose(each), []).append(each)
    return found


def _selected(service: Resource) -> Slot:
    return slot_in(service.mapping("spec.selector"))


def _services(model: Resource, slot: str, services: list[Resource], workloads: list[Resource]) -> Iterator[Violation]:
    name = label_of(model.get("spec.model"))
    if not services:
        problem = f"slot {slot} has no Service, so a route to it would be an error"
        yield model.violation(f"spec.slots.{slot}", problem, "make the Services of both slots, whatever runs")
    selection = Selection(services, "spec.selector")
    for workload in workloads:
        finding = selection.of(workload)
        for service in services:
            if service not in finding:
                problem = f"the Service does not find the pods of {name}/{slot}"
                yield service.violation("spec.selector", problem, "select the labels that the pods carry")


def _pods(model: Resource, slot: str, workloads: list[Resource]) -> Iterator[Violation]:
    digest = model.text(f"spec.slots.{slot}.release.sha256")
    found = [each for each in workloads if runs_a_slot(each)]
    if digest and len(found) != 1:
        problem = f"{len(found)} Deployments run slot {slot}"
        yield model.violation(f"spec.slots.{slot}", problem, "have exactly one, with the labels of model and slot")
    for workload in found:
        pod = template(workload)
        if labels(pod).get(RELEASE_LABEL) != digest[:RELEASE_LABEL_DIGITS]:
            problem = "the pods are labelled with another release than the model declares"
            yield pod.violation("metadata.labels", problem, f"set {RELEASE_LABEL} to the digest's first 32 digits")
        if pod.mapping("metadata.annotations").get(RELEASE_ANNOTATION) != digest:
            problem = "the pods would stay when the release changes"
            yield pod.violation("metadata.annotations", problem, f"set {RELEASE_ANNOTATION} to the release's digest")
        yield from _fetch(pod, digest)


def _fetch(pod: Resource, digest: str) -> Iterator[Violation]:
    fetching = [each for each in containers(pod) if FETCH in map(str, arguments(each))]
    if not fetching:
        problem = "nothing fetches and verifies the release before the server starts"
        yield pod.violation("spec.initContainers", problem, f"add an init container that runs {FETCH}")
    for container in fetching:
        given = values(flags(arguments(container)), "--sha256")
        if given != [digest]:
            problem = f"the release is fetched with the digest {shown(given[0] if given else None)}"
            yield container.violation("args", problem, "pass the digest that the model declares")


RULE = StackRule(
    id="slots-wired",
    claim="Each slot's pods fetch and verify the release that is declared, and its Service finds them.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*CLUSTER_MODEL, *DEPLOYMENT, *SERVICE),
    reads=(
        *("spec.slots", "spec.model", "spec.selector", "spec.template.metadata"),
        *in_containers("args", "command"),
    ),
    unknown=WhenUnknown.CLOSED,
    standards=("Triton secure deployment: model repository",),
    check=check,
)
