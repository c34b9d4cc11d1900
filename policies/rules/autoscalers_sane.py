"""A slot scales between bounds that somebody chose, by what callers feel, and not back before a model has loaded."""

from collections.abc import Iterator

from mechanics.autoscaling import READS, bounds, is_keda, target
from mechanics.facts import Config, Resource, Stack, Violation, shown
from mechanics.pods import identity, live_slots, object_name, running_slots, slot_of
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown, number_option
from mechanics.tokens import AUTOSCALER, CLUSTER_MODEL, DEPLOYMENT

HPA_BEHAVIOUR, KEDA_BEHAVIOUR = "spec.behavior", "spec.advanced.horizontalPodAutoscalerConfig.behavior"
PAUSED = "autoscaling.keda.sh/paused-replicas"
"""Of a stack that prepares its end: both say the same number then, and the autoscaler leaves it so."""
STABILISATION = "scaleDown.stabilizationWindowSeconds"
# The HPA's own, where nothing is said: kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
DEFAULT_SECONDS = 300
# What a GPU or a CPU is busy with says nothing of how long callers wait.
DULL_TRIGGERS = {"cpu", "memory"}


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return autoscalers whose bounds, metrics or haste would hurt, and workloads that two would scale."""
    live = live_slots(stack)
    slots = {identity(each): each for each in running_slots(stack)}
    found = []
    for scaler in stack.of(AUTOSCALER):
        slot = slots.get(target(scaler))
        # An idle slot may be put to sleep: switching back to it then takes a start.
        needed = config["minLiveReplicas"] if slot and slot_of(slot) in live else config["minIdleReplicas"]
        found += [*_bounds(scaler, float(needed), config), *_metrics(scaler), *_haste(scaler, config)]
        if slot and slot.get("spec.replicas") is not None and not _pauses(scaler):
            problem = f"both the stack and {object_name(scaler)} set the number of pods"
            found.append(slot.violation("spec.replicas", problem, "leave replicas out"))
    return found


def _pauses(scaler: Resource) -> bool:
    return PAUSED in (scaler.get("metadata.annotations") or {})


def _bounds(scaler: Resource, needed: float, config: Config) -> Iterator[Violation]:
    least, most = bounds(scaler)
    lower, upper = ("minReplicaCount", "maxReplicaCount") if is_keda(scaler) else ("minReplicas", "maxReplicas")
    if least < needed:
        problem = f"the slot may shrink to {least:g} pods, and needs {needed:g}"
        yield scaler.violation(f"spec.{lower}", problem, f"set it to at least {needed:g}")
    # KEDA also puts to sleep, so it has something to do for a slot of a fixed number.
    grows = least <= most if is_keda(scaler) else least < most
    if not grows or most > config["maxReplicas"]:
        problem = f"the slot may grow from {least:g} to {most:g} pods"
        yield scaler.violation(f"spec.{upper}", problem, f"set it above {lower}, to at most {config['maxReplicas']}")


def _metrics(scaler: Resource) -> Iterator[Violation]:
    path = "spec.triggers" if is_keda(scaler) else "spec.metrics"
    telling = [
        each
        for each in scaler.parts(path)
        if each.text("type") not in {"Resource", "ContainerResource", *DULL_TRIGGERS}
    ]
    if not telling:
        problem = "the slot scales by the load of its processors only, or by nothing"
        yield scaler.violation(path, problem, "scale by queue time or pending requests")


def _haste(scaler: Resource, config: Config) -> Iterator[Violation]:
    path = f"{KEDA_BEHAVIOUR if is_keda(scaler) else HPA_BEHAVIOUR}.{STABILISATION}"
    given = scaler.number(path)
    if (DEFAULT_SECONDS if given is None else given) < config["minStabilisationSeconds"]:
        problem = f"the slot shrinks after {shown(given, ' seconds')}, before a new pod could have loaded"
        yield scaler.violation(path, problem, f"set it to at least {config['minStabilisationSeconds']}")


RULE = StackRule(
    id="autoscaler-sane",
    claim="Slots scale between chosen bounds, by waiting requests, and slowly back.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=(*AUTOSCALER, *DEPLOYMENT, *CLUSTER_MODEL),
    reads=(*READS, "spec.metrics", "spec.triggers", "spec.behavior", "spec.advanced", "spec.live"),
    unknown=WhenUnknown.CLOSED,
    options=(
        number_option("minLiveReplicas", "Fewest pods of a live slot.", PerKind(local=1, dev=1, prod=2)),
        number_option("minIdleReplicas", "Fewest pods of an idle slot.", PerKind(local=0, dev=0, prod=0)),
        number_option("maxReplicas", "Most pods of a slot.", PerKind(local=20, dev=20, prod=50)),
        number_option(
            "minStabilisationSeconds", "Shortest wait before a slot shrinks.", PerKind(local=120, dev=120, prod=300)
        ),
    ),
    check=check,
)
