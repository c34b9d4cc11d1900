import pytest
from cluster_mutants import BLUE, GATE_JOB, POD, SERVER
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "pod-restricted"
LABEL = "pod-security.kubernetes.io/enforce"


def test_restricted_pods_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("securityContext.privileged", True, "the container is privileged"),
        ("securityContext.allowPrivilegeEscalation", MISSING, "a process may become more than its parent"),
        ("securityContext.capabilities.drop", ["NET_RAW"], "the container keeps the capabilities"),
        ("securityContext.readOnlyRootFilesystem", MISSING, "the container may change its own programs"),
        ("securityContext.runAsNonRoot", False, "the container may run as root"),
        ("securityContext.seccompProfile", {"type": "Unconfined"}, 'the seccomp profile is "Unconfined"'),
    ],
)
def test_a_container_that_may_more_is_refused(path: str, value: object, problem: str) -> None:
    (found,) = messages(ID, spoil(BLUE, f"{SERVER}.{path}", value))
    assert problem in found
    assert f"Where: Deployment {BLUE}, {SERVER}.{path.split('=', maxsplit=1)[0]}" in found


def test_init_containers_count_too() -> None:
    (found,) = messages(ID, spoil(BLUE, f"{POD}.initContainers[0].securityContext.readOnlyRootFilesystem", False))
    assert f"{POD}.initContainers[0].securityContext.readOnlyRootFilesystem" in found


@pytest.mark.parametrize("key", ["hostNetwork", "hostPID", "hostIPC"])
def test_nobody_shares_a_namespace_with_the_node(key: str) -> None:
    assert f"{POD}.{key}. Fix: remove it" in messages(ID, spoil(GATE_JOB, f"{POD}.{key}", True))[0]


def test_a_volume_of_the_node_is_refused() -> None:
    (found,) = messages(ID, spoil(GATE_JOB, f"{POD}.volumes", [{"name": "disk", "hostPath": {"path": "/"}}]))
    assert "the pod mounts a hostPath volume" in found


@pytest.mark.parametrize("level", [None, "baseline", "privileged"])
def test_a_namespace_that_would_admit_more_is_refused(level: str | None) -> None:
    (found,) = messages(ID, spoil("models-namespace", "metadata.labels", {LABEL: level}))
    assert f'Fix: add the label {LABEL}: "restricted"' in found


@pytest.mark.parametrize(("kind", "name", "passes"), [
    ("DaemonSet", "device-plugin", True), ("DaemonSet", "logs", False), ("Deployment", "dcgm-exporter", False),
])  # fmt: skip
def test_what_serves_the_node_may_reach_into_it_and_nothing_else(kind: str, name: str, passes: bool) -> None:
    container = {
        "securityContext": {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]},
        }
    }  # fmt: skip
    pod = {"containers": [container], "volumes": [{"name": "plugins", "hostPath": {"path": "/var/lib/kubelet"}}]}
    props = {"metadata": {"name": name}, "spec": {"template": {"spec": pod}}}
    assert (messages(ID, put(resource(f"kubernetes:apps/v1:{kind}", "agent", props))) == []) is passes


def test_sharing_by_mps_needs_a_privileged_agent_and_nothing_else_does() -> None:
    pod = {"containers": [{"securityContext": {"privileged": True, "runAsUser": 0}}]}
    for name, passes in (("mps-control-mps-4", True), ("device-plugin", False)):
        props = {"metadata": {"name": name}, "spec": {"template": {"spec": pod}}}
        agent = put(resource("kubernetes:apps/v1:DaemonSet", "agent", props))
        assert (messages(ID, agent) == []) is passes


def test_the_namespace_of_agents_admits_them() -> None:
    props = {"metadata": {"name": "slipway-accelerators", "labels": {LABEL: "privileged"}}}
    assert messages(ID, put(resource("kubernetes:core/v1:Namespace", "agents", props))) == []


def test_what_is_no_pod_is_left_alone() -> None:
    props = {"spec": {"template": {"spec": {"hostNetwork": True, "containers": [{}]}}}}
    assert messages(ID, put(resource("kubernetes:core/v1:Service", "none", props))) == []
