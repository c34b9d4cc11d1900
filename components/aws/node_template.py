"""How every node starts: metadata tokens required and out of reach of pods, encrypted disks, tags on all it makes."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import ec2

from components.aws.aws_site import Site
from components.aws.node_disk import Disk

TAGGED = ("instance", "volume", "network-interface")


def node_template(
    name: str,
    *,
    site: Site,
    disks: Sequence[Disk],
    parent: pulumi.Resource,
    extra: ec2.LaunchTemplateArgs | None = None,
) -> ec2.LaunchTemplate:
    """Make a launch template.

    Args:
        name: logical name.
        site: gives the tags of instances, volumes and interfaces.
        disks: every volume, or one that is not named here stays without encryption.
        parent: the component that owns the template.
        extra: what only this template has: placement, reservation, network interfaces.
    """
    args = extra or ec2.LaunchTemplateArgs()
    args.update_default_version = True
    args.metadata_options = ec2.LaunchTemplateMetadataOptionsArgs(
        http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
    )
    args.block_device_mappings = [
        ec2.LaunchTemplateBlockDeviceMappingArgs(device_name=disk.device, ebs=_volume(disk)) for disk in disks
    ]
    args.tag_specifications = [
        ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=site.tags.named(name)) for kind in TAGGED
    ]
    args.tags = site.tags.named(name)
    return ec2.LaunchTemplate(name, args, opts=pulumi.ResourceOptions(parent=parent))


def _volume(disk: Disk) -> ec2.LaunchTemplateBlockDeviceMappingEbsArgs:
    return ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
        volume_type="gp3",
        volume_size=disk.size_gib,
        encrypted="true",
        delete_on_termination="true",
        throughput=disk.throughput_mibps,
        iops=disk.iops,
        snapshot_id=disk.snapshot_id,
        volume_initialization_rate=disk.init_rate_mibps,
    )
