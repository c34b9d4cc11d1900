"""Records of network flows, as Parquet files in a bucket of their own: S3 is ten times cheaper here than CloudWatch."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components.aws.aws_site import Site
from components.aws.bucket_policy import accept_log_delivery
from components.aws.network_spec import FlowLogsToS3
from components.aws.private_bucket import PrivateBucket, PrivateBucketArgs

AGGREGATION_SECONDS = 600
"""https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html: 60 or 600."""


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """Which flows of which network are recorded, and for how long."""

    site: Site
    vpc_id: pulumi.Input[str]
    spec: FlowLogsToS3


class FlowLogs(pulumi.ComponentResource):
    """A flow log and its bucket.

    Produces:
        Flow log; a private bucket whose objects expire.
    """

    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the bucket, then the log that writes to it."""
        super().__init__("slipway:aws:FlowLogs", name, None, opts)
        bucket = _bucket(f"{name}-bucket", args, pulumi.ResourceOptions(parent=self))
        ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type=args.spec.traffic,
            log_destination_type="s3",
            log_destination=bucket.bucket_arn,
            destination_options={"file_format": "parquet", "per_hour_partition": True},
            max_aggregation_interval=AGGREGATION_SECONDS,
            tags=args.site.tags.named(name),
            # Creation checks the bucket's policy, which is no input of the log.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[bucket]),
        )
        self.bucket_name = bucket.bucket_name
        self.register_outputs({"bucket_name": self.bucket_name})


def _bucket(name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions) -> PrivateBucket:
    site = args.site
    bucket = site.bucket_name(name)
    statements = accept_log_delivery(site.bucket_arn(bucket), site.account_id)
    return PrivateBucket(
        name,
        PrivateBucketArgs(site=site, bucket=bucket, statements=tuple(statements), expire_days=args.spec.days),
        opts,
    )
