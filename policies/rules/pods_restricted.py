"""Pods meet the restricted Pod Security Standard, with a read-only root, in namespaces that enforce it.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Violation, shown
from mechanics.node_agents import NAMESPACES, is_agent, may_be_privileged
from mechanics.pods import containers, in_containers, in_pods, object_name, template
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import POD, one_of

NAMESPACE = one_of("kubernetes/core", "Namespace")
ENFORCE = "pod-security.kubernetes.io/enforce"
SECCOMP = ("RuntimeDefault", "Localhost")
HOST_NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")
VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret", "image",
}  # fmt: skip


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return what a pod may do beyond serving, and namespaces that would let it."""
    if resource.is_a(NAMESPACE):
        return list(_namespace(resource))
    pod = template(resource)
    found = list(_host(pod))
    if not may_be_privileged(resource):
        found += [violation for each in containers(pod) for violation in _container(each)]
    if is_agent(resource):
        return found
    found += _volumes(pod)
    return found + [violation for each in containers(pod) for violation in _identity(each, pod)]


def _namespace(resource: Resource) -> Iterator[Violation]:
    level = resource.mapping("metadata.labels").get(ENFORCE)
    if level != "restricted" and object_name(resource) not in NAMESPACES:
        problem = f"the namespace enforces {shown(level)}"
        yield resource.violation("metadata.labels", problem, f'add the label {ENFORCE}: "restricted"')


def _host(pod: Resource) -> Iterator[Violation]:
    for key in HOST_NAMESPACES:
        if pod.get(f"spec.{key}") is True:
            yield pod.violation(f"spec.{key}", "the pod shares a namespace with its node", "remove it")
    for container in containers(pod):
        for port in container.parts("ports"):
            if port.get("hostPort"):
                yield port.violation("hostPort", "the container takes a port of its node", "remove it")


def _volumes(pod: Resource) -> Iterator[Violation]:
    for volume in pod.parts("spec.volumes"):
        kinds = [key for key, value in volume.props.items() if key != "name" and value is not None]
        for kind in sorted(set(kinds) - VOLUMES):
            yield volume.violation(kind, f"the pod mounts a {kind} volume", "use a volume that reaches no node")


def _container(container: Resource) -> Iterator[Violation]:
    if container.get("securityContext.privileged") is True:
        yield container.violation("securityContext.privileged", "the container is privileged", "remove it")
    if container.get("securityContext.allowPrivilegeEscalation") is not False:
        problem = "a process may become more than its parent"
        yield container.violation("securityContext.allowPrivilegeEscalation", problem, "set it to false")
    if "ALL" not in container.items("securityContext.capabilities.drop"):
        problem = "the container keeps the capabilities that its runtime gives"
        yield container.violation("securityContext.capabilities.drop", problem, "drop ALL")
    if container.get("securityContext.readOnlyRootFilesystem") is not True:
        problem = "the container may change its own programs"
        yield container.violation("securityContext.readOnlyRootFilesystem", problem, "set it to true")


def _identity(container: Resource, pod: Resource) -> Iterator[Violation]:
    if _first(container, pod, "runAsNonRoot") is not True or _first(container, pod, "runAsUser") == 0:
        path = "securityContext.runAsNonRoot"
        yield container.violation(path, "the container may run as root", "set runAsNonRoot, and a user other than 0")
    profile = _first(container, pod, "seccompProfile.type")
    if profile not in SECCOMP:
        problem = f"the seccomp profile is {shown(profile)}"
        yield container.violation("securityContext.seccompProfile.type", problem, 'set it to "RuntimeDefault"')
    if added := container.items("securityContext.capabilities.add"):
        problem = f"the container adds capabilities: {', '.join(map(str, added))}"
        yield container.violation("securityContext.capabilities.add", problem, "remove them")


def _first(container: Resource, pod: Resource, key: str) -> object:
    own = container.get(f"securityContext.{key}")
    return pod.get(f"spec.securityContext.{key}") if own is None else own


RULE = ResourceRule(
    id="pod-restricted",
    claim="Pods meet the restricted standard, and their namespaces enforce it.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*POD, *NAMESPACE),
    reads=(
        *in_containers("securityContext", "ports.hostPort"),
        *in_pods("spec.securityContext", *(f"spec.{key}" for key in HOST_NAMESPACES)),
        *("metadata.labels", "metadata.name"),
    ),
    unknown=WhenUnknown.CLOSED,
    standards=(
        "PSS restricted",
        "CIS 4.2.1",
        "CIS 4.2.2",
        "CIS 4.2.3",
        "CIS 4.2.4",
        "CIS 4.2.5",
        "CKV_K8S_16",
        "CKV_K8S_20",
        "CKV_K8S_22",
        "CKV_K8S_23",
        "CKV_K8S_37",
        "KSV-0001",
        "KSV-0012",
        "KSV-0014",
        "KSV-0030",
        "C-0013",
        "C-0016",
    ),
    check=check,
)
