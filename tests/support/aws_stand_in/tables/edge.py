"""Rows of the edge: load balancer, HTTP API, certificate, names, CDN."""

from tests.support.aws_stand_in.row import Call, Row

_LISTENER = {
    "Certificates": "certificateArn && [{CertificateArn: certificateArn}] || null",
    "AlpnPolicy": "alpnPolicy && [alpnPolicy] || null",
    "DefaultActions": "defaultActions[].{Type: type, TargetGroupArn: targetGroupArn}",
}
_STAGE = {"StageName": "name", "RouteSettings": "routeSettings && map_by('routeKey', routeSettings) || null"}
_TARGET_HEALTH = {
    "HealthCheckProtocol": "healthCheck.protocol",
    "HealthCheckPort": "healthCheck.port",
    "HealthCheckPath": "healthCheck.path",
    "HealthCheckIntervalSeconds": "healthCheck.interval",
    "HealthCheckTimeoutSeconds": "healthCheck.timeout",
    "HealthyThresholdCount": "healthCheck.healthyThreshold",
    "UnhealthyThresholdCount": "healthCheck.unhealthyThreshold",
    "Matcher": "healthCheck.matcher && {HttpCode: healthCheck.matcher} || null",
}
_ROUTE_RECORD = (
    "{Changes: [{Action: 'ACTION', ResourceRecordSet: {Name: name, Type: type, TTL: ttl,"
    " ResourceRecords: records[].{Value: @},"
    " AliasTarget: aliases && {DNSName: aliases[0].name, HostedZoneId: aliases[0].zoneId,"
    " EvaluateTargetHealth: aliases[0].evaluateTargetHealth} || null}}]}"
)


def _attributes(operation: str, member: str, pairs: dict[str, str]) -> tuple[Call, ...]:
    """One call per attribute, made when its property is set."""
    return tuple(
        Call(operation, {member: "id", "Attributes": f"[{{Key: '{key}', Value: to_string({given})}}]"}, on=(given,))
        for given, key in pairs.items()
    )


def _api_part(kind: str, read_id: str, *, replaces: tuple[str, ...] = (), autoname: str = "", **names: str) -> Row:
    """A part of an HTTP API: integration, route, authorizer; made, changed and deleted below the API."""
    operation = kind.lower()
    return Row(
        token=f"apigatewayv2/{operation}:{kind}",
        service="apigatewayv2",
        create=Call(f"create_{operation}"),
        id=f"answer.{read_id}",
        updates=(Call(f"update_{operation}", {read_id: "id"}, fill=True),),
        read=Call(f"get_{operation}", {"ApiId": "apiId", read_id: "id"}),
        delete=Call(f"delete_{operation}", {"ApiId": "apiId", read_id: "id"}),
        replaces=("apiId", *replaces),
        names=names,
        autoname=autoname,
    )


ROWS = (
    Row(
        token="lb/loadBalancer:LoadBalancer",
        service="elbv2",
        create=Call(
            "create_load_balancer",
            {"Scheme": "internal && 'internal' || 'internet-facing'", "Type": "loadBalancerType"},
        ),
        id="answer.LoadBalancers[0].LoadBalancerArn",
        after=(
            *_attributes(
                "modify_load_balancer_attributes",
                "LoadBalancerArn",
                {
                    "enableDeletionProtection": "deletion_protection.enabled",
                    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
                },
            ),
            Call(
                "modify_load_balancer_attributes",
                {
                    "LoadBalancerArn": "id",
                    "Attributes": "[{Key: 'access_logs.s3.enabled', Value: to_string(accessLogs.enabled)},"
                    " {Key: 'access_logs.s3.bucket', Value: accessLogs.bucket},"
                    " {Key: 'access_logs.s3.prefix', Value: accessLogs.prefix || ''}]",
                },
                on=("accessLogs",),
            ),
        ),
        updates=(Call("set_security_groups", {"LoadBalancerArn": "id", "SecurityGroups": "securityGroups"}),
                 Call("set_subnets", {"LoadBalancerArn": "id", "Subnets": "subnets"})),
        read=Call("describe_load_balancers", {"LoadBalancerArns": "[id]"}),
        found="LoadBalancers[0]",
        outputs={
            "arn": "id",
            "arnSuffix": "found.LoadBalancerArn",
            "zoneId": "found.CanonicalHostedZoneId",
        },
        delete=Call("delete_load_balancer", {"LoadBalancerArn": "id"}),
        replaces=("name", "namePrefix", "internal", "loadBalancerType"),
        ignored=("enforceSecurityGroupInboundRulesOnPrivateLinkTraffic",),
        autoname="name",
        name_limit=32,
    ),
    Row(
        token="lb/targetGroup:TargetGroup",
        service="elbv2",
        create=Call("create_target_group", _TARGET_HEALTH),
        id="answer.TargetGroups[0].TargetGroupArn",
        after=_attributes(
            "modify_target_group_attributes",
            "TargetGroupArn",
            {
                "deregistrationDelay": "deregistration_delay.timeout_seconds",
                "connectionTermination": "deregistration_delay.connection_termination.enabled",
                "preserveClientIp": "preserve_client_ip.enabled",
            },
        ),
        updates=(Call("modify_target_group", {"TargetGroupArn": "id", **_TARGET_HEALTH}),),
        read=Call("describe_target_groups", {"TargetGroupArns": "[id]"}),
        found="TargetGroups[0]",
        outputs={"arn": "id", "arnSuffix": "found.TargetGroupArn"},
        delete=Call("delete_target_group", {"TargetGroupArn": "id"}),
        replaces=("name", "namePrefix", "port", "protocol", "targetType", "vpcId", "protocolVersion", "ipAddressType"),
        autoname="name",
        name_limit=32,
    ),
    Row(
        token="lb/listener:Listener",
        service="elbv2",
        create=Call("create_listener", _LISTENER),
        id="answer.Listeners[0].ListenerArn",
        updates=(Call("modify_listener", {"ListenerArn": "id", "Port": "port", "Protocol": "protocol", "SslPolicy": "sslPolicy", **_LISTENER}),),
        read=Call("describe_listeners", {"ListenerArns": "[id]"}),
        found="Listeners[0]",
        outputs={"arn": "id"},
        delete=Call("delete_listener", {"ListenerArn": "id"}),
        replaces=("loadBalancerArn",),
    ),
    Row(
        token="apigatewayv2/vpcLink:VpcLink",
        service="apigatewayv2",
        create=Call("create_vpc_link"),
        id="answer.VpcLinkId",
        updates=(Call("update_vpc_link", {"VpcLinkId": "id", "Name": "name"}),),
        read=Call("get_vpc_link", {"VpcLinkId": "id"}),
        outputs={"arn": "join('', ['arn:aws:apigateway:', region, '::/vpclinks/', id])"},
        delete=Call("delete_vpc_link", {"VpcLinkId": "id"}),
        replaces=("subnetIds", "securityGroupIds"),
        autoname="name",
    ),
    Row(
        token="apigatewayv2/api:Api",
        service="apigatewayv2",
        create=Call("create_api"),
        id="answer.ApiId",
        updates=(Call("update_api", {"ApiId": "id"}, fill=True),),
        read=Call("get_api", {"ApiId": "id"}),
        outputs={
            "arn": "join('', ['arn:aws:apigateway:', region, '::/apis/', id])",
            "executionArn": "join('', ['arn:aws:execute-api:', region, ':', account, ':', id])",
        },
        delete=Call("delete_api", {"ApiId": "id"}),
        replaces=("protocolType", "target", "routeKey", "credentialsArn"),
        autoname="name",
        name_limit=128,
    ),
    _api_part("Authorizer", "AuthorizerId", autoname="name", replaces=("authorizerType",), identitySources="IdentitySource",
              jwtConfiguration="JwtConfiguration", audiences="Audience"),
    _api_part("Integration", "IntegrationId", replaces=("integrationType", "integrationSubtype"),
              timeoutMilliseconds="TimeoutInMillis"),
    _api_part("Route", "RouteId"),
    Row(
        token="apigatewayv2/stage:Stage",
        service="apigatewayv2",
        create=Call("create_stage", _STAGE),
        id="name",
        updates=(Call("update_stage", _STAGE, fill=True, echo=True),),
        read=Call("get_stage", {"ApiId": "apiId", "StageName": "id"}),
        outputs={
            "arn": "join('', ['arn:aws:apigateway:', region, '::/apis/', apiId, '/stages/', id])",
            "executionArn": "join('', ['arn:aws:execute-api:', region, ':', account, ':', apiId, '/', id])",
            "invokeUrl": "join('', ['https://', apiId, '.execute-api.', region, '.amazonaws.com/'])",
        },
        delete=Call("delete_stage", {"ApiId": "apiId", "StageName": "id"}),
        replaces=("apiId", "name"),
        autoname="name",
    ),
    Row(
        token="apigatewayv2/domainName:DomainName",
        service="apigatewayv2",
        create=Call("create_domain_name", {"DomainNameConfigurations": "[domainNameConfiguration]"}),
        id="domainName",
        updates=(Call("update_domain_name", {"DomainName": "id", "DomainNameConfigurations": "[domainNameConfiguration]", "MutualTlsAuthentication": "mutualTlsAuthentication"}, echo=True),),
        read=Call("get_domain_name", {"DomainName": "id"}),
        outputs={
            "arn": "join('', ['arn:aws:apigateway:', region, '::/domainnames/', id])",
            "domainNameConfiguration": "merge(domainNameConfiguration, {targetDomainName: join('', ['d-', id]),"
            " hostedZoneId: 'Z1UJRXOUMOOFQ8'})",
        },
        delete=Call("delete_domain_name", {"DomainName": "id"}),
        replaces=("domainName",),
    ),
    Row(
        token="apigatewayv2/apiMapping:ApiMapping",
        service="apigatewayv2",
        create=Call("create_api_mapping"),
        id="answer.ApiMappingId",
        delete=Call("delete_api_mapping", {"ApiMappingId": "id", "DomainName": "domainName"}),
        replaces=("apiId", "domainName", "stage", "apiMappingKey"),
    ),
    Row(
        token="acm/certificate:Certificate",
        service="acm",
        create=Call("request_certificate"),
        id="answer.CertificateArn",
        read=Call("describe_certificate", {"CertificateArn": "id"}),
        found="Certificate",
        outputs={
            "arn": "id",
            "domainValidationOptions": "found.DomainValidationOptions[].{domainName: DomainName,"
            " resourceRecordName: ResourceRecord.Name, resourceRecordType: ResourceRecord.Type,"
            " resourceRecordValue: ResourceRecord.Value}",
        },
        delete=Call("delete_certificate", {"CertificateArn": "id"}),
        replaces=("domainName", "subjectAlternativeNames", "validationMethod", "keyAlgorithm"),
    ),
    Row(
        token="acm/certificateValidation:CertificateValidation",
        service="acm",
        # Not a thing in AWS: the official provider waits here until the certificate is issued.
        create=Call("describe_certificate"),
        id="certificateArn",
        replaces=("certificateArn", "validationRecordFqdns"),
        ignored=("validationRecordFqdns",),
    ),
    Row(
        token="route53/zone:Zone",
        service="route53",
        create=Call("create_hosted_zone", {"CallerReference": "name", "HostedZoneConfig": "{Comment: comment}"}),
        id="answer.HostedZone.Id | replace(@, '/hostedzone/', '')",
        read=Call("get_hosted_zone", {"Id": "id"}),
        found="HostedZone",
        outputs={"zoneId": "id", "arn": "join('', ['arn:aws:route53:::hostedzone/', id])"},
        delete=Call("delete_hosted_zone", {"Id": "id"}),
        replaces=("name",),
        ignored=("forceDestroy",),
    ),
    Row(
        token="route53/record:Record",
        service="route53",
        create=Call(
            "change_resource_record_sets",
            {"HostedZoneId": "zoneId", "ChangeBatch": _ROUTE_RECORD.replace("ACTION", "UPSERT")},
        ),
        id="join('_', [zoneId, name, type])",
        updates=(
            Call(
                "change_resource_record_sets",
                {"HostedZoneId": "zoneId", "ChangeBatch": _ROUTE_RECORD.replace("ACTION", "UPSERT")},
            ),
        ),
        outputs={"fqdn": "name"},
        delete=Call(
            "change_resource_record_sets",
            {"HostedZoneId": "zoneId", "ChangeBatch": _ROUTE_RECORD.replace("ACTION", "DELETE")},
        ),
        replaces=("zoneId", "name", "type"),
        ignored=("allowOverwrite",),
    ),
)  # fmt: skip
