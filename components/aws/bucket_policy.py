"""What our buckets refuse and accept, as statements: no plain HTTP, no foreign key, no delete, log delivery."""

from components.aws.iam_document import Statement, allow, deny, for_anyone, for_principal

LOG_DELIVERY = "delivery.logs.amazonaws.com"
"""Writes VPC flow logs and the access logs of network load balancers."""
S3_LOGGING = "logging.s3.amazonaws.com"
"""Writes S3 server access logs."""


def deny_plain_http(bucket_arn: str) -> Statement:
    """Refuse every request that does not use TLS."""
    conditions = {"Bool": {"aws:SecureTransport": "false"}}
    return for_anyone(deny("DenyPlainHttp", ["s3:*"], [bucket_arn, f"{bucket_arn}/*"], conditions))


def accept_log_delivery(bucket_arn: str, account_id: str) -> list[Statement]:
    """Let AWS's log delivery write objects that belong to us, for this account only."""
    from_us = {"StringEquals": {"aws:SourceAccount": account_id}}
    owned = {"StringEquals": {"aws:SourceAccount": account_id, "s3:x-amz-acl": "bucket-owner-full-control"}}
    return [
        for_principal(allow("DeliverLogs", ["s3:PutObject"], f"{bucket_arn}/*", owned), "Service", LOG_DELIVERY),
        for_principal(
            allow("CheckDelivery", ["s3:GetBucketAcl", "s3:ListBucket"], bucket_arn, from_us), "Service", LOG_DELIVERY
        ),
    ]


def accept_access_logs(bucket_arn: str, account_id: str) -> Statement:
    """Let S3 write the access logs of our other buckets."""
    conditions = {"StringEquals": {"aws:SourceAccount": account_id}}
    return for_principal(allow("S3AccessLogs", ["s3:PutObject"], f"{bucket_arn}/*", conditions), "Service", S3_LOGGING)
