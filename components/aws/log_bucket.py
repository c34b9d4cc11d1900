"""One bucket per stack for access logs: of the load balancers, and of the bucket of releases.

Neither service can write with a key of ours, so S3's own key encrypts them.
"""

from dataclasses import dataclass

import pulumi

from components.aws.aws_site import Site
from components.aws.bucket_policy import accept_access_logs, accept_log_delivery
from components.aws.private_bucket import PrivateBucket, PrivateBucketArgs


@dataclass(frozen=True, kw_only=True)
class LogBucketArgs:
    """How long logs stay."""

    site: Site
    days: int


class LogBucket(pulumi.ComponentResource):
    """A private bucket that two AWS services may write to.

    Produces:
        Private bucket whose objects expire.
    """

    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the bucket."""
        super().__init__("slipway:aws:LogBucket", name, None, opts)
        site = args.site
        bucket = site.bucket_name(name)
        arn = site.bucket_arn(bucket)
        statements = (*accept_log_delivery(arn, site.account_id), accept_access_logs(arn, site.account_id))
        made = PrivateBucket(
            f"{name}-bucket",
            PrivateBucketArgs(site=site, bucket=bucket, statements=statements, expire_days=args.days),
            pulumi.ResourceOptions(parent=self),
        )
        self.bucket_name = made.bucket_name
        self.register_outputs({"bucket_name": self.bucket_name})
