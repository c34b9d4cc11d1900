"""What a cloud does wrong, one thing at a time: which rule must notice, and that no other does."""

from dataclasses import replace
from typing import Any

from mechanics.facts import Stack
from planned_cloud import POD_TRUST, allow, document, trust
from planned_stack import MISSING, find, good_stack, put, resource, spoil, without

READ_ALL = allow(Action=["s3:GetObject"], Resource=["*"])
OF_ANY_CLUSTER = trust({"Service": "pods.eks.amazonaws.com"}, "sts:AssumeRole")
OF_ANY_JOB = trust(
    {"Federated": "arn:aws:iam::123456789012:oidc-provider/gitlab.com"},
    "sts:AssumeRoleWithWebIdentity",
    StringEquals={"gitlab.com:aud": "slipway", "gitlab.com:sub": "project_path:*"},
)
AFTER_ONE_DAY = (
    '{"rules": [{"selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countNumber": 1}}]}'
)
KEEPS_ONE = '{"rules": [{"selection": {"tagStatus": "tagged", "countType": "imageCountMoreThan", "countNumber": 1}}]}'


def _second(name: str, **relations: Any) -> Stack:
    twin = replace(find(good_stack(), name), name=f"{name}-2", **relations)
    return put(replace(twin, urn=f"{twin.urn}-2"))


# Rule → spoiled stacks in which that rule, and no other, has something to say.
CLOUD_MUTANTS: dict[str, list[Stack]] = {
    "api-route-auth-required": [
        spoil("predict", "authorizationType", "NONE"),
        spoil("predict", "authorizationType", MISSING),
    ],
    "api-throttled-and-discreet": [
        spoil("stage", "defaultRouteSettings.throttlingBurstLimit", 0),
        spoil("stage", "defaultRouteSettings", MISSING),
        spoil("stage", "accessLogSettings.format", '{"who": "$request.header.Authorization"}'),
        spoil("stage", "stageVariables", {"mode": "fast"}),
    ],
    "bucket-hardened": [
        spoil("releases-block", "blockPublicAcls", False),
        spoil("releases-versions", "versioningConfiguration.status", "Suspended"),
        spoil("releases-encryption", "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm", "AES256"),
        spoil("releases-policy", "policy", document(allow(Principal={"Service": "x"}, Action="s3:GetObject"))),
        spoil("releases-ownership", "rule.objectOwnership", "ObjectWriter"),
        spoil("releases-lifecycle", "rules", []),
        without("releases-block"),
        without("releases-versions"),
    ],
    "budget-present": [
        without("budget"),
        spoil("budget", "limitAmount", "50000"),
        spoil("budget", "limitAmount", "a lot"),
        spoil("budget", "timeUnit", "DAILY"),
        spoil("budget", "costFilters", []),
        spoil("budget", "notifications[1].notificationType", "ACTUAL"),
        spoil("budget", "notifications[0].subscriberSnsTopicArns", MISSING),
        spoil("cost", "spec.ceiling_usd_per_month", 9400),
        spoil("cost", "spec.ceiling_usd_per_month", MISSING),
    ],
    "data-location": [spoil("provider", "region", "cn-north-1"), spoil("the-key", "region", "ap-south-1")],
    "deletion-protection": [],
    "ecr-hardened": [
        spoil("images", "imageTagMutability", "MUTABLE"),
        spoil("images", "imageTagMutabilityExclusionFilters", [{"filter": "rel-*", "filterType": "WILDCARD"}]),
        spoil("images", "encryptionConfigurations", MISSING),
        spoil("images-lifecycle", "policy", KEEPS_ONE),
        spoil("images-lifecycle", "policy", AFTER_ONE_DAY),
        without("images-lifecycle"),
    ],
    "eks-encryption-logs-version": [
        spoil("cluster", "encryptionConfig", MISSING),
        spoil("cluster", "enabledClusterLogTypes", ["api"]),
        spoil("cluster", "version", "1.29"),
        spoil("dns", "addonVersion", "latest"),
    ],
    "eks-endpoint-private": [
        spoil("cluster", "vpcConfig.endpointPrivateAccess", False),
        spoil("cluster", "vpcConfig.publicAccessCidrs", MISSING),
        spoil("cluster", "vpcConfig.publicAccessCidrs", ["0.0.0.0/0"]),
        spoil("cluster", "vpcConfig.publicAccessCidrs", ["everyone"]),
        spoil("cluster", "accessConfig.authenticationMode", "CONFIG_MAP"),
        spoil("cluster", "accessConfig.bootstrapClusterCreatorAdminPermissions", True),
    ],
    "fast-restore-accepted": [put(resource("aws:ebs/fastSnapshotRestore:FastSnapshotRestore", "fast", {}))],
    "gpu-nodes-tainted": [
        spoil("gpus", "taints", []),
        spoil("gpus", "labels", MISSING),
        spoil("gpus", "scalingConfig.maxSize", 100),
        spoil("gpus", "diskSize", MISSING),
        spoil("gpus", "amiType", MISSING, spoil("gpus", "taints[0].effect", "PREFER_NO_SCHEDULE")),
    ],
    "iam-no-wildcard": [
        spoil("reads", "policy", document(allow(Action="*", Resource=["arn:aws:s3:::b"]))),
        spoil("reads", "policy", document(allow(Action=["s3:*"], Resource=["arn:aws:s3:::b"]))),
        spoil("reads", "policy", document(allow(NotAction=["iam:*"], Resource=["arn:aws:s3:::b"]))),
        spoil("reads", "policy", document(READ_ALL)),
        spoil("attached", "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
        spoil("the-key", "policy", document(allow(Principal="*", Action="kms:Decrypt", Resource="*"))),
    ],
    "kms-rotation-and-window": [
        spoil("the-key", "enableKeyRotation", False),
        spoil("the-key", "deletionWindowInDays", 1),
        spoil("the-key", "bypassPolicyLockoutSafetyCheck", True),
    ],
    "logs-kept-and-encrypted": [
        spoil("api-server-log", "retentionInDays", MISSING),
        spoil("api-server-log", "retentionInDays", 3653),
        spoil("api-server-log", "kmsKeyId", MISSING),
        spoil("api-server-log", "name", "/aws/eks/other/cluster"),
        spoil("stage", "accessLogSettings", MISSING),
        spoil("balancer", "accessLogs", MISSING),
        without("flows"),
    ],
    "messages-encrypted": [spoil("topic", "kmsMasterKeyId", MISSING), spoil("queue", "sqsManagedSseEnabled", False)],
    "no-ingress-from-everyone": [
        spoil("from-network", "cidrIpv4", "0.0.0.0/0"),
        spoil("from-network", "cidrIpv6", "::/0"),
        spoil("default-group", "ingress", [{"cidrBlocks": ["10.0.0.0/8"]}]),
        put(
            resource(
                "aws:ec2/securityGroupRule:SecurityGroupRule", "old", {"type": "ingress", "cidrBlocks": ["0.0.0.0/0"]}
            )
        ),
    ],
    "nodes-private-imdsv2": [
        spoil("template", "metadataOptions.httpTokens", "optional"),
        spoil("template", "metadataOptions.httpPutResponseHopLimit", 2),
        spoil("template", "blockDeviceMappings[0].ebs.encrypted", False),
        spoil("template", "networkInterfaces", [{"associatePublicIpAddress": "true"}]),
        spoil("gpus", "remoteAccess", {"ec2SshKey": "mine"}),
        spoil("subnet", "mapPublicIpOnLaunch", True),
    ],
    "parts-stand-alone": [
        spoil("queue", "policy", document(allow(Principal="*", Action="sqs:SendMessage", Resource="*"))),
        spoil("topic", "policy", document()),
        spoil("role", "inlinePolicies", [{"name": "more"}]),
        spoil("role", "managedPolicyArns", ["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"]),
    ],
    "pod-identity-scoped": [
        _second("karpenter", props={**find(good_stack(), "karpenter").props, "serviceAccount": "x"})
    ],
    "required-tags": [spoil("queue", "tags.slipway:owner", MISSING), spoil("network", "tags", MISSING)],
    "roles-bounded": [
        spoil("role", "permissionsBoundary", MISSING),
        spoil("role", "path", "/"),
        spoil("role", "assumeRolePolicy", OF_ANY_CLUSTER),
        spoil("role", "assumeRolePolicy", OF_ANY_JOB),
        spoil("role", "assumeRolePolicy", POD_TRUST.replace("cluster/c", "cluster/*")),
        spoil("role", "assumeRolePolicy", trust({"AWS": "*"}, StringEquals={"aws:SourceAccount": "1"})),
    ],
    "single-public-entry": [spoil("balancer", "internal", False), spoil("api", "disableExecuteApiEndpoint", False)],
    "tls-min-version": [
        spoil("listener", "protocol", "TCP"),
        spoil("listener", "sslPolicy", "ELBSecurityPolicy-2016-08"),
        spoil("domain", "domainNameConfiguration.securityPolicy", "TLS_1_0"),
        spoil("integration", "tlsConfig", MISSING),
    ],
}

# Rule → a property that it reads.
CLOUD_READ: dict[str, tuple[str, str]] = {
    "api-route-auth-required": ("predict", "authorizationType"),
    "api-throttled-and-discreet": ("stage", "defaultRouteSettings"),
    "bucket-hardened": ("releases-versions", "versioningConfiguration"),
    "budget-present": ("budget", "limitAmount"),
    "deletion-protection": ("cluster", "deletionProtection"),
    "ecr-hardened": ("images", "imageTagMutability"),
    "eks-encryption-logs-version": ("cluster", "encryptionConfig"),
    "eks-endpoint-private": ("cluster", "accessConfig"),
    "gpu-nodes-tainted": ("gpus", "taints"),
    "kms-rotation-and-window": ("the-key", "enableKeyRotation"),
    "logs-kept-and-encrypted": ("api-server-log", "retentionInDays"),
    "messages-encrypted": ("topic", "kmsMasterKeyId"),
    "nodes-private-imdsv2": ("template", "metadataOptions"),
    "required-tags": ("queue", "tags"),
    "roles-bounded": ("role", "permissionsBoundary"),
    "single-public-entry": ("balancer", "internal"),
    "tls-min-version": ("listener", "protocol"),
}
# What only says too much or opens a door when it is there is right when it is missing, and elsewhere tested.
READ_WHEN_THERE = {
    "data-location",
    "iam-no-wildcard",
    "no-ingress-from-everyone",
    "parts-stand-alone",
    "pod-identity-scoped",
}
