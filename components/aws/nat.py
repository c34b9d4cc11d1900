"""The way from private subnets to the internet: one NAT gateway per zone, one for all, or a regional one."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components.aws.aws_site import Site
from components.aws.network_spec import NatIn, NatPerZone, NatRegional

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class NatArgs:
    """Which gateways stand where, and which tables point to them.

    Args:
        public_subnets: `{zone: id}`, where zonal gateways stand.
        route_tables: `{zone: id}` of the private tables.
        internet: internet gateway and default route, which must stand first.
    """

    site: Site
    vpc_id: pulumi.Input[str]
    choice: NatPerZone | NatIn | NatRegional
    public_subnets: Mapping[str, pulumi.Input[str]]
    route_tables: Mapping[str, pulumi.Input[str]]
    internet: tuple[pulumi.Resource, ...]


class Nat(pulumi.ComponentResource):
    """NAT gateways, their addresses, and one default route per private table.

    Produces:
        Elastic addresses (protected where the stack is: partners put them on allow-lists), NAT gateways, routes.
    """

    public_ips: Mapping[str, pulumi.Output[str]]
    gateway_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: NatArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the gateways, then the routes to them."""
        super().__init__("slipway:aws:Nat", name, None, opts)
        self._name, self._args = name, args
        self._addresses: dict[str, ec2.Eip] = {}
        gateways = self._gateways()
        for zone, table in args.route_tables.items():
            ec2.Route(
                f"{name}-route-{zone}",
                route_table_id=table,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=gateways[zone].id,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.public_ips = {zone: address.public_ip for zone, address in self._addresses.items()}
        self.gateway_ids = self._ids(gateways)
        self.register_outputs({"public_ips": self.public_ips, "gateway_ids": self.gateway_ids})

    def _ids(self, gateways: Mapping[str, ec2.NatGateway]) -> dict[str, pulumi.Output[str]]:
        """Name each gateway once: by its zone, or `regional`."""
        if isinstance(self._args.choice, NatRegional):
            return {"regional": next(iter(gateways.values())).id}
        return {zone: gateways[zone].id for zone in self._addresses}

    def _gateways(self) -> dict[str, ec2.NatGateway]:
        choice, zones = self._args.choice, list(self._args.route_tables)
        if isinstance(choice, NatPerZone):
            return {zone: self._zonal(zone) for zone in zones}
        shared = self._zonal(choice.zone) if isinstance(choice, NatIn) else self._regional()
        return dict.fromkeys(zones, shared)

    def _zonal(self, zone: str) -> ec2.NatGateway:
        name = f"{self._name}-{zone}"
        site = self._args.site
        address = self._addresses[zone] = ec2.Eip(
            f"{name}-address",
            domain="vpc",
            tags=site.kept_tags(f"{name}-address"),
            opts=pulumi.ResourceOptions(parent=self, protect=site.keeps_infrastructure),
        )
        return ec2.NatGateway(
            name,
            allocation_id=address.id,
            subnet_id=self._args.public_subnets[zone],
            tags=site.tags.named(name),
            opts=self._after_internet(),
        )

    def _regional(self) -> ec2.NatGateway:
        return ec2.NatGateway(
            self._name,
            availability_mode="regional",
            connectivity_type="public",
            vpc_id=self._args.vpc_id,
            tags=self._args.site.tags.named(self._name),
            opts=self._after_internet(),
        )

    def _after_internet(self) -> pulumi.ResourceOptions:
        # AWS refuses a NAT gateway, or lets it hang, while the network has no way to the internet.
        return pulumi.ResourceOptions(parent=self, depends_on=list(self._args.internet))
