"""Pushes a release's large files into the store, past Pulumi, which later verifies what lies there.

S3 compares a checksum of every part while it arrives; the sha256 of the whole file is recorded beside it, because the
checksum of an object that came in parts is none of its content.
"""

from collections.abc import Iterator
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from components.aws.artifact_store_spec import MIB, release_prefix
from serving.release import Release, ReleaseFile, verify

SHA256_KEY = "sha256"
"""Metadata of a pushed object: the sha256 of the whole file, 64 hex digits."""
PART_BYTES = 64 * MIB
_IN_PARTS = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES)

# A boto3 client, whose methods are made at run time.
S3 = Any


def push(release: Release, s3: S3, *, bucket: str, namespace: str, model: str, limit_mib: int) -> Iterator[str]:
    """Push every file above the limit that is not there yet, and yield a line for each.

    Args:
        release: its files are compared with the manifest before anything is sent.
        s3: a client of the account.
        bucket: physical name of the store's bucket.
        namespace: of the model's pods.
        model: the served name.
        limit_mib: smaller files travel with Pulumi.

    Raises:
        ReleaseError: A file is not what the manifest says.
    """
    verify(release)
    prefix = release_prefix(namespace, model, release.digest)
    for file in release.manifest.files:
        if file.size_bytes > limit_mib * MIB:
            yield _pushed(release, file, s3, bucket, f"{prefix}/{file.path}")


def _pushed(release: Release, file: ReleaseFile, s3: S3, bucket: str, key: str) -> str:
    if _recorded(s3, bucket, key) == file.sha256:
        return f"{file.path} is there already"
    extra = {"ChecksumAlgorithm": "SHA256", "Metadata": {SHA256_KEY: file.sha256}}
    s3.upload_file(str(release.directory / file.path), bucket, key, ExtraArgs=extra, Config=_IN_PARTS)
    return f"{file.path} was pushed: {-(-file.size_bytes // MIB)} MiB to s3://{bucket}/{key}"


def _recorded(s3: S3, bucket: str, key: str) -> str | None:
    """Return the sha256 that stands beside an object; None where there is no object."""
    try:
        known: dict[str, str] = s3.head_object(Bucket=bucket, Key=key)["Metadata"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return None
        raise
    return known.get(SHA256_KEY)
