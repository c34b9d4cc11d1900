"""Each service account has a role of its own, so that what one pod may do says nothing about another."""

from collections import defaultdict

from mechanics.facts import Config, Resource, Stack, Violation
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import one_of

ASSOCIATION = one_of("aws/eks", "PodIdentityAssociation")


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return the service accounts that share a role with another."""
    sharing: defaultdict[str, list[Resource]] = defaultdict(list)
    for each in stack.of(ASSOCIATION):
        # A role that is made by the same update has no ARN yet, but it is known where the ARN will come from.
        role = each.property_dependencies.get("roleArn") or each.get("roleArn")
        sharing[str(role or each.urn)].append(each)
    return [
        each.violation("serviceAccount", f"the role is shared by {_accounts(group)}", "give each its own role")
        for group in sharing.values()
        if len({_account(each) for each in group}) > 1
        for each in group
    ]


def _accounts(group: list[Resource]) -> str:
    return ", ".join(sorted(_account(each) for each in group))


def _account(association: Resource) -> str:
    return f"{association.text('namespace')}/{association.text('serviceAccount')}"


RULE = StackRule(
    id="pod-identity-scoped",
    claim="No two service accounts share a role.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=ASSOCIATION,
    reads=("serviceAccount",),
    unknown=WhenUnknown.OPEN,
    standards=("CIS 5.2.1",),
    check=check,
)
