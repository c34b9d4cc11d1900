"""One example of every type in the stand-in's tables, in an order in which they can be made.

A value in angle brackets is an output of an example above it, such as `<ec2/vpc:Vpc.id>`. A second example of a type
has a name behind `#`.
"""

from typing import Any

from tests.e2e_aws.stand_in_examples_above import EXAMPLES_ABOVE

_TRUST = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
_DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]}'
_LOG_DELIVERY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"},'
    ' "Action": "s3:PutObject", "Resource": "arn:aws:s3:::slipway-test-logs/*"}]}'
)
_TAGS = {"slipway:stack": "test"}
_BUCKET = {"bucket": "<s3/bucket:Bucket.id>"}
_CLUSTER = {"clusterName": "<eks/cluster:Cluster.name>"}
_ROLE = "<iam/role:Role.arn>"

_GROUND: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": True, "enableDnsHostnames": True, "tags": _TAGS}),
    ("ec2/defaultSecurityGroup:DefaultSecurityGroup", {"vpcId": "<ec2/vpc:Vpc.id>", "ingress": [], "egress": []}),
    ("ec2/subnet:Subnet", {
        "vpcId": "<ec2/vpc:Vpc.id>", "availabilityZoneId": "use1-az4", "cidrBlock": "10.0.0.0/19",
        "mapPublicIpOnLaunch": False, "tags": _TAGS,
    }),
    ("ec2/internetGateway:InternetGateway", {"vpcId": "<ec2/vpc:Vpc.id>"}),
    ("ec2/routeTable:RouteTable", {"vpcId": "<ec2/vpc:Vpc.id>", "tags": _TAGS}),
    ("ec2/route:Route", {
        "routeTableId": "<ec2/routeTable:RouteTable.id>", "destinationCidrBlock": "0.0.0.0/0",
        "gatewayId": "<ec2/internetGateway:InternetGateway.id>",
    }),
    ("ec2/routeTableAssociation:RouteTableAssociation", {
        "routeTableId": "<ec2/routeTable:RouteTable.id>", "subnetId": "<ec2/subnet:Subnet.id>",
    }),
    ("ec2/eip:Eip", {"domain": "vpc"}),
    ("ec2/natGateway:NatGateway", {"allocationId": "<ec2/eip:Eip.id>", "subnetId": "<ec2/subnet:Subnet.id>"}),
    ("ec2/vpcEndpoint:VpcEndpoint", {
        "vpcId": "<ec2/vpc:Vpc.id>", "serviceName": "com.amazonaws.us-east-1.s3", "vpcEndpointType": "Gateway",
    }),
    ("ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation", {
        "routeTableId": "<ec2/routeTable:RouteTable.id>", "vpcEndpointId": "<ec2/vpcEndpoint:VpcEndpoint.id>",
    }),
    ("ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation", {
        "subnetId": "<ec2/subnet:Subnet.id>", "vpcEndpointId": "<ec2/vpcEndpoint:VpcEndpoint.id>",
    }),
    ("ec2/securityGroup:SecurityGroup", {"vpcId": "<ec2/vpc:Vpc.id>", "name": "group", "description": "for tests"}),
    ("vpc/securityGroupIngressRule:SecurityGroupIngressRule", {
        "securityGroupId": "<ec2/securityGroup:SecurityGroup.id>", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443,
        "cidrIpv4": "10.0.0.0/16", "description": "HTTPS",
    }),
    ("vpc/securityGroupEgressRule:SecurityGroupEgressRule", {
        "securityGroupId": "<ec2/securityGroup:SecurityGroup.id>", "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0",
    }),
    ("s3/bucket:Bucket", {"bucket": "slipway-test-bucket", "forceDestroy": True, "objectLockEnabled": True, "tags": _TAGS}),
    ("ec2/flowLog:FlowLog", {
        "vpcId": "<ec2/vpc:Vpc.id>", "trafficType": "REJECT", "logDestinationType": "s3",
        "logDestination": "<s3/bucket:Bucket.arn>", "maxAggregationInterval": 600,
        "destinationOptions": {"fileFormat": "parquet", "perHourPartition": True},
    }),
    ("ec2/placementGroup:PlacementGroup", {"name": "close", "strategy": "cluster"}),
    ("kms/key:Key", {"description": "for tests", "enableKeyRotation": True, "deletionWindowInDays": 7, "tags": _TAGS}),
    ("kms/alias:Alias", {"name": "alias/slipway-test", "targetKeyId": "<kms/key:Key.id>"}),
    ("s3/bucketVersioning:BucketVersioning", {**_BUCKET, "versioningConfiguration": {"status": "Enabled"}}),
    ("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", {
        **_BUCKET, "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 30}},
    }),
    ("s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", {
        **_BUCKET,
        "rules": [{
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "<kms/key:Key.arn>"},
            "bucketKeyEnabled": True,
        }],
    }),
    ("s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {
        **_BUCKET, "blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }),
    ("s3/bucketOwnershipControls:BucketOwnershipControls", {
        **_BUCKET, "rule": {"objectOwnership": "BucketOwnerEnforced"},
    }),
    ("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {
        **_BUCKET,
        "rules": [{
            "id": "old", "status": "Enabled", "filter": {"prefix": ""},
            "noncurrentVersionExpiration": {"noncurrentDays": 7},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        }],
    }),
    ("s3/bucket:Bucket#logs", {"bucket": "slipway-test-logs", "forceDestroy": True}),
    ("s3/bucketPolicy:BucketPolicy", {"bucket": "<s3/bucket:Bucket#logs.id>", "policy": _LOG_DELIVERY}),
    ("s3/bucketLogging:BucketLogging", {
        **_BUCKET, "targetBucket": "<s3/bucket:Bucket#logs.id>", "targetPrefix": "log/",
    }),
    ("s3/bucketObjectv2:BucketObjectv2", {
        **_BUCKET, "key": "models/digits/release.json", "content": "{}", "checksumAlgorithm": "SHA256",
    }),
    ("iam/role:Role", {
        "name": "slipway-test", "path": "/slipway/test/", "assumeRolePolicy": _TRUST, "maxSessionDuration": 7200,
        "description": "for tests", "tags": _TAGS,
    }),
    ("iam/rolePolicy:RolePolicy", {"name": "read", "role": "<iam/role:Role.name>", "policy": _DOCUMENT}),
    ("iam/policy:Policy", {"name": "boundary", "path": "/slipway/", "policy": _DOCUMENT, "description": "boundary"}),
    ("iam/rolePolicyAttachment:RolePolicyAttachment", {
        "role": "<iam/role:Role.name>", "policyArn": "<iam/policy:Policy.arn>",
    }),
    ("iam/instanceProfile:InstanceProfile", {
        "name": "nodes", "path": "/slipway/test/", "role": "<iam/role:Role.name>",
    }),
    ("iam/openIdConnectProvider:OpenIdConnectProvider", {
        "url": "https://token.actions.githubusercontent.com", "clientIdLists": ["sts.amazonaws.com"],
    }),
    ("cloudwatch/logGroup:LogGroup", {"name": "/aws/eks/test-1a2b/cluster", "retentionInDays": 14}),
    ("eks/cluster:Cluster", {
        "name": "test-1a2b", "roleArn": _ROLE, "version": "1.35", "enabledClusterLogTypes": ["api", "audit"],
        "vpcConfig": {"subnetIds": ["<ec2/subnet:Subnet.id>"], "endpointPrivateAccess": True,
                      "endpointPublicAccess": True, "publicAccessCidrs": ["192.0.2.0/24"]},
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "encryptionConfig": {"provider": {"keyArn": "<kms/key:Key.arn>"}, "resources": ["secrets"]},
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16"}, "upgradePolicy": {"supportType": "STANDARD"},
        "zonalShiftConfig": {"enabled": True}, "deletionProtection": False, "bootstrapSelfManagedAddons": False,
        "controlPlaneScalingConfig": {"tier": "standard"}, "tags": _TAGS,
    }),
    ("eks/accessEntry:AccessEntry", {**_CLUSTER, "principalArn": _ROLE, "type": "STANDARD"}),
    ("eks/accessPolicyAssociation:AccessPolicyAssociation", {
        **_CLUSTER, "principalArn": _ROLE, "accessScope": {"type": "cluster"},
        "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
    }),
    ("eks/addon:Addon", {
        **_CLUSTER, "addonName": "vpc-cni", "addonVersion": "v1.20.4-eksbuild.1", "preserve": False,
        "resolveConflictsOnCreate": "OVERWRITE", "resolveConflictsOnUpdate": "OVERWRITE",
        "podIdentityAssociations": [{"serviceAccount": "aws-node", "roleArn": _ROLE}],
    }),
    ("eks/podIdentityAssociation:PodIdentityAssociation", {
        **_CLUSTER, "namespace": "kube-system", "serviceAccount": "karpenter", "roleArn": _ROLE,
    }),
    ("ec2/launchTemplate:LaunchTemplate", {
        "name": "nodes", "updateDefaultVersion": True, "tags": _TAGS,
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "blockDeviceMappings": [{
            "deviceName": "/dev/xvda", "ebs": {"volumeType": "gp3", "volumeSize": 50, "encrypted": "true"},
        }],
        "tagSpecifications": [{"resourceType": "instance", "tags": _TAGS}],
    }),
    ("eks/nodeGroup:NodeGroup", {
        **_CLUSTER, "nodeGroupName": "system", "nodeRoleArn": _ROLE, "subnetIds": ["<ec2/subnet:Subnet.id>"],
        "scalingConfig": {"minSize": 2, "desiredSize": 2, "maxSize": 3}, "amiType": "AL2023_x86_64_STANDARD",
        "instanceTypes": ["t3.large"], "updateConfig": {"maxUnavailable": 1}, "nodeRepairConfig": {"enabled": True},
        "labels": {"slipway.dev/pool": "system"},
        "taints": [{"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}],
        "launchTemplate": {"id": "<ec2/launchTemplate:LaunchTemplate.id>", "version": "1"}, "tags": _TAGS,
    }),
    ("sqs/queue:Queue", {"name": "karpenter", "messageRetentionSeconds": 300, "sqsManagedSseEnabled": True}),
    ("sqs/queuePolicy:QueuePolicy", {"queueUrl": "<sqs/queue:Queue.id>", "policy": _DOCUMENT}),
    ("cloudwatch/eventRule:EventRule", {
        "name": "spot", "eventPattern": '{"source": ["aws.ec2"], "detail-type": ["EC2 Spot Instance Interruption Warning"]}',
    }),
    ("cloudwatch/eventTarget:EventTarget", {
        "rule": "<cloudwatch/eventRule:EventRule.name>", "arn": "<sqs/queue:Queue.arn>",
    }),
    ("ecr/repository:Repository", {
        "name": "slipway/triton", "imageTagMutability": "IMMUTABLE", "forceDelete": True,
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": "<kms/key:Key.arn>"}],
        "imageScanningConfiguration": {"scanOnPush": True},
    }),
    ("ecr/lifecyclePolicy:LifecyclePolicy", {
        "repository": "<ecr/repository:Repository.name>",
        "policy": '{"rules": [{"rulePriority": 1, "description": "keep", "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}, "action": {"type": "expire"}}]}',
    }),
    ("ecr/repositoryPolicy:RepositoryPolicy", {
        "repository": "<ecr/repository:Repository.name>",
        "policy": '{"Version": "2012-10-17", "Statement": [{"Sid": "pull", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": ["ecr:BatchGetImage"]}]}',
    }),
    ("ecr/registryScanningConfiguration:RegistryScanningConfiguration", {
        "scanType": "BASIC",
        "rules": [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}],
    }),
    ("ecr/pullThroughCacheRule:PullThroughCacheRule", {
        "ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io",
    }),
    ("ecr/repositoryCreationTemplate:RepositoryCreationTemplate", {
        "prefix": "quay", "appliedFors": ["PULL_THROUGH_CACHE"], "imageTagMutability": "MUTABLE",
        "customRoleArn": _ROLE, "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": "<kms/key:Key.arn>"}],
        "resourceTags": _TAGS,
    }),
)  # fmt: skip

EXAMPLES = (*_GROUND, *EXAMPLES_ABOVE)
