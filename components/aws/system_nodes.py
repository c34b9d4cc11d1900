"""The nodes that carry controllers and DNS: one group per zone, so that a new zone replaces none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, eks

from components.aws.aws_site import Site
from components.aws.cluster_spec import SystemNodesSpec
from components.aws.node_disk import DATA_DEVICES, Disk, node_disks
from components.aws.node_role import NodeRole
from components.aws.node_template import node_template
from components.aws.waits import NODE_GROUP
from components.kubernetes.object_names import POOL_LABEL

AMI_TYPES = {"al2023": "AL2023_x86_64_STANDARD", "bottlerocket": "BOTTLEROCKET_x86_64"}
SURGE_NODES = 1


@dataclass(frozen=True, kw_only=True)
class SystemNodesArgs:
    """Which nodes, in which private subnets.

    Args:
        kubernetes_version: of the nodes, where the spec pins no release.
        subnets: `{zone: id}`.
        after: the add-ons that nodes need to become ready.
    """

    site: Site
    cluster: eks.Cluster
    kubernetes_version: str
    node_role: NodeRole
    subnets: Mapping[str, pulumi.Input[str]]
    spec: SystemNodesSpec
    after: Sequence[pulumi.Resource]


class SystemNodes(pulumi.ComponentResource):
    """Managed node groups for what must run before any other node can.

    Produces:
        Launch template; one node group per zone.
    """

    groups: list[eks.NodeGroup]

    def __init__(self, name: str, args: SystemNodesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the template, then a group in each zone."""
        super().__init__("slipway:aws:SystemNodes", name, None, opts)
        self._name, self._args = name, args
        disks = node_disks(args.spec.os, Disk(device=DATA_DEVICES[args.spec.os], size_gib=args.spec.disk_gib))
        template = node_template(f"{name}-template", site=args.site, disks=disks, parent=self)
        self.groups = [self._group(zone, subnet, template) for zone, subnet in args.subnets.items()]
        self.register_outputs({"groups": [group.node_group_name for group in self.groups]})

    def _group(self, zone: str, subnet: pulumi.Input[str], template: ec2.LaunchTemplate) -> eks.NodeGroup:
        args, spec, name = self._args, self._args.spec, f"{self._name}-{zone}"
        return eks.NodeGroup(
            name,
            cluster_name=args.cluster.name,
            node_role_arn=args.node_role.role_arn,
            subnet_ids=[subnet],
            ami_type=AMI_TYPES[spec.os],
            version=args.kubernetes_version if spec.release_version is None else None,
            release_version=spec.release_version,
            instance_types=[spec.instance_type],
            # AWS's own default, said here so that a rule knows it before the group exists.
            capacity_type="ON_DEMAND",
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            scaling_config={
                "min_size": spec.nodes_per_zone,
                "desired_size": spec.nodes_per_zone,
                "max_size": spec.nodes_per_zone + SURGE_NODES,
            },
            update_config={"max_unavailable": 1, "update_strategy": "DEFAULT"},
            node_repair_config={"enabled": True},
            taints=[{"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}]
            if spec.dedicated
            else None,
            labels={POOL_LABEL: "system"},
            tags=args.site.tags.named(name),
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=NODE_GROUP,
                # Nodes need the network add-on and their policies to become ready; the network outlives the nodes.
                depends_on=[*args.after, *args.node_role.policies],
            ),
        )
