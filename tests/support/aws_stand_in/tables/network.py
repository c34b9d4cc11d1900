"""Rows of the network: VPC, subnets, routes, ways out, endpoints, groups, flow logs."""

from tests.support.aws_stand_in.row import Call, Row, arn

_PERMISSION = (
    "[{IpProtocol: ipProtocol, FromPort: fromPort, ToPort: toPort,"
    " IpRanges: cidrIpv4 && [{CidrIp: cidrIpv4, Description: description}] || null,"
    " PrefixListIds: prefixListId && [{PrefixListId: prefixListId, Description: description}] || null,"
    " UserIdGroupPairs: referencedSecurityGroupId && [{GroupId: referencedSecurityGroupId, Description: description}]"
    " || null}]"
)


def _rule(direction: str) -> Row:
    """A security group rule: its direction is all that differs."""
    change = (
        "[{SecurityGroupRuleId: id, SecurityGroupRule: {IpProtocol: ipProtocol, FromPort: fromPort, ToPort: toPort,"
        " CidrIpv4: cidrIpv4, PrefixListId: prefixListId, ReferencedGroupId: referencedSecurityGroupId,"
        " Description: description}}]"
    )
    return Row(
        token=f"vpc/securityGroup{direction.title()}Rule:SecurityGroup{direction.title()}Rule",
        service="ec2",
        create=Call(
            f"authorize_security_group_{direction}", {"GroupId": "securityGroupId", "IpPermissions": _PERMISSION}
        ),
        id="answer.SecurityGroupRules[0].SecurityGroupRuleId",
        updates=(Call("modify_security_group_rules", {"GroupId": "securityGroupId", "SecurityGroupRules": change}),),
        read=Call("describe_security_group_rules", {"SecurityGroupRuleIds": "[id]"}),
        found="SecurityGroupRules[0]",
        outputs={"securityGroupRuleId": "id", "arn": arn("ec2", "security-group-rule/{id}")},
        delete=Call(
            f"revoke_security_group_{direction}", {"GroupId": "securityGroupId", "SecurityGroupRuleIds": "[id]"}
        ),
        replaces=("securityGroupId",),
        tag_type="security-group-rule",
    )


_ROUTE_TARGET = {
    "RouteTableId": "routeTableId",
    "DestinationCidrBlock": "destinationCidrBlock",
    "GatewayId": "gatewayId",
    "NatGatewayId": "natGatewayId",
}

ROWS = (
    Row(
        token="ec2/vpc:Vpc",
        service="ec2",
        create=Call("create_vpc"),
        id="answer.Vpc.VpcId",
        after=(
            Call(
                "modify_vpc_attribute",
                {"VpcId": "id", "EnableDnsSupport": "{Value: enableDnsSupport}"},
                on=("enableDnsSupport",),
            ),
            Call(
                "modify_vpc_attribute",
                {"VpcId": "id", "EnableDnsHostnames": "{Value: enableDnsHostnames}"},
                on=("enableDnsHostnames",),
            ),
        ),
        read=Call("describe_vpcs", {"VpcIds": "[id]"}),
        found="Vpcs[0]",
        outputs={"arn": arn("ec2", "vpc/{id}")},
        delete=Call("delete_vpc", {"VpcId": "id"}),
        replaces=("cidrBlock", "instanceTenancy"),
        tag_type="vpc",
    ),
    Row(
        token="ec2/defaultSecurityGroup:DefaultSecurityGroup",
        service="ec2",
        # AWS makes the group with its network; the official provider adopts it and takes its rules away.
        create=Call(
            "describe_security_groups",
            {"Filters": "[{Name: 'vpc-id', Values: [vpcId]}, {Name: 'group-name', Values: ['default']}]"},
        ),
        id="answer.SecurityGroups[0].GroupId",
        after=(
            Call(
                "revoke_security_group_egress",
                {"GroupId": "id", "IpPermissions": "[{IpProtocol: '-1', IpRanges: [{CidrIp: '0.0.0.0/0'}]}]"},
                when="egress == `[]`",
            ),
            Call("create_tags", {"Resources": "[id]", "Tags": "tags"}, on=("tags",)),
        ),
        read=Call("describe_security_groups", {"GroupIds": "[id]"}),
        found="SecurityGroups[0]",
        outputs={"arn": arn("ec2", "security-group/{id}")},
        replaces=("vpcId",),
        ignored=("ingress", "egress", "vpcId"),
    ),
    Row(
        token="ec2/subnet:Subnet",
        service="ec2",
        create=Call("create_subnet"),
        id="answer.Subnet.SubnetId",
        after=(
            Call(
                "modify_subnet_attribute",
                {"SubnetId": "id", "MapPublicIpOnLaunch": "{Value: mapPublicIpOnLaunch}"},
                on=("mapPublicIpOnLaunch",),
            ),
        ),
        read=Call("describe_subnets", {"SubnetIds": "[id]"}),
        found="Subnets[0]",
        outputs={"arn": "found.SubnetArn"},
        delete=Call("delete_subnet", {"SubnetId": "id"}),
        replaces=("vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "outpostArn"),
        tag_type="subnet",
    ),
    Row(
        token="ec2/internetGateway:InternetGateway",
        service="ec2",
        create=Call("create_internet_gateway"),
        id="answer.InternetGateway.InternetGatewayId",
        after=(Call("attach_internet_gateway", {"InternetGatewayId": "id", "VpcId": "vpcId"}, on=("vpcId",)),),
        read=Call("describe_internet_gateways", {"InternetGatewayIds": "[id]"}),
        found="InternetGateways[0]",
        outputs={"arn": arn("ec2", "internet-gateway/{id}")},
        before_delete=(Call("detach_internet_gateway", {"InternetGatewayId": "id", "VpcId": "vpcId"}),),
        delete=Call("delete_internet_gateway", {"InternetGatewayId": "id"}),
        replaces=("vpcId",),
        tag_type="internet-gateway",
    ),
    Row(
        token="ec2/routeTable:RouteTable",
        service="ec2",
        create=Call("create_route_table"),
        id="answer.RouteTable.RouteTableId",
        read=Call("describe_route_tables", {"RouteTableIds": "[id]"}),
        found="RouteTables[0]",
        outputs={"arn": arn("ec2", "route-table/{id}")},
        delete=Call("delete_route_table", {"RouteTableId": "id"}),
        replaces=("vpcId",),
        tag_type="route-table",
    ),
    Row(
        token="ec2/route:Route",
        service="ec2",
        create=Call("create_route", _ROUTE_TARGET),
        id="join('_', [routeTableId, destinationCidrBlock])",
        updates=(Call("replace_route", _ROUTE_TARGET, on=("gatewayId", "natGatewayId")),),
        read=Call("describe_route_tables", {"RouteTableIds": "[routeTableId]"}),
        found="RouteTables[0].Routes[?DestinationCidrBlock != 'local'] | [0]",
        delete=Call(
            "delete_route", {"RouteTableId": "routeTableId", "DestinationCidrBlock": "destinationCidrBlock"}
        ),
        replaces=("routeTableId", "destinationCidrBlock"),
    ),
    Row(
        token="ec2/routeTableAssociation:RouteTableAssociation",
        service="ec2",
        create=Call("associate_route_table"),
        id="answer.AssociationId",
        updates=(Call("replace_route_table_association", {"AssociationId": "id", "RouteTableId": "routeTableId"}),),
        delete=Call("disassociate_route_table", {"AssociationId": "id"}),
        replaces=("subnetId", "gatewayId"),
    ),
    Row(
        token="ec2/eip:Eip",
        service="ec2",
        create=Call("allocate_address"),
        id="answer.AllocationId",
        read=Call("describe_addresses", {"AllocationIds": "[id]"}),
        found="Addresses[0]",
        outputs={"allocationId": "id", "arn": arn("ec2", "elastic-ip/{id}")},
        delete=Call("release_address", {"AllocationId": "id"}),
        replaces=("domain",),
        tag_type="elastic-ip",
    ),
    Row(
        token="ec2/natGateway:NatGateway",
        service="ec2",
        create=Call("create_nat_gateway"),
        id="answer.NatGateway.NatGatewayId",
        read=Call("describe_nat_gateways", {"NatGatewayIds": "[id]"}),
        found="NatGateways[?State != 'deleted'] | [0]",
        outputs={
            "publicIp": "found.NatGatewayAddresses[0].PublicIp",
            "networkInterfaceId": "found.NatGatewayAddresses[0].NetworkInterfaceId",
        },
        before_delete=(Call("delete_nat_gateway", {"NatGatewayId": "id"}),),
        # moto would keep the gateway's interface for ever.
        delete=Call("delete_network_interface", {"NetworkInterfaceId": "networkInterfaceId"}),
        replaces=("allocationId", "subnetId", "connectivityType", "privateIp", "vpcId", "availabilityMode"),
        tag_type="natgateway",
    ),
    Row(
        token="ec2/vpcEndpoint:VpcEndpoint",
        service="ec2",
        create=Call("create_vpc_endpoint"),
        id="answer.VpcEndpoint.VpcEndpointId",
        updates=(
            Call(
                "modify_vpc_endpoint",
                {"VpcEndpointId": "id", "PolicyDocument": "policy", "PrivateDnsEnabled": "privateDnsEnabled"},
            ),
        ),
        read=Call("describe_vpc_endpoints", {"VpcEndpointIds": "[id]"}),
        found="VpcEndpoints[?State != 'deleted'] | [0]",
        outputs={"arn": arn("ec2", "vpc-endpoint/{id}")},
        delete=Call("delete_vpc_endpoints", {"VpcEndpointIds": "[id]"}),
        replaces=("vpcId", "serviceName", "vpcEndpointType", "serviceRegion"),
        names={"policy": "PolicyDocument"},
        tag_type="vpc-endpoint",
    ),
    *(
        Row(
            token=f"ec2/vpcEndpoint{kind}Association:VpcEndpoint{kind}Association",
            service="ec2",
            create=Call("modify_vpc_endpoint", {"VpcEndpointId": "vpcEndpointId", f"Add{member}": f"[{given}]"}),
            id=f"join('/', [vpcEndpointId, {given}])",
            delete=Call("modify_vpc_endpoint", {"VpcEndpointId": "vpcEndpointId", f"Remove{member}": f"[{given}]"}),
            replaces=("vpcEndpointId", given),
        )
        for kind, member, given in (
            ("RouteTable", "RouteTableIds", "routeTableId"),
            ("Subnet", "SubnetIds", "subnetId"),
        )
    ),
    Row(
        token="ec2/securityGroup:SecurityGroup",
        service="ec2",
        create=Call("create_security_group", {"GroupName": "name"}),
        id="answer.GroupId",
        # AWS adds "everything may leave" to a new group; the official provider takes it away again.
        after=(
            Call(
                "revoke_security_group_egress",
                {"GroupId": "id", "IpPermissions": "[{IpProtocol: '-1', IpRanges: [{CidrIp: '0.0.0.0/0'}]}]"},
            ),
        ),
        read=Call("describe_security_groups", {"GroupIds": "[id]"}),
        found="SecurityGroups[0]",
        outputs={"arn": arn("ec2", "security-group/{id}")},
        delete=Call("delete_security_group", {"GroupId": "id"}),
        replaces=("name", "namePrefix", "description", "vpcId"),
        ignored=("revokeRulesOnDelete",),
        autoname="name",
        name_limit=255,
        tag_type="security-group",
    ),
    _rule("ingress"),
    _rule("egress"),
    Row(
        token="ec2/flowLog:FlowLog",
        service="ec2",
        create=Call(
            "create_flow_logs",
            {"ResourceIds": "[vpcId]", "ResourceType": "'VPC'", "DeliverLogsPermissionArn": "iamRoleArn"},
        ),
        id="answer.FlowLogIds[0]",
        read=Call("describe_flow_logs", {"FlowLogIds": "[id]"}),
        found="FlowLogs[0]",
        outputs={"arn": arn("ec2", "vpc-flow-log/{id}")},
        delete=Call("delete_flow_logs", {"FlowLogIds": "[id]"}),
        replaces=(
            "vpcId", "trafficType", "logDestination", "logDestinationType", "logFormat", "maxAggregationInterval",
            "destinationOptions", "iamRoleArn",
        ),
        tag_type="vpc-flow-log",
    ),
    Row(
        token="ec2/placementGroup:PlacementGroup",
        service="ec2",
        create=Call("create_placement_group", {"GroupName": "name"}),
        id="name",
        outputs={"arn": arn("ec2", "placement-group/{id}"), "placementGroupId": "join('-', ['pg', id])"},
        replaces=("name", "strategy", "partitionCount", "spreadLevel"),
        autoname="name",
        tag_type="placement-group",
        echo=True,
    ),
)  # fmt: skip
