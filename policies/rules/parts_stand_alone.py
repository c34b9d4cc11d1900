"""Policies, rules and routes are resources of their own, where every rule sees them and no two fight over them.

AWS lets many resources carry their parts inline; the provider then removes what an own resource added, and back.
"""

from mechanics.facts import Config, Resource, Violation
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import Type

# Type, property that holds a part inline, the resource that the part should be.
PARTS = (
    (Type("aws/ec2", "RouteTable"), "routes", "Route"),
    (Type("aws/ec2", "SecurityGroup"), "egress", "SecurityGroupEgressRule"),
    (Type("aws/ec2", "SecurityGroup"), "ingress", "SecurityGroupIngressRule"),
    (Type("aws/iam", "Role"), "inlinePolicies", "RolePolicy"),
    (Type("aws/iam", "Role"), "managedPolicyArns", "RolePolicyAttachment"),
    (Type("aws/s3", "Bucket"), "policy", "BucketPolicy"),
    (Type("aws/secretsmanager", "Secret"), "policy", "SecretPolicy"),
    (Type("aws/sns", "Topic"), "policy", "TopicPolicy"),
    (Type("aws/sqs", "Queue"), "policy", "QueuePolicy"),
)


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return the parts that a resource carries inline."""
    return [
        resource.violation(path, f"{path} is set inline", f"make it a {part}")
        for type_, path, part in PARTS
        if type_ == resource.type and resource.get(path)
    ]


RULE = ResourceRule(
    id="parts-stand-alone",
    claim="Policies, rules and routes are resources of their own.",
    severity=Severity.MEDIUM,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=tuple(dict.fromkeys(type_ for type_, _, _ in PARTS)),
    reads=tuple(dict.fromkeys(path for _, path, _ in PARTS)),
    unknown=WhenUnknown.CLOSED,
    check=check,
)
