"""What a small cloud looks like to the pack, valid in everything; tests spoil one thing of it."""

import json
from typing import Any, Final

from mechanics.facts import Resource

TAGS: Final = {
    "slipway:stack": "local",
    "slipway:environment": "dev",
    "slipway:owner": "ml",
    "slipway:cost-centre": "1",
}
KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/1"
BUCKET: Final = {"bucket": "releases"}


def document(*statements: dict[str, Any]) -> str:
    """Return an IAM document."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(**parts: Any) -> dict[str, Any]:
    """Return a statement that allows something."""
    return {"Sid": "Only", "Effect": "Allow", **parts}


def trust(who: dict[str, Any], action: Any = "sts:AssumeRole", **conditions: Any) -> str:
    """Return a document that lets somebody take a role."""
    return document(allow(Principal=who, Action=action, Condition=conditions))


PLAIN_HTTP: Final = {
    "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}  # fmt: skip
LIFECYCLE: Final = json.dumps(
    {"rules": [{"selection": {"tagStatus": "tagged", "countType": "imageCountMoreThan", "countNumber": 10}}]}
)
POD_TRUST: Final = trust(
    {"Service": "pods.eks.amazonaws.com"},
    ["sts:AssumeRole", "sts:TagSession"],
    StringEquals={"aws:SourceAccount": "123456789012"},
    ArnEquals={"aws:SourceArn": "arn:aws:eks:us-east-1:123456789012:cluster/c"},
)

# Token, name, properties without tags. Types that take tags get them.
UNTAGGED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("pulumi:providers:aws", "provider", {"region": "us-east-1"}),
    ("aws:apigatewayv2/integration:Integration", "integration", {
        "connectionType": "VPC_LINK", "tlsConfig": {"serverNameToVerify": "models.example.com"},
    }),
    ("aws:apigatewayv2/route:Route", "predict", {"routeKey": "POST /predict", "authorizationType": "JWT"}),
    ("aws:ecr/lifecyclePolicy:LifecyclePolicy", "images-lifecycle", {"repository": "triton", "policy": LIFECYCLE}),
    ("aws:iam/rolePolicy:RolePolicy", "reads", {
        "policy": document(allow(Action=["s3:GetObject"], Resource=["arn:aws:s3:::releases/*"])),
    }),
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "attached", {
        "policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    }),
    ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "releases-lifecycle", {
        **BUCKET, "rules": [{"status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}],
    }),
    ("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "releases-ownership", {
        **BUCKET, "rule": {"objectOwnership": "BucketOwnerEnforced"},
    }),
    ("aws:s3/bucketPolicy:BucketPolicy", "releases-policy", {**BUCKET, "policy": document(PLAIN_HTTP)}),
    ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "releases-block", {
        **BUCKET, "blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }),
    ("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "releases-encryption", {
        **BUCKET, "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}}],
    }),
    ("aws:s3/bucketVersioning:BucketVersioning", "releases-versions", {
        **BUCKET, "versioningConfiguration": {"status": "Enabled"},
    }),
    ("slipway:aws:Budget", "cost", {
        "spec": {"ceiling_usd_per_month": 700, "monthly_usd": 600, "accept_ceiling": False},
    }),
)  # fmt: skip
TAGGED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("aws:eks/cluster:Cluster", "cluster", {
        "name": "c", "version": "1.35", "deletionProtection": True,
        "vpcConfig": {
            "endpointPrivateAccess": True, "endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"],
        },
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "encryptionConfig": {"provider": {"keyArn": KEY}},
        "enabledClusterLogTypes": ["api", "audit", "authenticator"],
    }),
    ("aws:eks/addon:Addon", "dns", {"addonVersion": "v1.12.4-eksbuild.1"}),
    ("aws:eks/nodeGroup:NodeGroup", "gpus", {
        "instanceTypes": ["g6.xlarge"], "amiType": "AL2023_x86_64_NVIDIA", "scalingConfig": {"maxSize": 2},
        "diskSize": 200,
        "labels": {"slipway.dev/pool": "gpu"}, "taints": [{"key": "nvidia.com/gpu", "effect": "NO_SCHEDULE"}],
    }),
    ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "karpenter", {
        "namespace": "kube-system", "serviceAccount": "karpenter", "roleArn": "arn:aws:iam::123456789012:role/k",
    }),
    ("aws:ec2/launchTemplate:LaunchTemplate", "template", {
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "blockDeviceMappings": [{"ebs": {"encrypted": "true"}}],
    }),
    ("aws:ec2/vpc:Vpc", "network", {"cidrBlock": "10.0.0.0/16"}),
    ("aws:ec2/flowLog:FlowLog", "flows", {"trafficType": "ALL"}),
    ("aws:ec2/subnet:Subnet", "subnet", {"mapPublicIpOnLaunch": False}),
    ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "default-group", {"ingress": [], "egress": []}),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "from-network", {"cidrIpv4": "10.0.0.0/16"}),
    ("aws:iam/role:Role", "role", {
        "assumeRolePolicy": POD_TRUST, "path": "/slipway/dev/",
        "permissionsBoundary": "arn:aws:iam::123456789012:policy/slipway/slipway-boundary",
    }),
    ("aws:ecr/repository:Repository", "images", {
        "name": "triton", "imageTagMutability": "IMMUTABLE", "forceDelete": False,
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY}],
    }),
    ("aws:s3/bucket:Bucket", "releases", {**BUCKET, "forceDestroy": False}),
    ("aws:kms/key:Key", "the-key", {
        "enableKeyRotation": True, "deletionWindowInDays": 30,
        "policy": document(
            allow(Principal={"AWS": "arn:aws:iam::123456789012:root"}, Action="kms:Decrypt", Resource="*")
        ),
    }),
    ("aws:cloudwatch/logGroup:LogGroup", "api-server-log", {
        "name": "/aws/eks/c/cluster", "retentionInDays": 90, "kmsKeyId": KEY,
    }),
    ("aws:lb/loadBalancer:LoadBalancer", "balancer", {
        "internal": True, "enableDeletionProtection": True, "accessLogs": {"enabled": True},
    }),
    ("aws:lb/listener:Listener", "listener", {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}),
    ("aws:apigatewayv2/api:Api", "api", {"disableExecuteApiEndpoint": True}),
    ("aws:apigatewayv2/domainName:DomainName", "domain", {"domainNameConfiguration": {"securityPolicy": "TLS_1_2"}}),
    ("aws:apigatewayv2/stage:Stage", "stage", {
        "defaultRouteSettings": {"throttlingBurstLimit": 100, "throttlingRateLimit": 50},
        "accessLogSettings": {"format": '{"id": "$context.requestId"}', "destinationArn": "arn:aws:logs:::x"},
    }),
    ("aws:sns/topic:Topic", "topic", {"kmsMasterKeyId": KEY}),
    ("aws:sqs/queue:Queue", "queue", {"sqsManagedSseEnabled": True}),
    ("aws:budgets/budget:Budget", "budget", {
        "budgetType": "COST", "timeUnit": "MONTHLY", "limitAmount": "600.00",
        "costFilters": [{"name": "TagKeyValue", "values": ["user:slipway:stack$local"]}],
        "notifications": [
            {"notificationType": kind, "threshold": share, "subscriberSnsTopicArns": ["arn:aws:sns:::t"]}
            for kind, share in (("ACTUAL", 80), ("FORECASTED", 100))
        ],
    }),
    ("aws:costexplorer/anomalySubscription:AnomalySubscription", "anomalies", {"frequency": "IMMEDIATE"}),
)  # fmt: skip


def good_cloud() -> tuple[Resource, ...]:
    """Return the valid resources of a cloud."""
    untagged = (_resource(token, name, props) for token, name, props in UNTAGGED)
    tagged = (_resource(token, name, {**props, "tags": dict(TAGS)}) for token, name, props in TAGGED)
    return (*untagged, *tagged)


def _resource(token: str, name: str, props: dict[str, Any]) -> Resource:
    return Resource(
        token=token, urn=f"urn:pulumi:local::slipway::{token}::{name}", name=name, props=props, protected=True
    )
