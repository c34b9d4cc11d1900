"""Pushes a release into the store: every file, then its manifest, so that a manifest means a complete release.

Not by Pulumi, because a release outlives the stack that first served it. S3 compares a checksum of every part while it
arrives; the sha256 of the whole file is recorded beside it, because the checksum of an object that came in parts is
none of its content.
"""

from collections.abc import Iterator
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from components.aws.artifact_store_spec import release_prefix
from serving.provenance import sha256_of
from serving.release import MANIFEST, Release, verify

SHA256_KEY = "sha256"
"""Metadata of a pushed object: the sha256 of the whole file, 64 hex digits."""
MIB = 1024 * 1024
PART_BYTES = 64 * MIB
_IN_PARTS = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES)

# A boto3 client, whose methods are made at run time.
S3 = Any


def push(release: Release, s3: S3, *, bucket: str, namespace: str, model: str) -> Iterator[str]:
    """Push every file that is not there yet, the manifest last, and yield a line for each.

    Args:
        release: its files are compared with the manifest before anything is sent.
        s3: a client of the account.
        bucket: physical name of the store's bucket.
        namespace: of the model's pods.
        model: the served name.

    Raises:
        ReleaseError: A file is not what the manifest says.
    """
    verify(release)
    prefix = release_prefix(namespace, model, release.digest)
    files = {file.path: file.sha256 for file in release.manifest.files}
    for path, sha256 in {**files, MANIFEST: sha256_of(release.directory / MANIFEST)}.items():
        key = f"{prefix}/{path}"
        if _recorded(s3, bucket, key) == sha256:
            yield f"{path} is there already"
        else:
            extra = {"ChecksumAlgorithm": "SHA256", "Metadata": {SHA256_KEY: sha256}}
            s3.upload_file(str(release.directory / path), bucket, key, ExtraArgs=extra, Config=_IN_PARTS)
            size = (release.directory / path).stat().st_size
            yield f"{path} was pushed: {-(-size // MIB)} MiB to s3://{bucket}/{key}"


def _recorded(s3: S3, bucket: str, key: str) -> str | None:
    """Return the sha256 that stands beside an object; None where there is no object."""
    try:
        known: dict[str, str] = s3.head_object(Bucket=bucket, Key=key)["Metadata"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return None
        raise
    return known.get(SHA256_KEY)
