"""A bucket that nobody can open by mistake: owner-only, encrypted, versioned, TLS-only, with a lifecycle.

Every bucket of this project is one of these; what differs (key, lock, statements, days) is an argument.
"""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import s3

from components.aws.aws_site import Site
from components.aws.bucket_policy import deny_plain_http
from components.aws.iam_document import Statement, document

ABORT_UPLOAD_DAYS = 7
"""Parts of an unfinished multipart upload are invisible and cost money; after this time they go."""


@dataclass(frozen=True, kw_only=True)
class PrivateBucketArgs:
    """What a bucket needs.

    Args:
        site: where it stands; its flags say whether it is protected and whether a destroy may empty it.
        bucket: the physical name.
        key_arn: encrypt with this key; without one, with S3's own (log delivery cannot use ours).
        statements: policy statements beside the refusal of plain HTTP.
        expire_days: delete objects after this time; kept for ever by default.
        noncurrent_days: keep an overwritten or deleted version for this time.
        tiering: move objects above 128 KiB to Intelligent-Tiering.
        object_lock: can only be chosen when the bucket is made.
        own_policy: false where the owner writes a policy that needs outputs; a bucket has only one.
    """

    site: Site
    bucket: str
    key_arn: pulumi.Input[str] | None = None
    statements: tuple[Statement, ...] = ()
    expire_days: int | None = None
    noncurrent_days: int = 7
    tiering: bool = False
    object_lock: bool = False
    own_policy: bool = True


class PrivateBucket(pulumi.ComponentResource):
    """A bucket with every side resource that a careful owner would add.

    Produces:
        Bucket, versioning, encryption, public access block, ownership, lifecycle, policy.
    """

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]

    def __init__(self, name: str, args: PrivateBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the bucket; objects may depend on the whole component."""
        super().__init__("slipway:aws:PrivateBucket", name, None, opts)
        self._name, self._args = name, args
        self.bucket = self._bucket()
        versioning = self._versioning()
        self._encryption()
        block, ownership = self._public_access_block(), self._ownership()
        self._lifecycle(versioning)
        if args.own_policy:
            self._policy(block, ownership)
        self.bucket_name, self.bucket_arn = self.bucket.bucket, self.bucket.arn
        self.register_outputs({"bucket_name": self.bucket_name, "bucket_arn": self.bucket_arn})

    def _child(self, **options: Any) -> pulumi.ResourceOptions:  # noqa: ANN401 - ResourceOptions has no narrower type
        return pulumi.ResourceOptions(parent=self, **options)

    def _bucket(self) -> s3.Bucket:
        args = self._args
        return s3.Bucket(
            self._name,
            bucket=args.bucket,
            force_destroy=args.site.disposable,
            object_lock_enabled=args.object_lock,
            tags=args.site.tags.named(args.bucket),
            opts=self._child(protect=args.site.protect),
        )

    def _versioning(self) -> s3.BucketVersioning:
        return s3.BucketVersioning(
            f"{self._name}-versioning",
            bucket=self.bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=self._child(),
        )

    def _encryption(self) -> s3.BucketServerSideEncryptionConfiguration:
        key = self._args.key_arn
        default: s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgsDict = (
            {"sse_algorithm": "AES256"} if key is None else {"sse_algorithm": "aws:kms", "kms_master_key_id": key}
        )
        return s3.BucketServerSideEncryptionConfiguration(
            f"{self._name}-encryption",
            bucket=self.bucket.bucket,
            rules=[{"apply_server_side_encryption_by_default": default, "bucket_key_enabled": key is not None}],
            opts=self._child(),
        )

    def _public_access_block(self) -> s3.BucketPublicAccessBlock:
        return s3.BucketPublicAccessBlock(
            f"{self._name}-public-access-block",
            bucket=self.bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child(),
        )

    def _ownership(self) -> s3.BucketOwnershipControls:
        return s3.BucketOwnershipControls(
            f"{self._name}-ownership",
            bucket=self.bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=self._child(),
        )

    def _lifecycle(self, versioning: s3.BucketVersioning) -> s3.BucketLifecycleConfiguration:
        args = self._args
        rules: list[s3.BucketLifecycleConfigurationRuleArgsDict] = [
            {
                "id": "tidy",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "abort_incomplete_multipart_upload": {"days_after_initiation": ABORT_UPLOAD_DAYS},
                "noncurrent_version_expiration": {"noncurrent_days": args.noncurrent_days},
            }
        ]
        if args.expire_days is not None:
            rules.append(
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": args.expire_days},
                }
            )
        if args.tiering:
            transition: s3.BucketLifecycleConfigurationRuleTransitionArgsDict = {"storage_class": "INTELLIGENT_TIERING"}
            rules.append({"id": "tier", "status": "Enabled", "filter": {"prefix": ""}, "transitions": [transition]})
        return s3.BucketLifecycleConfiguration(
            f"{self._name}-lifecycle",
            bucket=self.bucket.bucket,
            rules=rules,
            transition_default_minimum_object_size="all_storage_classes_128K",
            # Rules about old versions are refused while versioning is still off.
            opts=self._child(depends_on=[versioning]),
        )

    def _policy(self, *before: pulumi.Resource) -> s3.BucketPolicy:
        args = self._args
        statements = [deny_plain_http(args.site.bucket_arn(args.bucket)), *args.statements]
        return s3.BucketPolicy(
            f"{self._name}-policy",
            bucket=self.bucket.bucket,
            policy=document(statements),
            # S3 answers 409 when these three are written to one bucket at the same time.
            opts=self._child(depends_on=list(before)),
        )
