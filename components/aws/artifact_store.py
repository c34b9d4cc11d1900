"""Where releases lie: written once, encrypted with our key, deletable by nobody but a break-glass role."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

from components.aws.artifact_policy import deny_deletes, deny_other_keys, deny_outside
from components.aws.artifact_store_spec import ArtifactStoreSpec, Lock, artifact_store_problems
from components.aws.aws_site import Site
from components.aws.bucket_policy import deny_plain_http
from components.aws.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.aws.iam_document import document
from components.aws.private_bucket import PrivateBucket, PrivateBucketArgs
from components.aws.rules import require


@dataclass(frozen=True, kw_only=True)
class ArtifactStoreArgs:
    """Which store.

    Args:
        deploy_roles: ARNs of the roles that upload.
        s3_endpoint_id: the network's way to S3, for `from_network_only`.
        log_bucket: where S3 writes who read what; `log_ready` is what that waits for.

    Raises:
        ConfigurationError: the spec breaks a rule; the message lists every one.
    """

    site: Site
    spec: ArtifactStoreSpec
    deploy_roles: tuple[str, ...] = ()
    s3_endpoint_id: pulumi.Input[str] | None = None
    log_bucket: pulumi.Input[str] | None = None
    log_ready: tuple[pulumi.Resource, ...] = ()

    def __post_init__(self) -> None:
        require(artifact_store_problems(self.spec))


class ArtifactStore(pulumi.ComponentResource):
    """A bucket of releases and its key.

    Produces:
        Key, private bucket with a stricter policy, object lock, access logging.
    """

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ArtifactStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the key, the bucket, and what guards it."""
        super().__init__("slipway:aws:ArtifactStore", name, None, opts)
        self._name, self._args = name, args
        self.physical_name = args.site.bucket_name(name)
        self.plain_arn = args.site.bucket_arn(self.physical_name)
        key = EncryptionKeyArgs(site=args.site, description="Model releases")
        self.key_arn = EncryptionKey(f"{name}-key", key, pulumi.ResourceOptions(parent=self)).key_arn
        self.bucket = self._bucket()
        self._policy()
        if isinstance(args.spec.lock, Lock):
            self._lock(args.spec.lock)
        if args.log_bucket is not None:
            self._logging(args.log_bucket)
        self.bucket_name, self.bucket_arn = self.bucket.bucket_name, self.bucket.bucket_arn
        self.register_outputs({key: getattr(self, key) for key in ArtifactStore.__annotations__})

    def _bucket(self) -> PrivateBucket:
        args = self._args
        bucket = PrivateBucketArgs(
            site=args.site,
            bucket=self.physical_name,
            key_arn=self.key_arn,
            noncurrent_days=args.spec.noncurrent_days,
            tiering=True,
            object_lock=isinstance(args.spec.lock, Lock),
            own_policy=False,
        )
        return PrivateBucket(f"{self._name}-bucket", bucket, pulumi.ResourceOptions(parent=self))

    def _policy(self) -> s3.BucketPolicy:
        args, arn, site = self._args, self.plain_arn, self._args.site
        breakers = [role for role in [args.spec.break_glass_role_arn] if role]
        # Where a destroy may empty the bucket, the deploy role does it.
        deleters = [*breakers, *(args.deploy_roles if site.disposable else ())]
        inside = args.s3_endpoint_id if args.spec.from_network_only else None

        def text(known: list[str]) -> str:
            statements = [deny_plain_http(arn), deny_other_keys(arn, known[0]), deny_deletes(arn, deleters)]
            if inside is not None:
                statements.append(deny_outside(arn, known[1], [*args.deploy_roles, *breakers]))
            return document(statements)

        return s3.BucketPolicy(
            f"{self._name}-policy",
            bucket=self.bucket.bucket.bucket,
            policy=pulumi.Output.all(self.key_arn, inside or "").apply(text),
            # S3 answers 409 when policy, public access block and ownership are written at the same time.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.bucket]),
        )

    def _lock(self, lock: Lock) -> s3.BucketObjectLockConfiguration:
        return s3.BucketObjectLockConfiguration(
            f"{self._name}-lock",
            bucket=self.bucket.bucket.bucket,
            rule={"default_retention": {"mode": lock.mode, "days": lock.days}},
            # Object lock needs versioning, which no input names.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.bucket]),
        )

    def _logging(self, log_bucket: pulumi.Input[str]) -> s3.BucketLogging:
        return s3.BucketLogging(
            f"{self._name}-logging",
            bucket=self.bucket.bucket.bucket,
            target_bucket=log_bucket,
            target_prefix=f"{self.physical_name}/",
            # S3 tests the log bucket's policy, which is no input of the logging.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self._args.log_ready)),
        )
