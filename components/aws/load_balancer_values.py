"""Which load balancer controller, to the byte, and what its chart is told: to register pods and nothing else.

Its webhook's certificate is given, because the chart would make a new one, and so a change, in every preview.
No OCI registry has this chart: the archive is fetched and verified before an update.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.aws.upstream_images import LOAD_BALANCER_CONTROLLER
from components.kubernetes.chart import ChartArchive

NAMESPACE, RELEASE = "kube-system", "aws-load-balancer-controller"
CHART = ChartArchive(
    name="aws-load-balancer-controller",
    version="3.5.0",
    url="https://aws.github.io/eks-charts/aws-load-balancer-controller-3.5.0.tgz",
    sha256="45051f634b33e10baccb3354d0681b7de787c60445e599fa276e0c9aedd4ccd5",
)
WEBHOOK_NAMES = tuple(
    f"aws-load-balancer-webhook-service.{NAMESPACE}{suffix}" for suffix in ("", ".svc", ".svc.cluster.local")
)
READINESS_GATE_LABEL = {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
"""On the namespace of the proxies: a new one counts as ready only when the load balancer has found it healthy."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancerValues:
    """What the controller is told.

    Args:
        cluster_name: of the EKS cluster.
        region: of the cluster; pods cannot ask the instance metadata for it.
        vpc_id: the same.
        watched_namespace: the only one whose bindings it looks at.
        image: our registry's copy of the controller, without digest.
        certificate_pem: of its webhook, which the API server verifies.
        private_key_pem: of that certificate.
    """

    cluster_name: Any
    region: str
    vpc_id: Any
    watched_namespace: str
    image: str
    certificate_pem: Any
    private_key_pem: Any

    def values(self) -> Mapping[str, Any]:
        """Return the values as the chart names them."""
        digest = f"{LOAD_BALANCER_CONTROLLER.tag}@{LOAD_BALANCER_CONTROLLER.digest}"
        off = ("ALBGatewayAPI", "EnableServiceController", "GatewayListenerSet", "NLBGatewayAPI")
        return {
            "clusterName": self.cluster_name,
            "region": self.region,
            "vpcId": self.vpc_id,
            "watchNamespace": self.watched_namespace,
            "image": {"repository": self.image, "tag": digest},
            "serviceAccount": {"name": RELEASE},
            "webhookTLS": {
                "caCert": self.certificate_pem,
                "cert": self.certificate_pem,
                "key": self.private_key_pem,
            },
            "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
            "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
            "podDisruptionBudget": {"maxUnavailable": 1},
            "createIngressClassResource": False,
            "ingressClassParams": {"create": False},
            "enableServiceMutatorWebhook": False,
            "enableShield": False,
            "enableWaf": False,
            "enableWafv2": False,
            "enableBackendSecurityGroup": False,
            "controllerConfig": {"featureGates": dict.fromkeys(off, False)},
        }


def binding_spec(
    service: str, port: int, target_group_arn: pulumi.Input[str], vpc_id: pulumi.Input[str]
) -> dict[str, Any]:
    """Return the spec of a TargetGroupBinding: pods of a service become targets by address.

    The rules of security groups are ours, so `networking` stays out.

    Args:
        service: name of the Service whose endpoints are registered.
        port: of that Service.
        target_group_arn: where they are registered.
        vpc_id: of the target group.
    """
    return {
        "serviceRef": {"name": service, "port": port},
        "targetGroupARN": target_group_arn,
        "targetType": "ip",
        "vpcID": vpc_id,
    }
