"""Rows of data at rest: buckets with their settings, objects, queues, log groups."""

from tests.support.aws_stand_in.row import Call, Row, arn

_BUCKET = {"Bucket": "bucket"}


def _bucket_setting(
    kind: str, put: str, arguments: dict[str, str], delete: Call | None = None, *, ignored: tuple[str, ...] = ()
) -> Row:
    """A setting of a bucket: one put call makes and changes it."""
    return Row(
        token=f"s3/bucket{kind}:Bucket{kind}",
        service="s3",
        create=Call(put, {"Bucket": "bucket", **arguments}),
        id="bucket",
        updates=(Call(put, {"Bucket": "bucket", **arguments}),),
        delete=delete,
        replaces=("bucket",),
        ignored=ignored,
    )


_PUT_OBJECT = {
    "Bucket": "bucket",
    "Key": "key",
    "Body": "source || content",
    "ContentType": "contentType",
    "ServerSideEncryption": "serverSideEncryption || (kmsKeyId && 'aws:kms') || null",
    "SSEKMSKeyId": "kmsKeyId",
    "ChecksumAlgorithm": "checksumAlgorithm",
    "Metadata": "metadata",
}

ROWS = (
    Row(
        token="s3/bucket:Bucket",
        service="s3",
        create=Call("create_bucket", {"Bucket": "bucket", "ObjectLockEnabledForBucket": "objectLockEnabled"}),
        id="bucket",
        after=(Call("put_bucket_tagging", {"Bucket": "id", "Tagging": "{TagSet: tags}"}, on=("tags",)),),
        read=Call("head_bucket", {"Bucket": "id"}),
        outputs={
            "arn": "join('', ['arn:aws:s3:::', id])",
            "bucketRegionalDomainName": "join('', [id, '.s3.', region, '.amazonaws.com'])",
            "bucketDomainName": "join('', [id, '.s3.amazonaws.com'])",
        },
        before_delete=(
            Call("list_object_versions", {"Bucket": "id"}, keep="held"),
            *(
                Call(
                    "delete_objects",
                    {
                        "Bucket": "id",
                        "Delete": f"{{Objects: held.{kind}[].{{Key: Key, VersionId: VersionId}}}}",
                        "BypassGovernanceRetention": "objectLockEnabled",
                    },
                    when=f"forceDestroy && held.{kind}",
                )
                for kind in ("Versions", "DeleteMarkers")
            ),
        ),
        delete=Call("delete_bucket", {"Bucket": "id"}),
        replaces=("bucket", "bucketPrefix", "objectLockEnabled"),
        ignored=("forceDestroy",),
        autoname="bucket",
        name_limit=63,
    ),
    # The official provider suspends versions when this goes; moto cannot empty a bucket whose versions are suspended.
    _bucket_setting(
        "Versioning",
        "put_bucket_versioning",
        {"VersioningConfiguration": "{Status: versioningConfiguration.status}"},
    ),
    _bucket_setting(
        "ServerSideEncryptionConfiguration",
        "put_bucket_encryption",
        {"ServerSideEncryptionConfiguration": "{Rules: rules}"},
        Call("delete_bucket_encryption", _BUCKET),
    ),
    _bucket_setting(
        "PublicAccessBlock",
        "put_public_access_block",
        {
            "PublicAccessBlockConfiguration": "{BlockPublicAcls: blockPublicAcls, IgnorePublicAcls: ignorePublicAcls,"
            " BlockPublicPolicy: blockPublicPolicy, RestrictPublicBuckets: restrictPublicBuckets}"
        },
        Call("delete_public_access_block", _BUCKET),
    ),
    _bucket_setting(
        "OwnershipControls",
        "put_bucket_ownership_controls",
        {"OwnershipControls": "{Rules: [rule]}"},
        Call("delete_bucket_ownership_controls", _BUCKET),
    ),
    _bucket_setting(
        "LifecycleConfiguration",
        "put_bucket_lifecycle_configuration",
        {"LifecycleConfiguration": "{Rules: rules}"},
        Call("delete_bucket_lifecycle", _BUCKET),
        ignored=("transitionDefaultMinimumObjectSize",),
    ),
    _bucket_setting(
        "ObjectLockConfiguration",
        "put_object_lock_configuration",
        {"ObjectLockConfiguration": "{ObjectLockEnabled: 'Enabled', Rule: rule}"},
        ignored=("objectLockEnabled",),
    ),
    _bucket_setting(
        "Logging",
        "put_bucket_logging",
        {"BucketLoggingStatus": "{LoggingEnabled: {TargetBucket: targetBucket, TargetPrefix: targetPrefix}}"},
        Call("put_bucket_logging", {**_BUCKET, "BucketLoggingStatus": "`{}`"}),
    ),
    _bucket_setting("Policy", "put_bucket_policy", {"Policy": "bare(policy)"}, Call("delete_bucket_policy", _BUCKET)),
    Row(
        token="s3/bucketObjectv2:BucketObjectv2",
        service="s3",
        create=Call("put_object", _PUT_OBJECT),
        id="join('/', [bucket, key])",
        updates=(Call("put_object", _PUT_OBJECT),),
        read=Call("head_object", {"Bucket": "bucket", "Key": "key"}),
        outputs={"arn": "join('', ['arn:aws:s3:::', id])"},
        delete=Call("delete_object", {"Bucket": "bucket", "Key": "key"}),
        replaces=("bucket", "key"),
        ignored=("sourceHash", "forceDestroy"),
    ),
    Row(
        token="sqs/queue:Queue",
        service="sqs",
        create=Call(
            "create_queue",
            {
                "QueueName": "name",
                "Attributes": "{MessageRetentionPeriod: messageRetentionSeconds,"
                " SqsManagedSseEnabled: sqsManagedSseEnabled, KmsMasterKeyId: kmsMasterKeyId}",
            },
        ),
        id="answer.QueueUrl",
        updates=(
            Call(
                "set_queue_attributes",
                {
                    "QueueUrl": "id",
                    "Attributes": "{MessageRetentionPeriod: messageRetentionSeconds,"
                    " SqsManagedSseEnabled: sqsManagedSseEnabled}",
                },
            ),
        ),
        read=Call("get_queue_attributes", {"QueueUrl": "id", "AttributeNames": "['All']"}),
        found="Attributes",
        outputs={"arn": "found.QueueArn", "url": "id"},
        delete=Call("delete_queue", {"QueueUrl": "id"}),
        replaces=("name", "namePrefix", "fifoQueue"),
        autoname="name",
        name_limit=80,
    ),
    Row(
        token="sqs/queuePolicy:QueuePolicy",
        service="sqs",
        create=Call("set_queue_attributes", {"QueueUrl": "queueUrl", "Attributes": "{Policy: policy}"}),
        id="queueUrl",
        updates=(Call("set_queue_attributes", {"QueueUrl": "queueUrl", "Attributes": "{Policy: policy}"}),),
        delete=Call("set_queue_attributes", {"QueueUrl": "queueUrl", "Attributes": "{Policy: ''}"}),
        replaces=("queueUrl",),
    ),
    Row(
        token="cloudwatch/logGroup:LogGroup",
        service="logs",
        create=Call("create_log_group", {"logGroupName": "name"}),
        id="name",
        after=(
            Call(
                "put_retention_policy",
                {"logGroupName": "id", "retentionInDays": "retentionInDays"},
                on=("retentionInDays",),
            ),
        ),
        read=Call("describe_log_groups", {"logGroupNamePrefix": "id"}),
        found="logGroups[0]",
        outputs={"arn": "found.logGroupArn || found.arn"},
        delete=Call("delete_log_group", {"logGroupName": "id"}),
        replaces=("name", "namePrefix", "logGroupClass"),
        ignored=("skipDestroy",),
        autoname="name",
        name_limit=512,
    ),
    Row(
        token="ssm/parameter:Parameter",
        service="ssm",
        create=Call("put_parameter"),
        id="name",
        updates=(Call("put_parameter", {"Overwrite": "`true`"}, fill=True),),
        outputs={"arn": arn("ssm", "parameter{id}")},
        delete=Call("delete_parameter", {"Name": "id"}),
        replaces=("name",),
        autoname="name",
    ),
)
