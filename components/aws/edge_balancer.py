"""A network load balancer in front of Envoy's pods: TLS in, TLS out, targets registered by address.

It is ours and not a controller's, so it cannot be left behind by one that went first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, lb, vpc

from components.aws.aws_site import Site
from components.aws.edge_spec import EnvoyPorts
from components.aws.network import Network
from components.aws.waits import SLOW_DELETE

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
HEALTH_SECONDS, HEALTH_COUNT = 10, 2


@dataclass(frozen=True, kw_only=True)
class EdgeBalancerArgs:
    """Where the balancer stands and where it leads.

    Args:
        internal: in private subnets; else in public ones.
        certificate_arn: of every listener.
        target_group_id: the security group of Envoy's pods.
        log_bucket: where access logs go; `log_ready` is what they wait for.
    """

    site: Site
    network: Network
    internal: bool
    certificate_arn: pulumi.Input[str]
    target_security_group_id: pulumi.Input[str]
    envoy: EnvoyPorts
    deregistration_seconds: int
    log_bucket: pulumi.Input[str] | None = None
    log_ready: tuple[pulumi.Resource, ...] = ()


class EdgeBalancer(pulumi.ComponentResource):
    """A balancer without listeners; each door is opened by `listen`.

    Produces:
        Load balancer, its security group, rules to and from Envoy's ports; per door a target group and a listener.
    """

    security_group_id: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]

    def __init__(self, name: str, args: EdgeBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the group and its rules, then the balancer: a group cannot be added later."""
        super().__init__("slipway:aws:EdgeBalancer", name, None, opts)
        self._name, self._args, self._site = name, args, args.site
        self._group = ec2.SecurityGroup(
            f"{name}-group",
            vpc_id=args.network.vpc_id,
            description="Load balancer in front of Envoy",
            tags=args.site.tags.named(f"{name}-group"),
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=SLOW_DELETE),
        )
        for port in (args.envoy.requests, args.envoy.ready):
            self._to_envoy(port)
        self.balancer = self._balancer()
        self.security_group_id = self._group.id
        self.dns_name, self.arn_suffix = self.balancer.dns_name, self.balancer.arn_suffix
        self.register_outputs({key: getattr(self, key) for key in EdgeBalancer.__annotations__})

    def listen(self, role: str, port: int, *, alpn_policy: str | None = None) -> tuple[lb.TargetGroup, lb.Listener]:
        """Open one door: a TLS listener and the target group that it leads to."""
        targets, name = self._targets(role), f"{self._name}-{role}-listener"
        listener = lb.Listener(
            name,
            load_balancer_arn=self.balancer.arn,
            port=port,
            protocol="TLS",
            ssl_policy=TLS_POLICY,
            certificate_arn=self._args.certificate_arn,
            alpn_policy=alpn_policy,
            default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
            tags=self._site.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return targets, listener

    def admit(
        self,
        role: str,
        port: int,
        *,
        group_id: pulumi.Input[str] | None = None,
        cidrs: Sequence[pulumi.Input[str]] = (),
    ) -> None:
        """Let members of a group, or addresses in ranges, reach one door."""
        for key, source in [("", None)] if group_id is not None else [(f"-{i}", cidr) for i, cidr in enumerate(cidrs)]:
            name = f"{self._name}-from-{role}{key}"
            vpc.SecurityGroupIngressRule(
                name,
                security_group_id=self._group.id,
                referenced_security_group_id=group_id,
                cidr_ipv4=source,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                tags=self._site.tags.named(name),
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _balancer(self) -> lb.LoadBalancer:
        args, network = self._args, self._args.network
        subnets = network.private_subnets if args.internal else network.public_subnets
        logs: lb.LoadBalancerAccessLogsArgsDict | None = (
            {"bucket": args.log_bucket, "enabled": True, "prefix": self._name} if args.log_bucket is not None else None
        )
        return lb.LoadBalancer(
            self._name,
            internal=args.internal,
            load_balancer_type="network",
            subnets=list(subnets.values()),
            security_groups=[self._group.id],
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=self._site.keeps_infrastructure,
            access_logs=logs,
            tags=self._site.kept_tags(self._name),
            # Creation tests the log bucket's policy, which is no input of the balancer.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.log_ready)),
        )

    def _targets(self, role: str) -> lb.TargetGroup:
        # A group's name has 32 characters, of which Pulumi takes eight: the role is all that fits.
        args, name = self._args, f"{self._name}-{role}"
        return lb.TargetGroup(
            name,
            vpc_id=args.network.vpc_id,
            target_type="ip",
            protocol="TLS",
            port=args.envoy.requests,
            deregistration_delay=args.deregistration_seconds,
            connection_termination=True,
            preserve_client_ip="false",
            health_check={
                "protocol": "HTTP",
                "port": str(args.envoy.ready),
                "path": args.envoy.ready_path,
                "interval": HEALTH_SECONDS,
                "healthy_threshold": HEALTH_COUNT,
                "unhealthy_threshold": HEALTH_COUNT,
            },
            tags=self._site.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _to_envoy(self, port: int) -> None:
        out, into = f"{self._name}-to-envoy-{port}", f"{self._name}-into-envoy-{port}"
        vpc.SecurityGroupEgressRule(
            out,
            security_group_id=self._group.id,
            referenced_security_group_id=self._args.target_security_group_id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            tags=self._site.tags.named(out),
            opts=pulumi.ResourceOptions(parent=self),
        )
        vpc.SecurityGroupIngressRule(
            into,
            security_group_id=self._args.target_security_group_id,
            referenced_security_group_id=self._group.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            tags=self._site.tags.named(into),
            opts=pulumi.ResourceOptions(parent=self),
        )
