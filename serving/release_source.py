"""Where a release lies that is to be fetched: a folder of this machine, or a bucket."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlsplit

from serving.errors import ReleaseError
from serving.release import locate

S3 = "s3"
CONNECT_SECONDS, ANSWER_SECONDS = 5, 60
MISSING = {"NoSuchKey", "NoSuchBucket", "404"}
REFUSED = {"AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"}


class FetchError(Exception):
    """A release cannot be had right now; trying again may help."""


class ReleaseSource(Protocol):
    """The files of a release, by their paths in it."""

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open one to be read once.

        Raises:
            ReleaseError: it is not there, or may not be read.
            FetchError: its place does not answer.
        """
        ...


class FolderSource:
    """A release in a folder: a volume, or a ConfigMap mounted with the paths of the release.

    Links are followed, as a mounted ConfigMap consists of them; what the files hold is checked by whoever reads them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Open a file of the folder."""
        try:
            file = (self.folder / path).open("rb")
        except OSError as error:
            raise ReleaseError(f"{self.folder / path} cannot be read ({error.strerror}).") from None
        with file:
            yield file


class BucketSource:
    """A release below a prefix of an S3 bucket, read with the credentials of the process: by pod identity, mostly."""

    def __init__(self, bucket: str, prefix: str, client: Any) -> None:  # noqa: ANN401 - boto3 has no types
        self.bucket, self.prefix, self.client = bucket, prefix.strip("/"), client

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Open an object below the prefix."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see `source_at`

        where = f"s3://{self.bucket}/{self.prefix}/{path}"
        try:
            with contextlib.closing(
                self.client.get_object(Bucket=self.bucket, Key=f"{self.prefix}/{path}")["Body"]
            ) as body:
                yield body
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            if code in MISSING:
                raise ReleaseError(f"{where} is not there ({code}).") from None
            if code in REFUSED:
                raise ReleaseError(
                    f"{where} may not be read ({code}); the role of this pod needs s3:GetObject on it, "
                    "and kms:Decrypt where the bucket has a key of its own."
                ) from None
            raise FetchError(f"{where} cannot be read ({error})") from error
        except BotoCoreError as error:
            raise FetchError(f"{where} cannot be read ({error})") from error


def source_at(uri: str) -> ReleaseSource:
    """Find where a release lies.

    Args:
        uri: `s3://bucket/prefix` or `file:///folder`.

    Raises:
        ReleaseError: another kind of address, or half of one.
    """
    parts = urlsplit(uri)
    if parts.scheme != S3:
        return FolderSource(locate(uri, Path.cwd()))
    if not parts.netloc or not parts.path.strip("/"):
        raise ReleaseError(f"release {uri!r} is half an address; give s3://BUCKET/PREFIX.")
    # Needed only here, and slow to import.
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    patience = Config(connect_timeout=CONNECT_SECONDS, read_timeout=ANSWER_SECONDS, retries={"mode": "standard"})
    return BucketSource(parts.netloc, parts.path, boto3.client(S3, config=patience))
