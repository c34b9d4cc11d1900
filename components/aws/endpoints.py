"""Private ways from the network to AWS services: a free gateway for S3, interface endpoints for the rest."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc

from components.aws.aws_site import Site
from components.aws.endpoint_plan import Endpoints as EndpointChoice
from components.aws.endpoint_plan import interface_services, service_name
from components.aws.waits import SLOW_DELETE

HTTPS_PORT = 443


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """Where the endpoints stand.

    Args:
        route_tables: `{role-zone: id}` of every table that shall reach S3 directly.
        subnets: `{zone: id}` of the subnets that interface endpoints stand in.
    """

    site: Site
    vpc_id: pulumi.Input[str]
    cidr: str
    choice: EndpointChoice
    route_tables: Mapping[str, pulumi.Input[str]]
    subnets: Mapping[str, pulumi.Input[str]]


class Endpoints(pulumi.ComponentResource):
    """The endpoints of one network.

    Subnets and tables are attached one by one, so that a new zone adds attachments and changes no endpoint.

    Produces:
        Gateway endpoint for S3 with one association per route table; per service an interface endpoint with one
        association per subnet; their security group with one rule: HTTPS from the network.
    """

    s3_endpoint_id: pulumi.Output[str]
    security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the gateway endpoint, the group, then one interface endpoint per service."""
        super().__init__("slipway:aws:Endpoints", name, None, opts)
        self._name, self._args = name, args
        self.s3_endpoint_id = self._gateway().id
        group = self._group()
        rule = self._rule(group)
        for service in interface_services(args.choice):
            self._interface(service, group, rule)
        self.security_group_id = group.id
        self.register_outputs({"s3_endpoint_id": self.s3_endpoint_id, "security_group_id": self.security_group_id})

    def _gateway(self) -> ec2.VpcEndpoint:
        endpoint = ec2.VpcEndpoint(
            f"{self._name}-s3",
            vpc_id=self._args.vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=service_name(self._args.site.region, "s3"),
            tags=self._args.site.tags.named(f"{self._name}-s3"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for key, table in self._args.route_tables.items():
            ec2.VpcEndpointRouteTableAssociation(
                f"{self._name}-s3-{key}",
                route_table_id=table,
                vpc_endpoint_id=endpoint.id,
                opts=pulumi.ResourceOptions(parent=self),
            )
        return endpoint

    def _group(self) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(
            f"{self._name}-group",
            vpc_id=self._args.vpc_id,
            description="HTTPS from the network to AWS endpoints",
            tags=self._args.site.tags.named(f"{self._name}-group"),
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=SLOW_DELETE),
        )

    def _rule(self, group: ec2.SecurityGroup) -> vpc.SecurityGroupIngressRule:
        return vpc.SecurityGroupIngressRule(
            f"{self._name}-https",
            security_group_id=group.id,
            cidr_ipv4=self._args.cidr,
            ip_protocol="tcp",
            from_port=HTTPS_PORT,
            to_port=HTTPS_PORT,
            description="HTTPS from the network",
            tags=self._args.site.tags.named(f"{self._name}-https"),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _interface(self, service: str, group: ec2.SecurityGroup, rule: pulumi.Resource) -> None:
        name = f"{self._name}-{service.replace('.', '-')}"
        endpoint = ec2.VpcEndpoint(
            name,
            vpc_id=self._args.vpc_id,
            vpc_endpoint_type="Interface",
            service_name=service_name(self._args.site.region, service),
            private_dns_enabled=True,
            security_group_ids=[group.id],
            tags=self._args.site.tags.named(name),
            # Private DNS takes over at once: without the rule every call to the service would hang.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[rule]),
        )
        for zone, subnet in self._args.subnets.items():
            ec2.VpcEndpointSubnetAssociation(
                f"{name}-{zone}",
                vpc_endpoint_id=endpoint.id,
                subnet_id=subnet,
                opts=pulumi.ResourceOptions(parent=self),
            )
