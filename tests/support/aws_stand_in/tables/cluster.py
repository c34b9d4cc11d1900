"""Rows of the cluster: EKS, its add-ons and access, node groups and their launch templates, Karpenter's events."""

from tests.support.aws_stand_in.row import Call, Row, arn

_VPC_CONFIG = (
    "vpcConfig && {subnetIds: vpcConfig.subnetIds, securityGroupIds: vpcConfig.securityGroupIds,"
    " endpointPublicAccess: vpcConfig.endpointPublicAccess, endpointPrivateAccess: vpcConfig.endpointPrivateAccess,"
    " publicAccessCidrs: vpcConfig.publicAccessCidrs} || null"
)
_LOGGING = "{clusterLogging: [{types: enabledClusterLogTypes, enabled: `true`}]}"
_TEMPLATE_DATA = (
    "{ImageId: imageId, InstanceType: instanceType, UserData: userData, EbsOptimized: ebsOptimized, KeyName: keyName,"
    " BlockDeviceMappings: blockDeviceMappings, MetadataOptions: metadataOptions, Monitoring: monitoring,"
    " NetworkInterfaces: networkInterfaces, Placement: placement, SecurityGroupIds: vpcSecurityGroupIds,"
    " TagSpecifications: tagSpecifications, InstanceMarketOptions: instanceMarketOptions,"
    " CapacityReservationSpecification: capacityReservationSpecification}"
)
_CERTIFICATE = "'U3RhbmQtaW4='"

ROWS = (
    Row(
        token="eks/cluster:Cluster",
        service="eks",
        create=Call("create_cluster", {"resourcesVpcConfig": _VPC_CONFIG, "logging": f"enabledClusterLogTypes && {_LOGGING} || null"}),
        id="name",
        # EKS makes a security group for the cluster and deletes it with it; moto does not.
        after=(
            Call("describe_subnets", {"SubnetIds": "vpcConfig.subnetIds"}, service="ec2", keep="placed"),
            Call(
                "create_security_group",
                {
                    "GroupName": "join('-', ['eks-cluster-sg', name])", "Description": "'made by EKS'",
                    "VpcId": "placed.Subnets[0].VpcId",
                },
                service="ec2",
                keep="group",
            ),
        ),
        # One change per call, as EKS wants it.
        updates=(
            Call("update_cluster_config", {"name": "id", "logging": _LOGGING}),
            Call("update_cluster_config", {"name": "id", "resourcesVpcConfig": _VPC_CONFIG}),
            *(
                Call("update_cluster_config", {"name": "id", member: member}, on=(member,))
                for member in ("accessConfig", "upgradePolicy", "zonalShiftConfig", "deletionProtection", "controlPlaneScalingConfig")
            ),
            Call("update_cluster_version", {"name": "id", "version": "version"}, echo=True),
        ),
        read=Call("describe_cluster", {"name": "id"}),
        found="cluster",
        outputs={
            "certificateAuthority": f"{{data: {_CERTIFICATE}}}",
            "clusterId": "id",
            "vpcConfig": "merge(vpcConfig, {clusterSecurityGroupId: group.GroupId || state.vpcConfig.clusterSecurityGroupId"
            " || vpcConfig.clusterSecurityGroupId, vpcId: placed.Subnets[0].VpcId || state.vpcConfig.vpcId})",
        },
        before_delete=(Call("delete_cluster", {"name": "id"}),),
        delete=Call("delete_security_group", {"GroupId": "vpcConfig.clusterSecurityGroupId"}, service="ec2"),
        replaces=("name", "roleArn", "encryptionConfig", "kubernetesNetworkConfig", "bootstrapSelfManagedAddons", "outpostConfig"),
        ignored=("defaultAddonsToRemoves", "forceUpdateVersion"),
        autoname="name",
        name_limit=100,
    ),
    Row(
        token="eks/nodeGroup:NodeGroup",
        service="eks",
        create=Call("create_nodegroup", {"nodegroupName": "nodeGroupName"}),
        id="join(':', [clusterName, nodeGroupName])",
        updates=(
            Call(
                "update_nodegroup_config",
                {
                    "clusterName": "clusterName", "nodegroupName": "nodeGroupName", "scalingConfig": "scalingConfig",
                    "updateConfig": "updateConfig", "nodeRepairConfig": "nodeRepairConfig",
                },
            ),
            Call(
                "update_nodegroup_version",
                {
                    "clusterName": "clusterName", "nodegroupName": "nodeGroupName", "version": "version",
                    "releaseVersion": "releaseVersion", "launchTemplate": "launchTemplate",
                }, echo=True),
        ),
        read=Call("describe_nodegroup", {"clusterName": "clusterName", "nodegroupName": "nodeGroupName"}),
        found="nodegroup",
        outputs={"arn": "found.nodegroupArn"},
        delete=Call("delete_nodegroup", {"clusterName": "clusterName", "nodegroupName": "nodeGroupName"}),
        replaces=("clusterName", "nodeGroupName", "nodeGroupNamePrefix", "nodeRoleArn", "subnetIds", "amiType", "capacityType", "diskSize", "instanceTypes", "remoteAccess"),
        names={"nodeRoleArn": "nodeRole", "subnetIds": "subnets"},
        ignored=("forceUpdateVersion",),
        autoname="nodeGroupName",
        name_limit=63,
    ),
    Row(
        token="eks/addon:Addon",
        service="eks",
        create=Call("create_addon", {"resolveConflicts": "resolveConflictsOnCreate"}),
        id="join(':', [clusterName, addonName])",
        updates=(
            Call(
                "update_addon",
                {
                    "clusterName": "clusterName", "addonName": "addonName", "addonVersion": "addonVersion",
                    "configurationValues": "configurationValues", "serviceAccountRoleArn": "serviceAccountRoleArn",
                    "podIdentityAssociations": "podIdentityAssociations", "resolveConflicts": "resolveConflictsOnUpdate",
                },
            ),
        ),
        outputs={"arn": arn("eks", "addon/{clusterName}/{addonName}/0")},
        delete=Call("delete_addon", {"clusterName": "clusterName", "addonName": "addonName", "preserve": "preserve"}),
        replaces=("clusterName", "addonName"),
        ignored=("preserve",),
        echo=True,
    ),
    Row(
        token="eks/accessEntry:AccessEntry",
        service="eks",
        create=Call("create_access_entry", {"username": "userName"}),
        id="join(':', [clusterName, principalArn])",
        updates=(
            Call(
                "update_access_entry",
                {
                    "clusterName": "clusterName", "principalArn": "principalArn",
                    "kubernetesGroups": "kubernetesGroups", "username": "userName",
                },
            ),
        ),
        outputs={"accessEntryArn": arn("eks", "access-entry/{clusterName}/{principalArn}")},
        delete=Call("delete_access_entry", {"clusterName": "clusterName", "principalArn": "principalArn"}),
        replaces=("clusterName", "principalArn", "type"),
        echo=True,
    ),
    Row(
        token="eks/accessPolicyAssociation:AccessPolicyAssociation",
        service="eks",
        create=Call("associate_access_policy"),
        id="join('#', [clusterName, principalArn, policyArn])",
        delete=Call(
            "disassociate_access_policy",
            {"clusterName": "clusterName", "principalArn": "principalArn", "policyArn": "policyArn"},
        ),
        replaces=("clusterName", "principalArn", "policyArn", "accessScope"),
        echo=True,
    ),
    Row(
        token="eks/podIdentityAssociation:PodIdentityAssociation",
        service="eks",
        create=Call("create_pod_identity_association"),
        id="join('-', ['a', random])",
        updates=(
            Call(
                "update_pod_identity_association",
                {"clusterName": "clusterName", "associationId": "id", "roleArn": "roleArn"},
            ),
        ),
        outputs={"associationArn": arn("eks", "podidentityassociation/{clusterName}/{id}"), "associationId": "id"},
        delete=Call("delete_pod_identity_association", {"clusterName": "clusterName", "associationId": "id"}),
        replaces=("clusterName", "namespace", "serviceAccount"),
        echo=True,
    ),
    Row(
        token="ec2/launchTemplate:LaunchTemplate",
        service="ec2",
        create=Call("create_launch_template", {"LaunchTemplateName": "name", "LaunchTemplateData": _TEMPLATE_DATA}),
        id="answer.LaunchTemplate.LaunchTemplateId",
        updates=(
            Call(
                "create_launch_template_version",
                {
                    "LaunchTemplateId": "id", "VersionDescription": "description",
                    "LaunchTemplateData": _TEMPLATE_DATA,
                },
            ),
        ),
        read=Call("describe_launch_templates", {"LaunchTemplateIds": "[id]"}),
        found="LaunchTemplates[0]",
        outputs={
            "arn": arn("ec2", "launch-template/{id}"), "latestVersion": "found.LatestVersionNumber",
            "defaultVersion": "found.DefaultVersionNumber",
        },
        delete=Call("delete_launch_template", {"LaunchTemplateId": "id"}),
        replaces=("name", "namePrefix"),
        ignored=("updateDefaultVersion", "description"),
        autoname="name",
        name_limit=128,
        tag_type="launch-template",
    ),
    Row(
        token="cloudwatch/eventRule:EventRule",
        service="events",
        create=Call("put_rule"),
        id="name",
        updates=(
            Call("put_rule", {"Name": "id", "EventPattern": "eventPattern", "Description": "description"}),
        ),
        read=Call("describe_rule", {"Name": "id"}),
        delete=Call("delete_rule", {"Name": "id"}),
        replaces=("name", "namePrefix", "eventBusName"),
        autoname="name",
    ),
    Row(
        token="cloudwatch/eventTarget:EventTarget",
        service="events",
        create=Call(
            "put_targets",
            {
                "Rule": "rule", "Targets": "[{Id: targetId || 'target', Arn: arn, RoleArn: roleArn, Input: input}]",
            },
        ),
        id="join('-', [rule, targetId || 'target'])",
        updates=(Call("put_targets", {"Rule": "rule", "Targets": "[{Id: targetId || 'target', Arn: arn}]"}),),
        delete=Call("remove_targets", {"Rule": "rule", "Ids": "[targetId || 'target']"}),
        replaces=("rule", "targetId", "eventBusName"),
    ),
)  # fmt: skip
