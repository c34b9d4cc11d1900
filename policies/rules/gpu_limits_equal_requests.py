"""A pod that takes a GPU takes whole ones, and says what it needs besides, so that the node it gets is enough."""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Violation, shown
from mechanics.pods import containers, devices, in_containers, in_pods, starts_the_pod, template, wants_gpu
from mechanics.quantities import quantity
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import POD

SHARED_MEMORY = "/dev/shm"  # noqa: S108 - where Triton's python backend passes tensors to its stubs
NEEDED = (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return containers of GPU pods that ask for parts, for too little, or for what they cannot keep."""
    pod = template(resource)
    if not wants_gpu(pod):
        return []
    return [
        violation
        for container in containers(pod)
        for violation in (*_device(container), *_needs(container), *_shared(container, pod))
    ]


def _device(container: Resource) -> Iterator[Violation]:
    limits, requests = devices(container), devices(container, "requests")
    for device, value in limits.items():
        amount = quantity(value)
        if starts_the_pod(container):
            problem = f"an init container holds {device} while the model's own container waits for it"
            yield container.violation("resources.limits", problem, "ask for the device where the model is served")
        elif amount is None or amount < 1 or amount % 1:
            problem = f"the limit of {device} is {shown(value)}"
            yield container.violation("resources.limits", problem, "give a whole number of at least 1")
        if device in requests and quantity(requests[device]) != amount:
            problem = f"the request of {device} is {shown(requests[device])} and its limit {shown(value)}"
            yield container.violation("resources.requests", problem, "set the limit only; Kubernetes requests the same")
    for device in requests.keys() - limits.keys():
        yield container.violation("resources.requests", f"{device} is requested without a limit", "set the limit only")


def _needs(container: Resource) -> Iterator[Violation]:
    for side, resource in NEEDED:
        if (quantity(container.mapping(f"resources.{side}").get(resource)) or 0) <= 0:
            problem = f"the container names no {resource} under {side}"
            yield container.violation(f"resources.{side}", problem, f"set resources.{side}.{resource}")


def _shared(container: Resource, pod: Resource) -> Iterator[Violation]:
    mounted = {each.text("name") for each in container.parts("volumeMounts") if each.get("mountPath") == SHARED_MEMORY}
    for volume in pod.parts("spec.volumes"):
        if volume.text("name") in mounted and not volume.get("emptyDir.sizeLimit"):
            problem = f"the memory at {SHARED_MEMORY} has no size"
            yield volume.violation("emptyDir.sizeLimit", problem, "set it from the model's resources.shm_mib")


RULE = ResourceRule(
    id="gpu-limits-equal-requests",
    claim="GPU containers take whole devices, and name the CPU and memory that they need.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=POD,
    reads=(*in_containers("resources", "volumeMounts"), *in_pods("spec.volumes.emptyDir")),
    unknown=WhenUnknown.CLOSED,
    standards=("CKV_K8S_10", "CKV_K8S_12", "CKV_K8S_13", "C-0009", "KSV-0015", "KSV-0016", "KSV-0018"),
    check=check,
)
