"""Type tokens: how a rule names what it looks at.

Rules compare the canonical form (group and kind) instead of whole tokens, so that another API version, a `Patch`, a
`List` or a `V2` of a type is the same type and cannot slip past a rule.
"""

import re
from dataclasses import dataclass
from functools import cache

# The engine's own prefix of a dynamic resource written in Python.
DYNAMIC = "pulumi-python:dynamic"
ANY_KIND = "*"

_KUBERNETES_VERSION = re.compile(r"/v\d+((alpha|beta)\d+)?$")
_KUBERNETES_FORM = re.compile(r"(?<=.)(Patch|List)$")
_AWS_FORM = re.compile(r"[Vv]2$")
_AWS_MODULES = {"alb": "lb", "applicationloadbalancing": "lb", "elasticloadbalancingv2": "lb"}


@dataclass(frozen=True, order=True)
class Type:
    """A resource type without what varies between its versions: `kubernetes/apps` and `Deployment`."""

    group: str
    kind: str

    def covers(self, other: "Type") -> bool:
        """Tell whether `other` is this type, or any of the group where this kind is `*`."""
        return self.group == other.group and self.kind in {ANY_KIND, other.kind}

    def __str__(self) -> str:
        return f"{self.group}:{self.kind}"


@cache
def canonical(token: str) -> Type:
    """Return the type that a token of the engine names.

    Args:
        token: e.g. `slipway:local:Model`, `kubernetes:apps/v1:Deployment`, `aws:s3/bucketV2:BucketV2`,
            `pulumi-python:dynamic/slipway/local:Traffic`.
    """
    if token.startswith(DYNAMIC):
        group, _, kind = token.partition(":")[2].rpartition(":")
        return Type(group, kind)
    package, _, rest = token.partition(":")
    module, _, kind = rest.rpartition(":")
    if package == "kubernetes":
        return Type(f"kubernetes/{_KUBERNETES_VERSION.sub('', module)}", _KUBERNETES_FORM.sub("", kind))
    if package == "aws":
        module = module.partition("/")[0]
        return Type(f"aws/{_AWS_MODULES.get(module, module)}", _AWS_FORM.sub("", kind))
    return Type(f"{package}/{module}", kind)


def one_of(group: str, *kinds: str) -> tuple[Type, ...]:
    """Return the types of these kinds in one group."""
    return tuple(Type(group, kind) for kind in kinds)


# Slipway's own types, one tuple per thing, with a token for each platform.
PLATFORM = one_of("slipway/local", "Platform")
OWN_BUDGET = (Type("slipway/aws", "Budget"),)
LOCAL_GATEWAY = one_of("slipway/local", "Gateway")
GATEWAY = (*LOCAL_GATEWAY, *one_of("slipway/kubernetes", "Gateway"))
CLUSTER_MODEL = one_of("slipway/kubernetes", "Model")
MODEL = (*one_of("slipway/local", "Model"), *CLUSTER_MODEL)
SUPERVISOR = (Type("dynamic/slipway/local", "Supervisor"),)
CLIENT_KEY = (Type("dynamic/slipway/local", "ClientKey"),)
GATEWAY_PROCESS = (Type("dynamic/slipway/local", "GatewayProcess"),)
LOCAL_SLOT = (Type("dynamic/slipway/local", "ModelSlot"),)
MODEL_SLOT = (*LOCAL_SLOT, *one_of("slipway/kubernetes", "ModelSlot"))
GATE = (Type("dynamic/slipway/local", "Gate"), *one_of("slipway/kubernetes", "Gate"))
TRAFFIC = (Type("dynamic/slipway/local", "Traffic"), *one_of("slipway/kubernetes", "Traffic"))
PROBER = (Type("dynamic/slipway/local", "Prober"),)

CLUSTER_GUARDS = one_of("dynamic/slipway/kubernetes", "ClusterIdentity", "LiveSlot")

# Whatever we wrote ourselves, known by name or not.
OWN = (
    Type("slipway/local", ANY_KIND),
    Type("dynamic/slipway/local", ANY_KIND),
    Type("slipway/kubernetes", ANY_KIND),
    Type("dynamic/slipway/kubernetes", ANY_KIND),
    Type("dynamic/slipway/aws", ANY_KIND),
)

# Types of AWS that several rules look at.
AWS_PROVIDER = one_of("pulumi/providers", "aws")
CLUSTER = one_of("aws/eks", "Cluster")
NODE_GROUP = one_of("aws/eks", "NodeGroup")
LAUNCH_TEMPLATE = one_of("aws/ec2", "LaunchTemplate")
BUCKET = one_of("aws/s3", "Bucket")
BALANCER = one_of("aws/lb", "LoadBalancer")
STAGE = one_of("aws/apigatewayv2", "Stage")

# Types of Kubernetes that several rules look at.
DEPLOYMENT = one_of("kubernetes/apps", "Deployment")
DAEMON_SET = (*one_of("kubernetes/apps", "DaemonSet"), *one_of("kubernetes/extensions", "DaemonSet"))
JOB = one_of("kubernetes/batch", "Job")
POD = (
    *DEPLOYMENT,
    *DAEMON_SET,
    *JOB,
    *one_of("kubernetes/apps", "ReplicaSet", "StatefulSet"),
    *one_of("kubernetes/extensions", "Deployment", "ReplicaSet"),
    *one_of("kubernetes/batch", "CronJob"),
    *one_of("kubernetes/core", "Pod", "PodTemplate", "ReplicationController"),
    *one_of("kubernetes/keda.sh", "ScaledJob"),
)
CHART = one_of("kubernetes/helm.sh", "Chart", "Release")
SERVICE = one_of("kubernetes/core", "Service")
HTTP_ROUTE = one_of("kubernetes/gateway.networking.k8s.io", "HTTPRoute")
ROUTE = (*HTTP_ROUTE, *one_of("kubernetes/gateway.networking.k8s.io", "GRPCRoute", "TCPRoute", "TLSRoute"))
GATEWAY_API = one_of("kubernetes/gateway.networking.k8s.io", "Gateway")
ENVOY_PROXY = one_of("kubernetes/gateway.envoyproxy.io", "EnvoyProxy")
AUTOSCALER = (
    *one_of("kubernetes/autoscaling", "HorizontalPodAutoscaler"),
    *one_of("kubernetes/keda.sh", "ScaledObject"),
)
NODE_POOL = one_of("kubernetes/karpenter.sh", "NodePool")
NODE_CLASS = one_of("kubernetes/karpenter.k8s.aws", "EC2NodeClass")
