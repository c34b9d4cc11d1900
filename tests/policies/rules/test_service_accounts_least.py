import pytest
from cluster_mutants import BLUE, GATE_JOB, POD
from planned_pods import MODEL
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "service-account-and-rbac-least"
ROLE, BINDING = f"{MODEL}-shift-role", f"{MODEL}-shift-binding"


def test_accounts_with_what_they_need_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize("account", [MISSING, "", "default"])
def test_a_pod_has_an_account_of_its_own(account: object) -> None:
    (found,) = messages(ID, spoil(GATE_JOB, f"{POD}.serviceAccountName", account))
    assert "the pod runs under the account of its namespace. Where: Job" in found


@pytest.mark.parametrize("value", [MISSING, True])
def test_only_gates_and_shifts_get_a_token(value: object) -> None:
    (found,) = messages(ID, spoil(BLUE, f"{POD}.automountServiceAccountToken", value))
    assert "a token of the cluster's API is put into pods that do not ask it anything" in found
    assert messages(ID, spoil(GATE_JOB, f"{POD}.automountServiceAccountToken", value)) == []


def test_an_agent_of_the_node_needs_no_account_and_no_token() -> None:
    def agent(**pod: object) -> list[str]:
        props = {"metadata": {"name": "dcgm-exporter"}, "spec": {"template": {"spec": pod}}}
        return messages(ID, put(resource("kubernetes:apps/v1:DaemonSet", "agent", props)))

    assert agent(automountServiceAccountToken=False) == []
    assert "a token of the cluster's API" in agent()[0]


def test_an_account_gives_its_token_to_no_pod_by_itself() -> None:
    (found,) = messages(ID, spoil(f"{BLUE}-account", "automountServiceAccountToken", MISSING))
    assert f"Where: ServiceAccount {BLUE}-account, automountServiceAccountToken." in found


@pytest.mark.parametrize("key", ["verbs", "resources", "apiGroups"])
def test_a_role_names_what_it_allows(key: str) -> None:
    (found,) = messages(ID, spoil(ROLE, f"rules[0].{key}", ["*"]))
    assert f"Where: Role {ROLE}, rules[0].{key}. Fix: name the {key}" in found


def test_a_shift_patches_its_own_routes_only() -> None:
    (found,) = messages(ID, spoil(ROLE, "rules[0].resourceNames", MISSING))
    assert "the role may get, patch any of httproutes, grpcroutes" in found
    listing = {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}
    assert messages(ID, spoil(ROLE, "rules", [listing])) == []


@pytest.mark.parametrize("verbs", [["list"], ["watch"], ["get", "list"], ["create", "watch"]])
@pytest.mark.parametrize("resources", [["secrets"], ["configmaps", "secrets"]])
def test_nobody_reads_all_secrets(verbs: list[str], resources: list[str]) -> None:
    reading = {"apiGroups": [""], "resources": resources, "verbs": verbs}
    assert "any of" in messages(ID, spoil(ROLE, "rules", [reading]))[0]
    assert messages(ID, spoil(ROLE, "rules", [{**reading, "resourceNames": ["gateway-keys"]}])) == []
    assert messages(ID, spoil(ROLE, "rules", [{**reading, "verbs": ["create"]}])) == []


@pytest.mark.parametrize("role", ["cluster-admin", "admin", "edit"])
def test_nobody_is_bound_to_a_role_for_everything(role: str) -> None:
    assert f'the role "{role}" is bound' in messages(ID, spoil(BINDING, "roleRef.name", role))[0]


@pytest.mark.parametrize("name", ["system:authenticated", "system:serviceaccounts", "system:serviceaccounts:models"])
def test_a_role_is_bound_to_one_account(name: str) -> None:
    (found,) = messages(ID, spoil(BINDING, "subjects[0].name", name))
    assert "are bound, which is more than one account" in found


def test_roles_of_a_whole_cluster_and_of_older_versions_count_too() -> None:
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"], "resourceNames": ["x"]}
    for token in ("v1beta1:ClusterRole", "v1alpha1:RolePatch"):
        role = resource(f"kubernetes:rbac.authorization.k8s.io/{token}", "old", {"rules": [rule]})
        assert len(messages(ID, put(role))) == 1


def test_what_has_no_account_is_left_alone() -> None:
    assert messages(ID, put(resource("kubernetes:core/v1:Secret", "none", {"rules": [{"verbs": ["*"]}]}))) == []
