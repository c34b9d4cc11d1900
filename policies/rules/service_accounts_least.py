"""Each pod has an account of its own, gets the cluster's token only to roll out, and may do only what is named."""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Violation, shown
from mechanics.node_agents import is_agent
from mechanics.pods import component, in_pods, template
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import POD, one_of

ACCOUNT = one_of("kubernetes/core", "ServiceAccount")
ROLE = one_of("kubernetes/rbac.authorization.k8s.io", "Role", "ClusterRole")
BINDING = one_of("kubernetes/rbac.authorization.k8s.io", "RoleBinding", "ClusterRoleBinding")
# They read and write routes of the cluster; everything else has no business with its API.
ASKING = ("gate", "shift")
POWERFUL = ("cluster-admin", "admin", "edit")
# A request to create names nothing yet, and one to list or watch names no single object, but gives all that is in them.
UNNAMED_VERBS = {"create", "list", "watch"}
READING_VERBS = {"list", "watch"}
EVERYBODY = ("system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts")


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return tokens that nobody needs, and rights that nobody named."""
    if resource.is_a(ROLE):
        return [violation for rule in resource.parts("rules") for violation in _rule(rule)]
    if resource.is_a(BINDING):
        return list(_binding(resource))
    if resource.is_a(ACCOUNT):
        return list(_token(resource, "automountServiceAccountToken"))
    return list(_pod(resource))


def _pod(workload: Resource) -> Iterator[Violation]:
    pod = template(workload)
    if pod.get("spec.serviceAccountName") in (None, "", "default") and not is_agent(workload):
        problem = "the pod runs under the account of its namespace"
        yield pod.violation("spec.serviceAccountName", problem, "give it an account of its own")
    if component(workload) not in ASKING:
        yield from _token(pod, "spec.automountServiceAccountToken")


def _token(thing: Resource, path: str) -> Iterator[Violation]:
    if thing.get(path) is not False:
        problem = "a token of the cluster's API is put into pods that do not ask it anything"
        yield thing.violation(path, problem, "set it to false")


def _rule(rule: Resource) -> Iterator[Violation]:
    for key in ("verbs", "resources", "apiGroups"):
        if "*" in rule.items(key):
            yield rule.violation(key, f"the role names no {key}, but all of them", f"name the {key}")
    verbs = {str(verb) for verb in rule.items("verbs")}
    unnamed = UNNAMED_VERBS - READING_VERBS if "secrets" in rule.items("resources") else UNNAMED_VERBS
    if verbs - unnamed - {"*"} and not rule.items("resourceNames") and not rule.items("nonResourceURLs"):
        named = ", ".join(sorted(verbs - unnamed))
        what = ", ".join(map(str, rule.items("resources")))
        yield rule.violation("resourceNames", f"the role may {named} any of {what}", "list resourceNames")


def _binding(binding: Resource) -> Iterator[Violation]:
    role = binding.get("roleRef.name")
    if role in POWERFUL:
        yield binding.violation("roleRef.name", f"the role {shown(role)} is bound", "write a role with named verbs")
    for subject in binding.parts("subjects"):
        if subject.text("name").startswith(EVERYBODY):
            problem = f"{shown(subject.get('name'))} are bound, which is more than one account"
            yield subject.violation("name", problem, "name the service account")


RULE = ResourceRule(
    id="service-account-and-rbac-least",
    claim="Pods have accounts of their own, without a token or a right that they do not need.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*POD, *ACCOUNT, *ROLE, *BINDING),
    reads=(
        *in_pods("spec.serviceAccountName", "spec.automountServiceAccountToken"),
        *("automountServiceAccountToken", "rules", "roleRef", "subjects.name"),
    ),
    unknown=WhenUnknown.CLOSED,
    standards=(
        "CIS 4.1.1",
        "CIS 4.1.3",
        "CIS 4.1.5",
        "CIS 4.1.6",
        "CIS 5.2.1",
        "CKV_K8S_38",
        "CKV_K8S_41",
        "CKV_K8S_42",
        "CKV_K8S_49",
        "KSV-0036",
        "KSV-0044",
        "KSV-0045",
        "C-0034",
        "C-0187",
        "C-0190",
    ),
    check=check,
)
