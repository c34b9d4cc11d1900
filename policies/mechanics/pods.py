"""How a rule reads what runs pods: the template, its containers, its labels, its devices, and whose pods they are."""

from collections import Counter
from collections.abc import Mapping, Sequence

from mechanics.facts import Resource, Stack, Value
from mechanics.quantities import quantity
from mechanics.tokens import CLUSTER_MODEL, DEPLOYMENT

GPU = "nvidia.com/gpu"
MODEL_LABEL = "slipway.dev/model"
SLOT_LABEL = "slipway.dev/slot"
RELEASE_LABEL = "slipway.dev/release"
RELEASE_ANNOTATION = "slipway.dev/release-sha256"
COMPONENT_LABEL = "app.kubernetes.io/component"
REQUIRED_NODES = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
# A label holds 63 characters, a digest has 64.
RELEASE_LABEL_DIGITS = 32

Slot = tuple[str, str]
Identity = tuple[str, str, str]
"""Namespace, kind and name."""

_TEMPLATES = {
    "Pod": "",
    "PodTemplate": "template",
    "CronJob": "spec.jobTemplate.spec.template",
    "ScaledJob": "spec.jobTargetRef.template",
}
_CONTAINERS = ("spec.initContainers", "spec.containers", "spec.ephemeralContainers")


def in_pods(*paths: str) -> tuple[str, ...]:
    """Return where a path of a pod template is in each kind of workload."""
    starts = ("", "spec.template", *_TEMPLATES.values())
    return tuple(dict.fromkeys(".".join(filter(None, (start, path))) for start in starts for path in paths))


def in_containers(*paths: str) -> tuple[str, ...]:
    """Return where a path of a container is in each kind of workload."""
    return in_pods(*(f"{place}.{path}" for place in _CONTAINERS for path in paths))


def template(resource: Resource) -> Resource:
    """Return what the pods of a workload are made from: `metadata` and `spec` of each."""
    return resource.part(_TEMPLATES.get(resource.type.kind, "spec.template"))


def containers(pod: Resource) -> list[Resource]:
    """Return the containers of a pod, those that start it and those that debug it included."""
    return [each for path in _CONTAINERS for each in pod.parts(path)]


def starts_the_pod(container: Resource) -> bool:
    """Tell whether a container ends before the others begin."""
    return "initContainers[" in container.prefix and container.get("restartPolicy") != "Always"


def labels(thing: Resource) -> dict[str, Value]:
    """Return the labels of an object or of a pod template."""
    return thing.mapping("metadata.labels")


def component(workload: Resource) -> str:
    """Return what a workload is to Slipway: model, gateway, gate or shift; empty where it is somebody else's."""
    return str(labels(template(workload)).get(COMPONENT_LABEL) or "")


def slot_in(found: Mapping[str, Value]) -> Slot:
    """Return model and slot that labels, or a selector, name; empty where they name none."""
    return str(found.get(MODEL_LABEL) or ""), str(found.get(SLOT_LABEL) or "")


def slot_of(workload: Resource) -> Slot:
    """Return model and slot that a workload names in the labels of its pods."""
    return slot_in(labels(template(workload)))


def label_of(model: Value) -> str:
    """Return what stands in labels for a model: Kubernetes allows no `_` in the names of objects."""
    return str(model).replace("_", "-")


def live_slots(stack: Stack) -> set[Slot]:
    """Return model and slot, as labels name them, of what is live in a cluster."""
    return {(label_of(each.get("spec.model")), each.text("spec.live")) for each in stack.of(CLUSTER_MODEL)}


def runs_a_slot(workload: Resource) -> bool:
    """Tell whether the pods of a workload serve a model."""
    return component(workload) == "model" and all(slot_of(workload))


def running_slots(stack: Stack) -> list[Resource]:
    """Return the Deployments whose pods serve a model."""
    return [each for each in stack.of(DEPLOYMENT) if runs_a_slot(each)]


def namespace(thing: Resource) -> str:
    """Return the namespace of an object."""
    return thing.text("metadata.namespace") or "default"


def object_name(thing: Resource) -> str:
    """Return the name of an object in the cluster."""
    return thing.text("metadata.name") or thing.name


def identity(thing: Resource) -> Identity:
    """Return what tells an object from all others."""
    return namespace(thing), thing.type.kind, object_name(thing)


def devices(container: Resource, side: str = "limits") -> dict[str, Value]:
    """Return the NVIDIA devices that a container asks for: whole GPUs, or parts made by MIG."""
    return {key: value for key, value in container.mapping(f"resources.{side}").items() if _is_device(key)}


def is_drained(stack: Stack, model: Resource) -> bool:
    """Tell whether a model of a cluster is put away, to be destroyed next: its slots have no pods."""
    workloads = stack.inside(model, DEPLOYMENT)
    return bool(workloads) and all(each.get("spec.replicas") == 0 for each in workloads)


def gpus(pod: Resource) -> float:
    """Return how many devices one pod takes: those of its containers, or of one that runs before them."""
    amounts = [(each, sum(quantity(value) or 0 for value in devices(each).values())) for each in containers(pod)]
    before = max((amount for each, amount in amounts if starts_the_pod(each)), default=0)
    return max(before, sum(amount for each, amount in amounts if not starts_the_pod(each)))


def wants_gpu(pod: Resource) -> bool:
    """Tell whether a pod asks for a device, by limit, by request or by claim."""
    asks = any(devices(each, side) for each in containers(pod) for side in ("limits", "requests"))
    return asks or bool(pod.items("spec.resourceClaims"))


def selects(selector: Mapping[str, Value], found: Mapping[str, Value]) -> bool:
    """Tell whether labels match a selector, which matches nothing when it is empty."""
    return bool(selector) and all(found.get(key) == value for key, value in selector.items())


class Selection:
    """Things that select pods of their namespace by label: Services, budgets, policies."""

    def __init__(self, things: Sequence[Resource], path: str) -> None:
        selecting = [(each, each.mapping(path)) for each in things]
        often = Counter(str(item) for _, selector in selecting for item in selector.items())
        # Found by the rarest of its labels: a stack of a thousand models has thousands of each.
        self._by_label: dict[str, list[tuple[Resource, dict[str, Value]]]] = {}
        for each, selector in selecting:
            if selector:
                rarest = min(map(str, selector.items()), key=lambda item: often[item])
                self._by_label.setdefault(rarest, []).append((each, selector))

    def of(self, workload: Resource) -> list[Resource]:
        """Return what selects the pods of a workload."""
        space, found = namespace(workload), labels(template(workload))
        near = (pair for item in found.items() for pair in self._by_label.get(str(item), ()))
        return [each for each, selector in near if namespace(each) == space and selects(selector, found)]


def arguments(container: Resource) -> list[Value]:
    """Return the whole command line of a container."""
    return [*container.items("command"), *container.items("args")]


def _is_device(key: str) -> bool:
    return key == GPU or key.startswith((f"{GPU}.", "nvidia.com/mig-"))
