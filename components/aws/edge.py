"""The public entry: API Gateway authenticates and throttles, an internal load balancer leads to Envoy's pods.

client → HTTP API (domain, JWT, throttle) → VPC link → internal NLB (TLS) → Envoy
gRPC and large payloads: client → a second TLS listener → Envoy
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import lb, route53

from components.aws.aws_site import Site
from components.aws.cluster import Cluster
from components.aws.edge_balancer import EdgeBalancer, EdgeBalancerArgs
from components.aws.edge_certificate import EdgeCertificate, EdgeCertificateArgs
from components.aws.edge_domain import EdgeDomain, EdgeDomainArgs
from components.aws.edge_spec import CloudFrontWaf, EdgeSpec, GrpcInternal, GrpcPublic, NoGrpc, edge_problems
from components.aws.edge_waf import EdgeWaf, EdgeWafArgs
from components.aws.http_api import HttpApi, HttpApiArgs
from components.aws.network import Network
from components.aws.rules import require
from components.aws.target_registrar import TargetRegistrar, TargetRegistrarArgs

HTTPS_PORT, GRPC_PORT = 443, 8443


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """Which entry, in front of which cluster.

    Raises:
        ConfigurationError: the spec breaks a rule; the message lists every one.
    """

    site: Site
    network: Network
    cluster: Cluster
    spec: EdgeSpec
    log_bucket: pulumi.Input[str] | None = None
    log_ready: tuple[pulumi.Resource, ...] = ()

    def __post_init__(self) -> None:
        require(edge_problems(self.spec, production=self.site.protect))


class Edge(pulumi.ComponentResource):
    """Everything between the internet and Envoy.

    Produces:
        EdgeCertificate, EdgeBalancer (a second, public one for public gRPC), HttpApi, EdgeDomain, EdgeWaf,
        TargetRegistrar, alias record of the gRPC listener.
    """

    url: pulumi.Output[str]
    grpc_endpoint: pulumi.Output[str | None]
    target_group_arns: Mapping[str, pulumi.Output[str]]
    api_id: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    balancer_arn_suffix: pulumi.Output[str]
    target_group_arn_suffix: pulumi.Output[str]
    health_check_id: pulumi.Output[str | None]
    origin_secret: pulumi.Output[str | None]

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the certificate, the balancer, the API, then the name."""
        super().__init__("slipway:aws:Edge", name, None, opts)
        self._name, self._args, self._spec = name, args, args.spec
        self._certificate_arn = self._certificate()
        balancer = self._balancer("balancer", internal=True)
        targets, listener = balancer.listen("rest", HTTPS_PORT)
        front = self._api(balancer, listener)
        balancer.admit("link", HTTPS_PORT, group_id=front.link_security_group_id)
        grpc_targets = self._grpc(balancer)
        self.registrar = self._registrar([targets, *grpc_targets])
        self.target_group_arns = {"rest": targets.arn, **({"grpc": grpc_targets[0].arn} if grpc_targets else {})}
        self.target_group_arn_suffix, self.balancer_arn_suffix = targets.arn_suffix, balancer.arn_suffix
        self.api_id, self.log_group_name = front.api_id, front.log_group_name
        self.url = (
            front.endpoint if args.spec.domain is None else pulumi.Output.from_input(f"https://{args.spec.domain}")
        )
        self.health_check_id = self._names(front)
        waf = args.spec.waf
        self.origin_secret = (
            pulumi.Output.secret(waf.origin_secret)
            if isinstance(waf, CloudFrontWaf)
            else pulumi.Output.from_input(None)
        )
        self.register_outputs({key: getattr(self, key) for key in Edge.__annotations__})

    @property
    def _origin(self) -> str | None:
        """The API's own name: behind CloudFront it is not the one that clients call."""
        guarded = isinstance(self._spec.waf, CloudFrontWaf)
        return f"origin.{self._spec.domain}" if guarded else self._spec.domain

    @property
    def _grpc_name(self) -> str | None:
        """The name of the gRPC listener, which its certificate carries."""
        spec = self._spec
        return f"grpc.{spec.domain}" if spec.domain and not isinstance(spec.grpc, NoGrpc) else None

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _certificate(self) -> pulumi.Input[str]:
        spec = self._spec
        if spec.domain is None or spec.zone_id is None:
            return spec.certificate_arn or ""
        others = tuple(name for name in (self._origin, self._grpc_name) if name and name != spec.domain)
        args = EdgeCertificateArgs(
            site=self._args.site, domain=spec.domain, zone_id=spec.zone_id, alternative_names=others
        )
        return EdgeCertificate(f"{self._name}-certificate", args, self._child()).certificate_arn

    def _balancer(self, role: str, *, internal: bool) -> EdgeBalancer:
        args = EdgeBalancerArgs(
            site=self._args.site,
            network=self._args.network,
            internal=internal,
            certificate_arn=self._certificate_arn,
            target_security_group_id=self._args.cluster.security_group_id,
            envoy=self._spec.envoy,
            deregistration_seconds=self._spec.deregistration_seconds,
            log_bucket=self._args.log_bucket,
            log_ready=self._args.log_ready,
        )
        return EdgeBalancer(f"{self._name}-{role}", args, self._child())

    def _api(self, balancer: EdgeBalancer, listener: lb.Listener) -> HttpApi:
        args = HttpApiArgs(
            site=self._args.site,
            network=self._args.network,
            spec=self._spec,
            listener_arn=listener.arn,
            server_name=self._spec.domain or self._spec.server_name or "",
            balancer_security_group_id=balancer.security_group_id,
        )
        return HttpApi(f"{self._name}-api", args, self._child())

    def _grpc(self, balancer: EdgeBalancer) -> list[lb.TargetGroup]:
        grpc = self._spec.grpc
        self.grpc_endpoint = pulumi.Output.from_input(None)
        if not isinstance(grpc, GrpcInternal | GrpcPublic):
            return []
        if isinstance(grpc, GrpcPublic):
            balancer = self._balancer("public", internal=False)
            balancer.admit("clients", GRPC_PORT, cidrs=grpc.allowed_cidrs)
        else:
            balancer.admit("network", GRPC_PORT, cidrs=[self._args.network.cidr])
        targets, _ = balancer.listen("grpc", GRPC_PORT, alpn_policy="HTTP2Only")
        name = self._grpc_record(balancer) or balancer.dns_name
        self.grpc_endpoint = pulumi.Output.concat(name, f":{GRPC_PORT}")
        return [targets]

    def _grpc_record(self, balancer: EdgeBalancer) -> pulumi.Output[str] | None:
        name, zone_id = self._grpc_name, self._spec.zone_id
        if name is None or zone_id is None:
            return None
        target: route53.RecordAliasArgsDict = {
            "name": balancer.dns_name,
            "zone_id": balancer.balancer.zone_id,
            "evaluate_target_health": False,
        }
        record = route53.Record(
            f"{self._name}-grpc-record", zone_id=zone_id, name=name, type="A", aliases=[target], opts=self._child()
        )
        return record.name

    def _registrar(self, groups: list[lb.TargetGroup]) -> TargetRegistrar:
        args = TargetRegistrarArgs(
            site=self._args.site, cluster=self._args.cluster, target_group_arns=[group.arn for group in groups]
        )
        return TargetRegistrar(f"{self._name}-registrar", args, self._child())

    def _names(self, front: HttpApi) -> pulumi.Output[str | None]:
        spec, site = self._spec, self._args.site
        if spec.domain is None or spec.zone_id is None:
            return pulumi.Output.from_input(None)
        args = EdgeDomainArgs(
            site=site,
            domain=self._origin or spec.domain,
            zone_id=spec.zone_id,
            certificate_arn=self._certificate_arn,
            api_id=front.api_id,
            stage_name=front.stage_name,
            mtls=spec.mtls,
        )
        domain = EdgeDomain(f"{self._name}-domain", args, self._child())
        if isinstance(spec.waf, CloudFrontWaf):
            waf = EdgeWafArgs(site=site, domain=spec.domain, zone_id=spec.zone_id, origin=args.domain, waf=spec.waf)
            EdgeWaf(f"{self._name}-waf", waf, self._child())
        return domain.health_check_id
