"""All rules, and every resource type that somebody has thought about.

A module in `rules/` with a `RULE` is a rule; there is no other list of them. Types are known because a rule looks at
them, or because they are exempt here with a reason; `FORBIDDEN` ones have no place in a stack at all, and
`OPAQUE` ones hide what they make.
"""

import importlib
import pkgutil
from dataclasses import dataclass

import rules
from mechanics.rule import ResourceRule, StackRule
from mechanics.tokens import ANY_KIND, CLIENT_KEY, CLUSTER_GUARDS, PLATFORM, PROBER, SUPERVISOR, Type, one_of

AnyRule = ResourceRule | StackRule


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """A type that no rule needs to look at."""

    type: Type
    reason: str
    owner: str
    reviewed: str


def _exempt(type_: Type, reason: str) -> Exemption:
    return Exemption(type=type_, reason=reason, owner="slipway", reviewed="2026-11-22")


CLOUD = tuple(
    _exempt(type_, reason)
    for reason, types in {
        "joins two resources that are checked": (
            *one_of("aws/apigatewayv2", "ApiMapping"),
            *one_of("aws/cloudwatch", "EventTarget"),
            *one_of("aws/ec2", "RouteTableAssociation"),
            *one_of("aws/ec2", "VpcEndpointRouteTableAssociation", "VpcEndpointSubnetAssociation"),
            *one_of("aws/kms", "Alias"),
        ),
        "a way between networks; who may come in is checked on security groups": one_of("aws/ec2", "Route"),
        "says which tokens pass; that a route asks for one is checked on the route": (
            *one_of("aws/apigatewayv2", "Authorizer"),
        ),
        "a name, or the proof that a name is ours": (
            *one_of("aws/acm", "CertificateValidation"),
            *one_of("aws/route53", "Record"),
        ),
        "reads public registries only": one_of("aws/ecr", "PullThroughCacheRule"),
        # A cached tag that could not move would never be refreshed; what runs is named by digest.
        "describes repositories of cached images": one_of("aws/ecr", "RepositoryCreationTemplate"),
        "one per account: scanning, and the tag that costs are grouped by": (
            *one_of("aws/ecr", "RegistryScanningConfiguration"),
            *one_of("aws/costexplorer", "CostAllocationTag"),
        ),
        "who enters the cluster is a list in the stack file, read in review": (
            *one_of("aws/eks", "AccessPolicyAssociation"),
        ),
        "only keeps more: locks and access logs of a bucket": (
            *one_of("aws/s3", "BucketLogging", "BucketObjectLockConfiguration"),
        ),
        "an address that alarms are sent to": one_of("aws/sns", "TopicSubscription"),
        "retention and limits of a workspace": one_of("aws/amp", "WorkspaceConfiguration"),
        "built here; what runs is named by its digest": one_of("docker/index/image", "Image"),
    }.items()
    for type_ in types
)

CLUSTER = tuple(
    _exempt(type_, reason)
    for reason, types in {
        "holds secrets, encrypted in the state; that nothing else holds them is checked": one_of(
            "kubernetes/core", "Secret"
        ),
        "only tells the cluster's kinds apart": (
            *one_of("kubernetes/apiextensions.k8s.io", "CustomResourceDefinition"),
            *one_of("kubernetes/gateway.networking.k8s.io", "GatewayClass"),
        ),
        "refuses and answers requests, and lets none through that a route does not": (
            *one_of("kubernetes/gateway.envoyproxy.io", "EnvoyExtensionPolicy", "HTTPRouteFilter"),
        ),
        "joins the gateway to the load balancer, which is checked": one_of(
            "kubernetes/elbv2.k8s.aws", "TargetGroupBinding"
        ),
        "says who gives way when a node is full": one_of("kubernetes/scheduling.k8s.io", "PriorityClass"),
        "a limit of a namespace": one_of("kubernetes/core", "LimitRange", "ResourceQuota"),
        "lets routes name a Service of another namespace; where they lead is checked": (
            *one_of("kubernetes/gateway.networking.k8s.io", "ReferenceGrant"),
        ),
    }.items()
    for type_ in types
)

EXEMPT = (
    _exempt(Type("pulumi/pulumi", "Stack"), "the stack itself: has no inputs"),
    _exempt(Type("pulumi/providers", "pulumi-python"), "runs our dynamic resources, which are checked"),
    *(_exempt(type_, "holds the others together; what they are is checked on them") for type_ in PLATFORM),
    *(_exempt(type_, "starts what other resources describe; decides nothing itself") for type_ in SUPERVISOR),
    *(_exempt(type_, "generates a key; which client may call what is checked on the gateway") for type_ in CLIENT_KEY),
    *(_exempt(type_, "compares what a plan is for with what is there") for type_ in CLUSTER_GUARDS),
    _exempt(Type("dynamic/slipway/aws", "SelfSignedCertificate"), "makes a certificate that only our own doors show"),
    *(_exempt(type_, "asks a slot for a golden answer; has no door of its own") for type_ in PROBER),
    _exempt(Type("slipway/aws", ANY_KIND), "holds resources of AWS together, which are checked one by one"),
    *CLOUD,
    _exempt(Type("slipway/kubernetes", ANY_KIND), "holds objects of a cluster together, which are checked one by one"),
    _exempt(Type("pulumi/providers", "kubernetes"), "says which cluster; what is made in it is checked"),
    *CLUSTER,
)

FORBIDDEN = {
    Type("dynamic", "Resource"): "give the dynamic resource a module and a name, so that rules can tell what it is",
    Type("aws/iam", "User"): "give people roles, and pods a pod identity",
    Type("aws/iam", "AccessKey"): "a key that never expires leaks one day; use a role",
    Type("aws/elb", ANY_KIND): "use the network load balancer of the edge",
    Type("aws/apigateway", ANY_KIND): "use the HTTP API of the edge",
    Type("aws/s3", "BucketAcl"): "switch ACLs off and write a bucket policy",
}

# What these make never becomes a resource that a rule could look at, or only under a name that it does not know.
OPAQUE = (
    *one_of("kubernetes/helm.sh", "Chart", "Release"),
    *one_of("kubernetes/yaml", "ConfigFile", "ConfigGroup"),
    *one_of("kubernetes/kustomize", "Directory"),
    *one_of("command/local", "Command", "Run"),
    *one_of("command/remote", "Command", "CopyFile", "CopyToRemote"),
    *one_of("docker-build/index", "Image", "Index"),
    Type("eks/index", ANY_KIND),
    *(Type(f"awsx/{module}", ANY_KIND) for module in ("cloudtrail", "ec2", "ecr", "ecs", "lb")),
)


def load() -> tuple[AnyRule, ...]:
    """Return every rule of the pack, by id."""
    names = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
    found = [importlib.import_module(f"rules.{name}").RULE for name in names]
    return tuple(sorted(found, key=lambda rule: str(rule.id)))


def checked() -> dict[Type, list[str]]:
    """Return the ids of the rules that look at each type. A rule for all kinds of a group makes none of them known."""
    table: dict[Type, list[str]] = {}
    for rule in load():
        for type_ in rule.types:
            if type_.kind != ANY_KIND:
                table.setdefault(type_, []).append(rule.id)
    return dict(sorted(table.items()))


def known_types() -> tuple[Type, ...]:
    """Return every type that a rule looks at, that is exempt, or whose content must be listed."""
    return (*checked(), *(exemption.type for exemption in EXEMPT), *OPAQUE)
