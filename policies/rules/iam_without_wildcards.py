"""No document allows everything, to everyone, or on everything where a resource can be named."""

import re
from collections.abc import Iterator

from mechanics.documents import Statement, allowing, listed, principals
from mechanics.facts import Config, Resource, Stack, Violation
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import one_of

IDENTITY = one_of("aws/iam", "Policy", "RolePolicy", "UserPolicy", "GroupPolicy")
ROLE = one_of("aws/iam", "Role")
ATTACHED = one_of("aws/iam", "RolePolicyAttachment", "PolicyAttachment")
ON_RESOURCE = (
    *one_of("aws/kms", "Key", "KeyPolicy", "ReplicaKey"),
    *one_of("aws/s3", "BucketPolicy"),
    *one_of("aws/ecr", "RepositoryPolicy", "RegistryPolicy"),
    *one_of("aws/sqs", "QueuePolicy"),
    *one_of("aws/sns", "TopicPolicy"),
    *one_of("aws/secretsmanager", "SecretPolicy"),
)

_UNNAMED = (
    r"pricing:GetProducts|iam:(Get|List)InstanceProfiles?|ecr:GetAuthorizationToken|[a-z0-9-]+:(Describe|List)\w*\*?"
)
_WHOLE_SERVICE = re.compile(r"\*|[a-z0-9-]+:\*")
_TOO_MUCH = re.compile(r":policy/(?:.+/)?(AdministratorAccess.*|PowerUserAccess|.*FullAccess)$")


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return the statements and attachments that give away too much."""
    return [
        each.violation(path, problem, fix)
        for each in stack.of(RULE.types)
        for path, problem, fix in (*_attachment(each), *_documents(each, config))
    ]


def _attachment(resource: Resource) -> Iterator[tuple[str, str, str]]:
    if resource.is_a(ATTACHED) and (found := _TOO_MUCH.search(resource.text("policyArn"))):
        yield "policyArn", f"the AWS policy {found[1]} is attached", "write a policy that names actions and resources"


def _documents(resource: Resource, config: Config) -> Iterator[tuple[str, str, str]]:
    path = "assumeRolePolicy" if resource.is_a(ROLE) else "policy"
    for number, statement in enumerate(allowing(resource.get(path)), 1):
        label = str(statement.get("Sid") or f"number {number}")
        # A boundary grants nothing: it is the most that other documents can.
        grants = resource.is_a(IDENTITY) and resource.get("name") != config["boundary"]
        for problem, fix in _statement(statement, config, identity=grants):
            yield path, f"statement {label} {problem}", fix


def _statement(statement: Statement, config: Config, *, identity: bool) -> Iterator[tuple[str, str]]:
    actions = [str(action) for action in listed(statement.get("Action"))]
    for action in filter(_WHOLE_SERVICE.fullmatch, actions):
        yield f'allows the action "{action}"', "name the actions"
    if "NotAction" in statement:
        yield "allows all actions but some", "name the actions"
    if "*" in principals(statement) and not statement.get("Condition"):
        yield "allows everyone", "name the principal, or add a condition"
    open_to_all = [action for action in actions if not re.fullmatch(config["unnamedResources"], action)]
    if identity and "*" in listed(statement.get("Resource")) and not statement.get("Condition") and open_to_all:
        yield f'allows {open_to_all[0]} on the resource "*"', "name the resource, or add a condition"


RULE = StackRule(
    id="iam-no-wildcard",
    claim="No IAM document allows everything, to everyone, or on everything.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*IDENTITY, *ROLE, *ATTACHED, *ON_RESOURCE),
    reads=("policy", "assumeRolePolicy", "policyArn"),
    unknown=WhenUnknown.BY_DEPENDENCY,
    # Their ARNs, and nothing else that a document could hide, come from applying the stack.
    trusted=(
        *one_of("aws/ec2", "VpcEndpoint"),
        *one_of("aws/s3", "Bucket"),
        *one_of("aws/kms", "Key"),
        *one_of("aws/iam", "Role", "Policy", "OpenIdConnectProvider"),
        *one_of("aws/sns", "Topic"),
        *one_of("aws/sqs", "Queue"),
        *one_of("aws/lb", "TargetGroup", "LoadBalancer"),
        *one_of("aws/ecr", "Repository"),
        *one_of("aws/eks", "Cluster"),
        *one_of("aws/amp", "Workspace"),
        *one_of("aws/cloudwatch", "LogGroup"),
    ),
    options=(
        Option(
            name="unnamedResources",
            schema={"type": "string", "description": "Actions that AWS lets nobody bind to a resource, as a pattern."},
            values=PerKind(local=_UNNAMED, dev=_UNNAMED, prod=_UNNAMED),
        ),
        Option(
            name="boundary",
            schema={"type": "string", "description": "The policy that limits all roles and grants nothing itself."},
            values=PerKind(local="slipway-boundary", dev="slipway-boundary", prod="slipway-boundary"),
        ),
    ),
    standards=("IAM.1", "IAM.21", "KMS.1", "KMS.2", "CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_355", "AWS-0057"),
    check=check,
)
