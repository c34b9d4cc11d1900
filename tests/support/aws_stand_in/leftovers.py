"""What is in the emulator, service by service: a life cycle must leave nothing there.

Types that moto lacks (`echo=True` in the tables: placement groups, anomaly monitors, cache rules and others) are in no
list of the emulator; the stand-in's own memory, `life_cycle.alive`, says what is left of them.
"""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from tests.support.aws_stand_in.aws import Aws
from tests.support.aws_stand_in.expressions import evaluate

_NOT_DEFAULT_VPC = {"Filters": [{"Name": "is-default", "Values": ["false"]}]}
LISTINGS: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("ec2", "describe_vpcs", _NOT_DEFAULT_VPC, "Vpcs[].VpcId"),
    ("ec2", "describe_subnets", {}, "Subnets[?DefaultForAz == `false`].SubnetId"),
    ("ec2", "describe_route_tables", {}, "RouteTables[?Tags[?starts_with(Key, 'slipway')]].RouteTableId"),
    ("ec2", "describe_internet_gateways", {}, "InternetGateways[].InternetGatewayId"),
    ("ec2", "describe_nat_gateways", {}, "NatGateways[?State != 'deleted'].NatGatewayId"),
    ("ec2", "describe_addresses", {}, "Addresses[].AllocationId"),
    ("ec2", "describe_vpc_endpoints", {}, "VpcEndpoints[?State != 'deleted'].VpcEndpointId"),
    ("ec2", "describe_security_groups", {}, "SecurityGroups[?GroupName != 'default'].GroupId"),
    ("ec2", "describe_flow_logs", {}, "FlowLogs[].FlowLogId"),
    ("ec2", "describe_launch_templates", {}, "LaunchTemplates[].LaunchTemplateId"),
    ("ec2", "describe_network_interfaces", {}, "NetworkInterfaces[].NetworkInterfaceId"),
    ("ec2", "describe_instances", {}, "Reservations[].Instances[?State.Name != 'terminated'][].InstanceId"),
    ("iam", "list_roles", {}, "Roles[].RoleName"),
    ("iam", "list_policies", {"Scope": "Local"}, "Policies[].PolicyName"),
    ("iam", "list_instance_profiles", {}, "InstanceProfiles[].InstanceProfileName"),
    ("iam", "list_open_id_connect_providers", {}, "OpenIDConnectProviderList[].Arn"),
    ("kms", "list_aliases", {}, "Aliases[?!starts_with(AliasName, 'alias/aws/')].AliasName"),
    ("s3", "list_buckets", {}, "Buckets[].Name"),
    ("sqs", "list_queues", {}, "QueueUrls[]"),
    ("sns", "list_topics", {}, "Topics[].TopicArn"),
    ("sns", "list_subscriptions", {}, "Subscriptions[].SubscriptionArn"),
    ("logs", "describe_log_groups", {}, "logGroups[].logGroupName"),
    ("events", "list_rules", {}, "Rules[].Name"),
    ("cloudwatch", "describe_alarms", {}, "MetricAlarms[].AlarmName"),
    ("ecr", "describe_repositories", {}, "repositories[].repositoryName"),
    ("eks", "list_clusters", {}, "clusters"),
    ("elbv2", "describe_load_balancers", {}, "LoadBalancers[].LoadBalancerArn"),
    ("elbv2", "describe_target_groups", {}, "TargetGroups[].TargetGroupArn"),
    ("apigatewayv2", "get_apis", {}, "Items[].ApiId"),
    ("apigatewayv2", "get_vpc_links", {}, "Items[].VpcLinkId"),
    ("apigatewayv2", "get_domain_names", {}, "Items[].DomainName"),
    ("acm", "list_certificates", {}, "CertificateSummaryList[].CertificateArn"),
    ("route53", "list_health_checks", {}, "HealthChecks[].Id"),
    ("amp", "list_workspaces", {}, "workspaces[].workspaceId"),
    ("cloudfront", "list_distributions", {}, "DistributionList.Items[].Id"),
    ("ssm", "describe_parameters", {}, "Parameters[].Name"),
    ("secretsmanager", "list_secrets", {}, "SecretList[].Name"),
    ("codebuild", "list_projects", {}, "projects"),
    ("lambda", "list_functions", {}, "Functions[].FunctionName"),
)
"""Service, call, its arguments and what in the answer would be left over."""


def leftovers(aws: Aws) -> list[str]:
    """Everything in the emulator that a fresh account does not have, as `service call: id`."""
    found = [
        f"{service} {call}: {item}"
        for service, call, arguments, expression in LISTINGS
        for item in evaluate(expression, getattr(aws.client(service), call)(**arguments)) or []
    ]
    return [*found, *_live_keys(aws), *_budgets(aws), *_web_acls(aws), *_records(aws)]


def _live_keys(aws: Aws) -> Iterator[str]:
    """Keys that are not waiting for their deletion: a KMS key is never gone at once."""
    kms = aws.client("kms")
    for key in kms.list_keys()["Keys"]:
        metadata = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if metadata["KeyState"] != "PendingDeletion" and metadata["KeyManager"] == "CUSTOMER":
            yield f"kms list_keys: {key['KeyId']}"


def _budgets(aws: Aws) -> list[str]:
    """Budgets; moto answers an account without any with an error."""
    try:
        answer = aws.client("budgets").describe_budgets(AccountId=aws.account)
    except ClientError:
        return []
    return [f"budgets describe_budgets: {budget['BudgetName']}" for budget in answer.get("Budgets", [])]


def _web_acls(aws: Aws) -> list[str]:
    """Web ACLs of the CDN, which live in one region only."""
    answer = aws.client("wafv2", "us-east-1").list_web_acls(Scope="CLOUDFRONT")
    return [f"wafv2 list_web_acls: {acl['Name']}" for acl in answer["WebACLs"]]


def _records(aws: Aws) -> Iterator[str]:
    """Records in the hosted zones, which outlive every stack: all but those that a zone begins with."""
    route53 = aws.client("route53")
    for zone in route53.list_hosted_zones()["HostedZones"]:
        for record in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]:
            if record["Type"] not in ("NS", "SOA"):
                yield f"route53 list_resource_record_sets: {record['Type']} {record['Name']}"
