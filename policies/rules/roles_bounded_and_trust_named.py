"""Every role stays below the boundary, and its trust names who may take it."""

from collections.abc import Iterator

from mechanics.documents import Statement, conditions, principals, statements
from mechanics.facts import Config, Resource, Violation, shown
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import one_of

ROLE = one_of("aws/iam", "Role")
POD_IDENTITY = "pods.eks.amazonaws.com"
WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return what lets a role do more, or more people take it, than was meant."""
    trust = statements(resource.get("assumeRolePolicy"))
    found = [("assumeRolePolicy", problem, fix) for each in trust for problem, fix in _trust(each)]
    if not trust:
        found.append(("assumeRolePolicy", "nobody is named who may take the role", "name a service or an identity"))
    if not resource.get("permissionsBoundary") and not any(map(_is_for_ci, trust)):
        found.append(("permissionsBoundary", "the role has no boundary", "set the boundary that the foundation made"))
    if not resource.text("path").startswith(config["rolePath"]):
        problem = f"the role's path is {shown(resource.get('path'))}, outside what deploy roles may change"
        found.append(("path", problem, f"put it below {config['rolePath']}"))
    return [resource.violation(path, problem, fix) for path, problem, fix in found]


def _trust(statement: Statement) -> Iterator[tuple[str, str]]:
    if "*" in principals(statement):
        yield "anybody may take the role", "name a service or an identity"
    if POD_IDENTITY in principals(statement):
        account = conditions(statement, "StringEquals").get("aws:SourceAccount")
        cluster = {**conditions(statement, "ArnEquals"), **conditions(statement, "ArnLike")}.get("aws:SourceArn")
        if not account or not cluster or any("cluster/*" in str(each) for each in cluster):
            yield "pods of any cluster may take the role", "add conditions on aws:SourceAccount and aws:SourceArn"
    if _is_for_ci(statement):
        compared = conditions(statement, "StringEquals")
        for claim in ("aud", "sub"):
            values = [value for key, found in compared.items() if key.endswith(f":{claim}") for value in found]
            if not values or any("*" in str(value) for value in values):
                fix = f"compare the claim {claim} with StringEquals and whole values"
                yield f"any token of the identity provider passes, whatever its {claim}", fix


def _is_for_ci(statement: Statement) -> bool:
    actions = statement.get("Action")
    return WEB_IDENTITY in (actions if isinstance(actions, list) else [actions])


RULE = ResourceRule(
    id="roles-bounded",
    claim="Every role has a boundary, and its trust names who may take it.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=ROLE,
    reads=("assumeRolePolicy", "permissionsBoundary", "path"),
    unknown=WhenUnknown.OPEN,
    options=(
        Option(
            name="rolePath",
            schema={"type": "string", "description": "The path that every role of ours begins with."},
            values=PerKind(local="/slipway/", dev="/slipway/", prod="/slipway/"),
        ),
    ),
    standards=("CIS 5.2.1", "CKV_AWS_61", "AWS-0342"),
    check=check,
)
