"""What the bucket of releases refuses, and what the reader of one model may do."""

from components.aws.iam_document import Conditions, Statement, allow, deny, for_anyone

DELETES = ("s3:DeleteObject", "s3:DeleteObjectVersion")


def deny_other_keys(bucket_arn: str, key_arn: str) -> Statement:
    """Refuse an upload that names another key; one that names none gets the bucket's."""
    conditions: Conditions = {
        "StringNotEqualsIfExists": {"s3:x-amz-server-side-encryption-aws-kms-key-id": key_arn},
        "Null": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "false"},
    }
    return for_anyone(deny("DenyOtherKeys", ["s3:PutObject"], f"{bucket_arn}/*", conditions))


def deny_deletes(bucket_arn: str, except_roles: list[str]) -> Statement:
    """Refuse every deletion but that of the named roles."""
    conditions: Conditions = {"ArnNotLike": {"aws:PrincipalArn": except_roles}} if except_roles else {}
    return for_anyone(deny("DenyDeletes", DELETES, f"{bucket_arn}/*", conditions))


def deny_outside(bucket_arn: str, endpoint_id: str, except_roles: list[str]) -> Statement:
    """Refuse whoever comes neither through our endpoint nor as one of the named roles.

    Leave it out when SageMaker reads the bucket: it comes from outside the network.
    """
    conditions: Conditions = {
        "StringNotEquals": {"aws:SourceVpce": endpoint_id},
        "ArnNotLike": {"aws:PrincipalArn": except_roles},
        "BoolIfExists": {"aws:ViaAWSService": "false"},
    }
    return for_anyone(deny("DenyOutside", ["s3:*"], [bucket_arn, f"{bucket_arn}/*"], conditions))


def reader_statements(*, bucket_arn: str, key_arn: str, region: str, namespace: str, model: str) -> list[Statement]:
    """Return what the pods of one model may do: read its releases, nothing else.

    With a bucket key, the encryption context is the bucket and not the object.
    """
    prefix = f"models/{namespace}/{model}/*"
    listing = {"StringLike": {"s3:prefix": prefix}}
    decrypt = {
        "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": bucket_arn}
    }
    return [
        allow("ReadReleases", ["s3:GetObject"], f"{bucket_arn}/{prefix}"),
        allow("ListReleases", ["s3:ListBucket"], bucket_arn, listing),
        allow("Decrypt", ["kms:Decrypt"], key_arn, decrypt),
    ]
