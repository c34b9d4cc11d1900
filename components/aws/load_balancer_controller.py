"""How Envoy's pods become targets of the load balancers: a controller that registers them, and one binding per door.

The balancers themselves are ours and not the controller's, so none is left behind by one that went first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.helm.v4 import Chart

from components.aws.load_balancer_values import CHART, NAMESPACE, WEBHOOK_NAMES, LoadBalancerValues, binding_spec
from components.aws.self_signed_certificate import SelfSignedCertificate
from components.kubernetes.chart import chart, whole
from components.kubernetes.manifest import Manifest

BINDING_API = "elbv2.k8s.aws/v1beta1"


@dataclass(frozen=True, kw_only=True)
class LoadBalancerControllerArgs:
    """Which controller.

    Args:
        cluster_name: of the EKS cluster.
        region: of the cluster.
        vpc_id: of the cluster.
        watched_namespace: where the proxies and their Service are.
        image: our registry's copy of the controller, without digest.
        after: what must outlive the controller: its role and the nodes it runs on.
    """

    cluster_name: pulumi.Input[str]
    region: str
    vpc_id: pulumi.Input[str]
    watched_namespace: str
    image: str
    after: Sequence[pulumi.Resource] = ()


class LoadBalancerController(pulumi.ComponentResource):
    """The controller that registers pods as targets.

    Produces:
        Certificate of its webhook, chart.
    """

    chart: Chart

    def __init__(self, name: str, args: LoadBalancerControllerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the certificate, then install the controller."""
        super().__init__("slipway:aws:LoadBalancerController", name, {"charts": [CHART.plain]}, opts)
        webhook = SelfSignedCertificate(
            f"{name}-webhook", names=WEBHOOK_NAMES, opts=pulumi.ResourceOptions(parent=self)
        )
        values = LoadBalancerValues(
            cluster_name=args.cluster_name,
            region=args.region,
            vpc_id=args.vpc_id,
            watched_namespace=args.watched_namespace,
            image=args.image,
            certificate_pem=webhook.certificate_pem,
            private_key_pem=webhook.private_key_pem,
        )
        # Its bindings have a finalizer that only it takes off, with the rights that its role gives.
        options = pulumi.ResourceOptions(parent=self, depends_on=list(args.after))
        self.chart = chart(name, CHART, values, namespace=NAMESPACE, opts=options)
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class TargetBindingsArgs:
    """Which doors lead to which Service.

    Args:
        controller: what registers the pods.
        namespace: of the Service.
        service: of the proxies.
        port: of that Service, where Envoy speaks TLS.
        target_group_arns: door → target group.
        vpc_id: of the target groups.
    """

    controller: LoadBalancerController
    namespace: str
    service: str
    port: int
    target_group_arns: Mapping[str, pulumi.Input[str]]
    vpc_id: pulumi.Input[str]


class TargetBindings(pulumi.ComponentResource):
    """The proxies' pods as targets of every door.

    Produces:
        A TargetGroupBinding per door.
    """

    def __init__(self, name: str, args: TargetBindingsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Bind each door."""
        super().__init__("slipway:aws:TargetBindings", name, None, opts)
        self.bindings = [
            Manifest(
                f"{name}-{door}",
                {
                    "apiVersion": BINDING_API,
                    "kind": "TargetGroupBinding",
                    "metadata": {"name": f"{args.service}-{door}", "namespace": args.namespace},
                    "spec": binding_spec(args.service, args.port, arn, args.vpc_id),
                },
                # Its definition comes with the chart, and only the controller takes its finalizer off.
                pulumi.ResourceOptions(parent=self, depends_on=whole(args.controller.chart)),
            )
            for door, arn in args.target_group_arns.items()
        ]
        self.register_outputs({})
