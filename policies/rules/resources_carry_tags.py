"""Every resource that takes tags says whose it is, so that costs and left-overs can be found."""

from mechanics.facts import Config, Resource, Violation
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import BALANCER, BUCKET, CLUSTER, LAUNCH_TEMPLATE, NODE_GROUP, one_of

NEEDED = ["slipway:stack", "slipway:environment", "slipway:owner", "slipway:cost-centre"]
TAGGABLE = (
    *CLUSTER,
    *NODE_GROUP,
    *LAUNCH_TEMPLATE,
    *BUCKET,
    *BALANCER,
    *one_of("aws/acm", "Certificate"),
    *one_of("aws/amp", "Workspace"),
    *one_of("aws/apigatewayv2", "Api", "DomainName", "Stage", "VpcLink"),
    *one_of("aws/budgets", "Budget"),
    *one_of("aws/chatbot", "SlackChannelConfiguration"),
    *one_of("aws/cloudfront", "Distribution"),
    *one_of("aws/cloudwatch", "EventRule", "LogGroup", "MetricAlarm"),
    *one_of("aws/costexplorer", "AnomalyMonitor", "AnomalySubscription"),
    *one_of("aws/ec2", "DefaultSecurityGroup", "Eip", "FlowLog", "InternetGateway", "NatGateway", "PlacementGroup"),
    *one_of("aws/ec2", "RouteTable", "SecurityGroup", "Subnet", "Vpc", "VpcEndpoint"),
    *one_of("aws/ecr", "Repository"),
    *one_of("aws/eks", "AccessEntry", "Addon", "PodIdentityAssociation"),
    *one_of("aws/iam", "InstanceProfile", "OpenIdConnectProvider", "Policy", "Role"),
    *one_of("aws/kms", "Key"),
    *one_of("aws/lb", "Listener", "TargetGroup"),
    *one_of("aws/route53", "HealthCheck"),
    *one_of("aws/s3", "BucketObject"),
    *one_of("aws/sns", "Topic"),
    *one_of("aws/sqs", "Queue"),
    *one_of("aws/vpc", "SecurityGroupEgressRule", "SecurityGroupIngressRule"),
    *one_of("aws/wafv2", "WebAcl"),
)


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return a resource whose tags leave something out."""
    missing = [key for key in config["needed"] if not resource.mapping("tags").get(key)]
    if not missing:
        return []
    return [resource.violation("tags", f"tags are missing: {', '.join(missing)}", "take the tags of the stack's site")]


RULE = ResourceRule(
    id="required-tags",
    claim="Every resource that takes tags says which stack, environment, owner and cost centre it belongs to.",
    severity=Severity.MEDIUM,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=TAGGABLE,
    reads=("tags",),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="needed",
            schema={"type": "array", "items": {"type": "string"}, "description": "Keys that every resource carries."},
            values=PerKind(local=NEEDED, dev=NEEDED, prod=NEEDED),
        ),
    ),
    standards=("C-0076", "C-0077"),
    check=check,
)
