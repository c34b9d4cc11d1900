"""A pod with a GPU may and must run on GPU nodes; a pod without one does neither.

Half of the pair is the expensive mistake: a toleration alone leaves a pod on any node, a selector alone leaves it
waiting for ever, and a pod without a GPU that tolerates the taint keeps a GPU node alive for nothing.
"""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Violation
from mechanics.node_agents import is_agent
from mechanics.node_pools import POOL_LABEL
from mechanics.pods import GPU, REQUIRED_NODES, in_containers, in_pods, template, wants_gpu
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import POD

GPU_ONLY_KEYS = ("nvidia.com/gpu.present", "nvidia.com/gpu.product")
POOL_KEYS = (POOL_LABEL, "karpenter.sh/nodepool", *GPU_ONLY_KEYS)
SELECTOR, TOLERATIONS = "spec.nodeSelector", "spec.tolerations"


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return pods of which one half is missing, and pods without a GPU that have a half."""
    if is_agent(resource):
        return []
    pod = template(resource)
    return [*_blanket(pod), *(_with_gpu(pod) if wants_gpu(pod) else _without_gpu(pod))]


def _blanket(pod: Resource) -> Iterator[Violation]:
    for each in pod.parts(TOLERATIONS):
        if not each.get("key") and each.get("operator") == "Exists":
            yield each.violation("key", "the pod tolerates every taint there is", "name the key that it tolerates")


def _with_gpu(pod: Resource) -> Iterator[Violation]:
    if not _tolerates(pod):
        problem = "the pod asks for a GPU, and does not tolerate the taint of GPU nodes"
        yield pod.violation(TOLERATIONS, problem, f"add a toleration of {GPU}")
    if not _selected(pod) & set(POOL_KEYS):
        problem = "the pod asks for a GPU, and does not say from which pool"
        yield pod.violation(SELECTOR, problem, f"select {POOL_LABEL}")


def _without_gpu(pod: Resource) -> Iterator[Violation]:
    if _tolerates(pod):
        problem = "the pod has no GPU, and could take the place of one that has"
        yield pod.violation(TOLERATIONS, problem, f"remove the toleration of {GPU}, or ask for a GPU")
    if _selected(pod) & set(GPU_ONLY_KEYS):
        problem = "the pod has no GPU, and waits for a GPU node"
        yield pod.violation(SELECTOR, problem, "ask for a GPU, or select another pool")


def _tolerates(pod: Resource) -> bool:
    return any(each.get("key") == GPU for each in pod.parts(TOLERATIONS))


def _selected(pod: Resource) -> set[object]:
    terms = [each for term in pod.parts(REQUIRED_NODES) for each in term.parts("matchExpressions")]
    return {*pod.mapping(SELECTOR), *(str(each.get("key")) for each in terms if each.get("operator") != "NotIn")}


RULE = ResourceRule(
    id="gpu-scheduling-pair",
    claim="Pods with a GPU run on GPU nodes, and no others do.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=POD,
    reads=(*in_pods("spec.nodeSelector", "spec.tolerations", "spec.affinity"), *in_containers("resources")),
    unknown=WhenUnknown.CLOSED,
    check=check,
)
