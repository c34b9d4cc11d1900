"""GPU nodes as a managed node group: a chosen number of them, without a controller.

It is also what capacity blocks and EFA need: one subnet, the type in the launch template, nodes close together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, eks, vpc

from components.aws.aws_site import Site
from components.aws.cluster import Cluster
from components.aws.gpu_pool_spec import LATEST, ManagedPool
from components.aws.image_cache_plan import start_plan
from components.aws.network import Network
from components.aws.node_disk import Os
from components.aws.node_pool_plan import group_zones, pool_disks
from components.aws.node_template import node_template
from components.aws.node_user_data import encoded, user_data
from components.aws.waits import NODE_GROUP, SLOW_DELETE
from components.kubernetes.object_names import POOL_LABEL

AMI_TYPES: dict[Os, str] = {"al2023": "AL2023_x86_64_NVIDIA", "bottlerocket": "BOTTLEROCKET_x86_64_NVIDIA"}
GPU_TAINT: eks.NodeGroupTaintArgsDict = {"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"}
GPU_LABEL = "nvidia.com/gpu.present"


@dataclass(frozen=True, kw_only=True)
class ManagedGpuGroupArgs:
    """Which pool, on which cluster."""

    site: Site
    cluster: Cluster
    network: Network
    pool_name: str
    pool: ManagedPool


class ManagedGpuGroup(pulumi.ComponentResource):
    """One or more managed node groups with GPUs, tainted so that only models land there.

    Produces:
        Launch template, node group (one, or one per zone); with EFA a placement group and a security group.
    """

    consolidate_after_seconds: pulumi.Output[int]
    groups: list[eks.NodeGroup]

    def __init__(self, name: str, args: ManagedGpuGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the template, then the groups."""
        super().__init__("slipway:aws:ManagedGpuGroup", name, None, opts)
        self._name, self._args, self._pool = name, args, args.pool
        template = node_template(
            f"{name}-template", site=args.site, disks=pool_disks(args.pool), parent=self, extra=self._extra()
        )
        self.groups = [self._group(key, subnets, template) for key, subnets in self._places().items()]
        plan = start_plan(args.pool.image_cache, args.pool.os, args.pool.load)
        self.consolidate_after_seconds = pulumi.Output.from_input(plan.consolidate_after_seconds)
        self.register_outputs(
            {
                "consolidate_after_seconds": self.consolidate_after_seconds,
                "groups": [group.node_group_name for group in self.groups],
            }
        )

    def _places(self) -> Mapping[str, Sequence[pulumi.Input[str]]]:
        subnets = self._args.network.private_subnets
        zones = group_zones(self._pool, tuple(subnets))
        if self._pool.group_per_zone:
            return {f"-{zone}": [subnets[zone]] for zone in zones}
        return {"": [subnets[zone] for zone in zones]}

    def _extra(self) -> ec2.LaunchTemplateArgs:
        pool = self._pool
        extra = ec2.LaunchTemplateArgs(user_data=encoded(user_data(pool.os, pool.image_cache, pool.shares)))
        if pool.capacity_block:
            target = ec2.LaunchTemplateCapacityReservationSpecificationCapacityReservationTargetArgs(
                capacity_reservation_id=pool.capacity_block.reservation_id
            )
            extra.instance_market_options = ec2.LaunchTemplateInstanceMarketOptionsArgs(market_type="capacity-block")
            extra.capacity_reservation_specification = ec2.LaunchTemplateCapacityReservationSpecificationArgs(
                capacity_reservation_target=target
            )
            extra.instance_type = pool.instance_types[0]
        if pool.efa_interfaces:
            extra.instance_type = pool.instance_types[0]
            extra.placement = ec2.LaunchTemplatePlacementArgs(group_name=self._placement_group().name)
            extra.network_interfaces = self._interfaces(self._efa_group())
        return extra

    def _placement_group(self) -> ec2.PlacementGroup:
        return ec2.PlacementGroup(
            f"{self._name}-placement",
            strategy="cluster",
            tags=self._args.site.tags.named(f"{self._name}-placement"),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _efa_group(self) -> ec2.SecurityGroup:
        name, site = f"{self._name}-efa", self._args.site
        group = ec2.SecurityGroup(
            name,
            vpc_id=self._args.network.vpc_id,
            description="EFA: members may send each other everything",
            tags=site.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=SLOW_DELETE),
        )
        vpc.SecurityGroupIngressRule(
            f"{name}-in",
            security_group_id=group.id,
            referenced_security_group_id=group.id,
            ip_protocol="-1",
            tags=site.tags.named(f"{name}-in"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        vpc.SecurityGroupEgressRule(
            f"{name}-out",
            security_group_id=group.id,
            referenced_security_group_id=group.id,
            ip_protocol="-1",
            tags=site.tags.named(f"{name}-out"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return group

    def _interfaces(self, group: ec2.SecurityGroup) -> list[pulumi.Input[ec2.LaunchTemplateNetworkInterfaceArgs]]:
        return [
            ec2.LaunchTemplateNetworkInterfaceArgs(
                device_index=0 if card == 0 else 1,
                network_card_index=card,
                interface_type="efa" if card == 0 else "efa-only",
                security_groups=[self._args.cluster.security_group_id, group.id],
                delete_on_termination="true",
            )
            for card in range(self._pool.efa_interfaces)
        ]

    def _group(self, key: str, subnets: Sequence[pulumi.Input[str]], template: ec2.LaunchTemplate) -> eks.NodeGroup:
        args, pool, name = self._args, self._pool, f"{self._name}{key}"
        in_template = pool.capacity_block is not None or pool.efa_interfaces > 0
        newest = pool.ami_release == LATEST
        return eks.NodeGroup(
            name,
            cluster_name=args.cluster.name,
            node_role_arn=args.cluster.node_role_arn,
            subnet_ids=list(subnets),
            ami_type=AMI_TYPES[pool.os],
            version=args.cluster.kubernetes_version if newest else None,
            release_version=None if newest else pool.ami_release,
            capacity_type="CAPACITY_BLOCK" if pool.capacity_block else pool.capacity.upper().replace("-", "_"),
            instance_types=None if in_template else list(pool.instance_types),
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            scaling_config={"min_size": pool.minimum, "desired_size": pool.desired, "max_size": pool.maximum},
            update_config={"max_unavailable": 1, "update_strategy": "DEFAULT"},
            node_repair_config={"enabled": True},
            taints=[GPU_TAINT],
            labels={POOL_LABEL: args.pool_name, GPU_LABEL: "true"},
            tags=args.site.tags.named(name),
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=NODE_GROUP,
                # Nodes need the network add-on and their policies to become ready; the network outlives the nodes.
                depends_on=[*args.cluster.network_addons, *args.cluster.node_role.policies],
            ),
        )
