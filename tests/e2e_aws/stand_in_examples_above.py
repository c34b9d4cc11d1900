"""Examples of what stands on the ground of `stand_in_examples`: edge, alarms, money."""

from typing import Any

_TAGS = {"slipway:stack": "test"}
_API = {"apiId": "<apigatewayv2/api:Api.id>"}
_ROLE = "<iam/role:Role.arn>"
_DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]}'

EXAMPLES_ABOVE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("lb/loadBalancer:LoadBalancer", {
        "name": "edge", "internal": True, "loadBalancerType": "network", "subnets": ["<ec2/subnet:Subnet.id>"],
        "securityGroups": ["<ec2/securityGroup:SecurityGroup.id>"], "enableCrossZoneLoadBalancing": True,
        "enableDeletionProtection": False, "tags": _TAGS,
    }),
    ("lb/targetGroup:TargetGroup", {
        "name": "rest", "targetType": "ip", "protocol": "TLS", "port": 8443, "vpcId": "<ec2/vpc:Vpc.id>",
        "deregistrationDelay": 60, "connectionTermination": True, "preserveClientIp": "false",
        "healthCheck": {"protocol": "HTTP", "path": "/ready", "interval": 10, "healthyThreshold": 2,
                        "unhealthyThreshold": 2},
    }),
    ("acm/certificate:Certificate", {"domainName": "models.example.com", "validationMethod": "DNS", "tags": _TAGS}),
    ("acm/certificateValidation:CertificateValidation", {"certificateArn": "<acm/certificate:Certificate.arn>"}),
    ("lb/listener:Listener", {
        "loadBalancerArn": "<lb/loadBalancer:LoadBalancer.arn>", "port": 443, "protocol": "TLS",
        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06", "certificateArn": "<acm/certificate:Certificate.arn>",
        "defaultActions": [{"type": "forward", "targetGroupArn": "<lb/targetGroup:TargetGroup.arn>"}],
    }),
    ("apigatewayv2/vpcLink:VpcLink", {
        "name": "link", "subnetIds": ["<ec2/subnet:Subnet.id>"],
        "securityGroupIds": ["<ec2/securityGroup:SecurityGroup.id>"],
    }),
    ("apigatewayv2/api:Api", {"name": "models", "protocolType": "HTTP", "disableExecuteApiEndpoint": True}),
    ("apigatewayv2/authorizer:Authorizer", {
        **_API, "authorizerType": "JWT", "identitySources": ["$request.header.Authorization"], "name": "jwt",
        "jwtConfiguration": {"issuer": "https://issuer.example.com", "audiences": ["models"]},
    }),
    ("apigatewayv2/integration:Integration", {
        **_API, "integrationType": "HTTP_PROXY", "connectionType": "VPC_LINK", "integrationMethod": "ANY",
        "connectionId": "<apigatewayv2/vpcLink:VpcLink.id>", "integrationUri": "<lb/listener:Listener.arn>",
        "payloadFormatVersion": "1.0", "timeoutMilliseconds": 29000,
        "tlsConfig": {"serverNameToVerify": "models.example.com"},
        "requestParameters": {"overwrite:path": "$request.path"},
    }),
    ("apigatewayv2/route:Route", {
        **_API, "routeKey": "ANY /v2/{proxy+}", "authorizationType": "JWT", "authorizationScopes": ["infer"],
        "authorizerId": "<apigatewayv2/authorizer:Authorizer.id>", "target": "integrations/x",
    }),
    ("apigatewayv2/stage:Stage", {
        **_API, "name": "$default", "autoDeploy": True,
        "defaultRouteSettings": {"throttlingRateLimit": 50, "throttlingBurstLimit": 100, "detailedMetricsEnabled": True},
        "routeSettings": [{"routeKey": "ANY /v2/{proxy+}", "throttlingRateLimit": 50, "throttlingBurstLimit": 100}],
        "accessLogSettings": {"destinationArn": "<cloudwatch/logGroup:LogGroup.arn>", "format": "{}"},
    }),
    ("apigatewayv2/domainName:DomainName", {
        "domainName": "models.example.com",
        "domainNameConfiguration": {"certificateArn": "<acm/certificate:Certificate.arn>", "endpointType": "REGIONAL",
                                    "securityPolicy": "TLS_1_2"},
    }),
    ("apigatewayv2/apiMapping:ApiMapping", {
        **_API, "domainName": "<apigatewayv2/domainName:DomainName.id>", "stage": "<apigatewayv2/stage:Stage.name>",
    }),
    ("route53/healthCheck:HealthCheck", {
        "type": "HTTPS", "fqdn": "models.example.com", "port": 443, "resourcePath": "/v2/health/ready",
        "requestInterval": 30, "failureThreshold": 3,
    }),
    ("route53/zone:Zone", {"name": "example.com", "forceDestroy": True}),
    ("route53/record:Record", {
        "zoneId": "<route53/zone:Zone.id>", "name": "models.example.com", "type": "CNAME", "ttl": 60,
        "records": ["x.example.com"],
    }),
    ("wafv2/webAcl:WebAcl", {
        "name": "edge", "scope": "CLOUDFRONT", "region": "us-east-1", "defaultAction": {"allow": {}},
        "visibilityConfig": {"metricName": "edge", "cloudwatchMetricsEnabled": True, "sampledRequestsEnabled": True},
        "rules": [{
            "name": "rate", "priority": 0, "action": {"block": {}},
            "statement": {"rateBasedStatement": {"limit": 10000, "aggregateKeyType": "IP"}},
            "visibilityConfig": {"metricName": "rate", "cloudwatchMetricsEnabled": True, "sampledRequestsEnabled": True},
        }],
    }),
    ("cloudfront/distribution:Distribution", {
        "enabled": True, "aliases": ["models.example.com"], "webAclId": "<wafv2/webAcl:WebAcl.arn>",
        "httpVersion": "http2and3", "tags": _TAGS,
        "origins": [{
            "originId": "api", "domainName": "x.execute-api.us-east-1.amazonaws.com",
            "customHeaders": [{"name": "x-origin", "value": "secret"}],
            "customOriginConfig": {"httpPort": 80, "httpsPort": 443, "originProtocolPolicy": "https-only",
                                   "originSslProtocols": ["TLSv1.2"]},
        }],
        "defaultCacheBehavior": {
            "targetOriginId": "api", "viewerProtocolPolicy": "https-only", "allowedMethods": ["GET", "HEAD"],
            "cachedMethods": ["GET", "HEAD"], "cachePolicyId": "4135ea2d", "originRequestPolicyId": "b689b0a8",
        },
        "restrictions": {"geoRestriction": {"restrictionType": "none", "locations": []}},
        "viewerCertificate": {"acmCertificateArn": "<acm/certificate:Certificate.arn>",
                              "sslSupportMethod": "sni-only", "minimumProtocolVersion": "TLSv1.2_2021"},
    }),
    ("ebs/fastSnapshotRestore:FastSnapshotRestore", {"availabilityZone": "us-east-1a", "snapshotId": "snap-1"}),
    ("ssm/parameter:Parameter", {"name": "/slipway/x", "type": "String", "value": "1"}),
    ("sns/topic:Topic", {"name": "critical", "kmsMasterKeyId": "<kms/key:Key.id>"}),
    ("sns/topicPolicy:TopicPolicy", {"arn": "<sns/topic:Topic.arn>", "policy": _DOCUMENT}),
    ("sns/topicSubscription:TopicSubscription", {
        "topic": "<sns/topic:Topic.arn>", "protocol": "https", "endpoint": "https://events.example.com/x",
        "endpointAutoConfirms": True,
    }),
    ("cloudwatch/metricAlarm:MetricAlarm", {
        "name": "pending", "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 15, "threshold": 0,
        "metricQueries": [{
            "id": "m", "returnData": True,
            "metric": {"metricName": "scheduler_pending_pods", "namespace": "AWS/EKS", "period": 60, "stat": "Maximum",
                       "dimensions": {"ClusterName": "test"}},
        }],
        "alarmActions": ["<sns/topic:Topic.arn>"], "okActions": ["<sns/topic:Topic.arn>"],
        "treatMissingData": "notBreaching", "alarmDescription": "runbook",
    }),
    ("chatbot/slackChannelConfiguration:SlackChannelConfiguration", {
        "configurationName": "alerts", "iamRoleArn": _ROLE, "slackChannelId": "C01", "slackTeamId": "T01",
        "snsTopicArns": ["<sns/topic:Topic.arn>"], "guardrailPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    }),
    ("amp/workspace:Workspace", {"alias": "models"}),
    ("amp/workspaceConfiguration:WorkspaceConfiguration", {
        "workspaceId": "<amp/workspace:Workspace.id>", "retentionPeriodInDays": 150,
    }),
    ("budgets/budget:Budget", {
        "name": "monthly", "budgetType": "COST", "timeUnit": "MONTHLY", "limitAmount": "600", "limitUnit": "USD",
        "costFilters": [{"name": "TagKeyValue", "values": ["user:slipway:stack$test"]}],
        "notifications": [{
            "comparisonOperator": "GREATER_THAN", "notificationType": "FORECASTED", "threshold": 100,
            "thresholdType": "PERCENTAGE", "subscriberSnsTopicArns": ["<sns/topic:Topic.arn>"],
        }],
    }),
    ("costexplorer/anomalyMonitor:AnomalyMonitor", {
        "name": "spend", "monitorType": "CUSTOM",
        "monitorSpecification": '{"And": null, "Tags": {"Key": "user:slipway:stack", "MatchOptions": null, "Values": ["test"]}}',
    }),
    ("costexplorer/anomalySubscription:AnomalySubscription", {
        "name": "spend", "frequency": "IMMEDIATE", "monitorArnLists": ["<costexplorer/anomalyMonitor:AnomalyMonitor.arn>"],
        "subscribers": [{"type": "SNS", "address": "<sns/topic:Topic.arn>"}],
        "thresholdExpression": {"dimension": {
            "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE", "matchOptions": ["GREATER_THAN_OR_EQUAL"], "values": ["20"],
        }},
    }),
    ("costexplorer/costAllocationTag:CostAllocationTag", {"tagKey": "slipway:stack", "status": "Active"}),
)  # fmt: skip
