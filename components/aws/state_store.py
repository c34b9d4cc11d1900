"""Where Pulumi keeps its state: a bucket with versions, and keys for it and for each environment's secrets.

The backend locks by files below `.pulumi/locks/`: good against accidents, no fence. CI adds one queue per stack.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.aws.aws_site import Site
from components.aws.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.aws.iam_document import deny, for_anyone
from components.aws.private_bucket import PrivateBucket, PrivateBucketArgs

ALIAS = "slipway-state"
NONCURRENT_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class StateStoreArgs:
    """Where, and for which environments."""

    site: Site
    environments: tuple[str, ...]


class StateStore(pulumi.ComponentResource):
    """The state of every stack in this account.

    Produces:
        Key of the bucket, one key per environment, private bucket that is never deleted.
    """

    bucket_arn: pulumi.Output[str]
    key_arns: Mapping[str, pulumi.Output[str]]
    state_url: pulumi.Output[str]
    secrets_provider: pulumi.Output[str]
    secrets_providers: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: StateStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the keys, then the bucket."""
        super().__init__("slipway:aws:StateStore", name, None, opts)
        self._name, self._site = name, args.site
        key = self._key(f"{name}-key", ALIAS, "State of every stack")
        environment_keys = {
            environment: self._key(f"{name}-{environment}-key", f"{ALIAS}-{environment}", f"Secrets of {environment}")
            for environment in args.environments
        }
        bucket = self._bucket(key)
        region = args.site.region
        self.bucket_arn = bucket.bucket_arn
        self.key_arns = {"": key.key_arn, **{env: found.key_arn for env, found in environment_keys.items()}}
        self.state_url = bucket.bucket_name.apply(lambda known: f"s3://{known}?region={region}")
        self.secrets_provider = pulumi.Output.from_input(f"awskms://alias/{ALIAS}?region={region}")
        self.secrets_providers = {
            env: pulumi.Output.from_input(f"awskms://alias/{ALIAS}-{env}?region={region}") for env in args.environments
        }
        self.register_outputs({key: getattr(self, key) for key in StateStore.__annotations__})

    def _key(self, name: str, alias: str, description: str) -> EncryptionKey:
        args = EncryptionKeyArgs(site=self._site, description=description, alias=alias)
        return EncryptionKey(name, args, pulumi.ResourceOptions(parent=self))

    def _bucket(self, key: EncryptionKey) -> PrivateBucket:
        bucket = self._site.bucket_name(self._name)
        arn = self._site.bucket_arn(bucket)
        keep = for_anyone(deny("KeepVersions", ["s3:DeleteBucket", "s3:DeleteObjectVersion"], [arn, f"{arn}/*"]))
        args = PrivateBucketArgs(
            site=self._site,
            bucket=bucket,
            key_arn=key.key_arn,
            statements=() if self._site.disposable else (keep,),
            noncurrent_days=NONCURRENT_DAYS,
        )
        return PrivateBucket(f"{self._name}-bucket", args, pulumi.ResourceOptions(parent=self))
