"""The network: private subnets for nodes and pods, public ones for NAT, intra ones for EKS and endpoints.

Every child is keyed by zone id, never by an index, and each zone has its own private route table even with one NAT
gateway. So a new zone adds children and touches none, and a change of NAT edits routes only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_aws import ec2

from components.aws.aws_site import Site
from components.aws.endpoints import Endpoints, EndpointsArgs
from components.aws.flow_logs import FlowLogs, FlowLogsArgs
from components.aws.nat import ANYWHERE, Nat, NatArgs
from components.aws.network_spec import FlowLogsToS3, NetworkSpec, NoNat, network_problems
from components.aws.rules import require
from components.aws.subnet_plan import subnet_plan
from components.aws.waits import SLOW_DELETE

ANCHOR_ZONES = 2
"""EKS needs subnets in two zones, and a VPC link is replaced when its subnets change."""
Role = Literal["private", "public", "intra"]

_ELB_TAGS: dict[Role, dict[str, str]] = {
    "private": {"kubernetes.io/role/internal-elb": "1"},
    "public": {"kubernetes.io/role/elb": "1"},
    "intra": {},
}


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Where the network stands and what it is.

    Raises:
        ConfigurationError: the spec breaks a rule; the message lists every one.
    """

    site: Site
    spec: NetworkSpec

    def __post_init__(self) -> None:
        require(network_problems(self.spec, self.site.region))


class Network(pulumi.ComponentResource):
    """A VPC with its subnets, routes, ways out and endpoints.

    Produces:
        VPC, three subnets per zone, one private route table per zone, one public and one intra table, NAT gateways
        with their addresses, endpoints, flow logs, and a default security group without rules.
    """

    vpc_id: pulumi.Output[str]
    cidr: pulumi.Output[str]
    private_subnets: Mapping[str, pulumi.Output[str]]
    public_subnets: Mapping[str, pulumi.Output[str]]
    intra_subnets: Mapping[str, pulumi.Output[str]]
    nat_public_ips: Mapping[str, pulumi.Output[str]]
    nat_gateway_ids: Mapping[str, pulumi.Output[str]]
    endpoint_security_group_id: pulumi.Output[str]
    s3_endpoint_id: pulumi.Output[str]
    zone_names: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the network from the inside out: VPC, subnets, tables, ways out, endpoints."""
        super().__init__("slipway:aws:Network", name, None, opts)
        self._name, self._args, self._site = name, args, args.site
        self._vpc = self._network()
        self.vpc_id, self.cidr = self._vpc.id, self._vpc.cidr_block
        self._default_group()
        self._zone_names: dict[str, pulumi.Output[str]] = {}
        self.private_subnets = self._subnets("private")
        self.zone_names = dict(self._zone_names)
        self.intra_subnets = self._subnets("intra")
        self.public_subnets = self._subnets("public") if args.spec.internet_facing else {}
        tables = {f"private-{zone}": self._table(f"private-{zone}", {zone: subnet})
                  for zone, subnet in self.private_subnets.items()}  # fmt: skip
        tables["intra"] = self._table("intra", self.intra_subnets)
        internet = self._internet() if args.spec.internet_facing else ()
        nat = self._ways_out(internet, tables)
        self.nat_public_ips, self.nat_gateway_ids = (nat.public_ips, nat.gateway_ids) if nat else ({}, {})
        endpoints = self._endpoints(tables)
        self.endpoint_security_group_id = endpoints.security_group_id
        self.s3_endpoint_id = endpoints.s3_endpoint_id
        if isinstance(args.spec.flow_logs, FlowLogsToS3):
            self._flow_logs(args.spec.flow_logs)
        self.register_outputs({key: getattr(self, key) for key in Network.__annotations__})

    @property
    def anchor_subnets(self) -> list[pulumi.Output[str]]:
        """Intra subnets of the first two zones listed: what cannot move later stands here, so append new zones."""
        return [self.intra_subnets[zone] for zone in self._args.spec.zones[:ANCHOR_ZONES]]

    @property
    def anchor_private_subnets(self) -> list[pulumi.Output[str]]:
        """Private subnets of the first two zones listed, for the VPC link."""
        return [self.private_subnets[zone] for zone in self._args.spec.zones[:ANCHOR_ZONES]]

    def _network(self) -> ec2.Vpc:
        return ec2.Vpc(
            self._name,
            cidr_block=self._args.spec.cidr,
            # The private API endpoint of EKS and private DNS of endpoints need both.
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._site.kept_tags(self._name),
            opts=pulumi.ResourceOptions(parent=self, protect=self._site.keeps_infrastructure),
        )

    def _default_group(self) -> ec2.DefaultSecurityGroup:
        return ec2.DefaultSecurityGroup(
            f"{self._name}-default",
            vpc_id=self._vpc.id,
            ingress=[],
            egress=[],
            tags=self._site.tags.named(f"{self._name}-default-unused"),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _subnets(self, role: Role) -> dict[str, pulumi.Output[str]]:
        plan = subnet_plan(self._args.spec.cidr, self._args.spec.zones)
        return {zone: self._subnet(role, zone, getattr(ranges, role)).id for zone, ranges in plan.items()}

    def _subnet(self, role: Role, zone: str, cidr: str) -> ec2.Subnet:
        name = f"{self._name}-{role}-{zone}"
        subnet = ec2.Subnet(
            name,
            vpc_id=self._vpc.id,
            availability_zone_id=zone,
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            tags={**self._site.tags.named(name), **_ELB_TAGS[role]},
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=SLOW_DELETE),
        )
        self._zone_names[zone] = subnet.availability_zone
        return subnet

    def _table(self, role: str, subnets: Mapping[str, pulumi.Output[str]]) -> ec2.RouteTable:
        name = f"{self._name}-{role}"
        table = ec2.RouteTable(
            f"{name}-routes",
            vpc_id=self._vpc.id,
            tags=self._site.tags.named(f"{name}-routes"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for zone, subnet in subnets.items():
            ec2.RouteTableAssociation(
                f"{name}-association" if role.endswith(zone) else f"{name}-association-{zone}",
                route_table_id=table.id,
                subnet_id=subnet,
                opts=pulumi.ResourceOptions(parent=self),
            )
        return table

    def _internet(self) -> tuple[pulumi.Resource, ...]:
        gateway = ec2.InternetGateway(
            f"{self._name}-internet",
            vpc_id=self._vpc.id,
            tags=self._site.tags.named(f"{self._name}-internet"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        route = ec2.Route(
            f"{self._name}-public-default",
            route_table_id=self._table("public", self.public_subnets).id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return gateway, route

    def _ways_out(self, internet: tuple[pulumi.Resource, ...], tables: Mapping[str, ec2.RouteTable]) -> Nat | None:
        if isinstance(self._args.spec.nat, NoNat):
            return None
        args = NatArgs(
            site=self._site,
            vpc_id=self._vpc.id,
            choice=self._args.spec.nat,
            public_subnets=self.public_subnets,
            route_tables={zone: tables[f"private-{zone}"].id for zone in self._args.spec.zones},
            internet=internet,
        )
        return Nat(f"{self._name}-nat", args, pulumi.ResourceOptions(parent=self))

    def _endpoints(self, tables: Mapping[str, ec2.RouteTable]) -> Endpoints:
        args = EndpointsArgs(
            site=self._site,
            vpc_id=self._vpc.id,
            cidr=self._args.spec.cidr,
            choice=self._args.spec.endpoints,
            route_tables={key: table.id for key, table in tables.items()},
            subnets=self.intra_subnets,
        )
        return Endpoints(f"{self._name}-endpoints", args, pulumi.ResourceOptions(parent=self))

    def _flow_logs(self, spec: FlowLogsToS3) -> FlowLogs:
        args = FlowLogsArgs(site=self._site, vpc_id=self._vpc.id, spec=spec)
        return FlowLogs(f"{self._name}-flow-logs", args, pulumi.ResourceOptions(parent=self))
