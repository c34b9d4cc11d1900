"""One release in the store: its files first, its manifest last, so that a manifest means a complete release."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_aws import s3

from components.aws.artifact_store import ArtifactStore
from components.aws.artifact_store_spec import MIB, oversize_problem, release_prefix
from components.aws.aws_site import Site
from components.aws.release_push import SHA256_KEY
from components.aws.rules import require
from serving.release import MANIFEST, Release, ReleaseFile

CHECKSUM = "SHA256"


@dataclass(frozen=True, kw_only=True)
class ReleaseUploadArgs:
    """Which release, for which model in which namespace.

    Args:
        pushed: large files have been pushed by `make release-push`; compare their checksums instead of refusing.

    Raises:
        ConfigurationError: a file is too large for an upload here and was not pushed; the message lists every one.
    """

    site: Site
    store: ArtifactStore
    release: Release
    namespace: str
    model: str
    upload_limit_mib: int = 64
    pushed: bool = False

    def __post_init__(self) -> None:
        manifest = self.release.manifest
        if not self.pushed:
            label = f"{manifest.name}/{manifest.version}"
            require(
                problem
                for file in manifest.files
                for problem in oversize_problem(label, file.path, file.size_bytes, self.upload_limit_mib)
            )


class ReleaseUpload(pulumi.ComponentResource):
    """The objects of one release.

    Produces:
        One object per file up to the limit; larger ones are looked up; the manifest after all of them.
    """

    release_uri: pulumi.Output[str]

    def __init__(self, name: str, args: ReleaseUploadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Upload or verify every file, then upload the manifest."""
        super().__init__("slipway:aws:ReleaseUpload", name, None, opts)
        self._name, self._args = name, args
        self._prefix = release_prefix(args.namespace, args.model, args.release.digest)
        limit = args.upload_limit_mib * MIB
        small = [file for file in args.release.manifest.files if file.size_bytes <= limit]
        large = [file for file in args.release.manifest.files if file.size_bytes > limit]
        files = [self._object(file.path, args.release.directory / file.path, file.sha256) for file in small]
        verified = [self._verified(file) for file in large]
        manifest = self._manifest(files, verified)
        self.release_uri = manifest.bucket.apply(lambda bucket: f"s3://{bucket}/{self._prefix}")
        self.register_outputs({"release_uri": self.release_uri})

    def _object(self, path: str, source: Path, sha256: str, key_arn: pulumi.Input[str] | None = None,
                after: list[pulumi.Resource] | None = None) -> s3.BucketObjectv2:  # fmt: skip
        store, site = self._args.store, self._args.site
        return s3.BucketObjectv2(
            f"{self._name}-{path.replace('/', '-')}",
            bucket=store.bucket_name,
            key=f"{self._prefix}/{path}",
            source=pulumi.FileAsset(str(source)),
            source_hash=sha256,
            checksum_algorithm=CHECKSUM,
            kms_key_id=key_arn or store.key_arn,
            tags=site.tags.named(path),
            # What guards the bucket stands before the first object; the manifest comes after every file.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*store.guards, *(after or [])]),
        )

    def _manifest(self, files: list[s3.BucketObjectv2], verified: list[pulumi.Output[str]]) -> s3.BucketObjectv2:
        release = self._args.release
        key_arn = pulumi.Output.all(self._args.store.key_arn, *verified).apply(lambda known: str(known[0]))
        return self._object(MANIFEST, release.directory / MANIFEST, release.digest, key_arn, list(files))

    def _verified(self, file: ReleaseFile) -> pulumi.Output[str]:
        """Look a pushed file up and compare what was recorded of it; the slot reads all of it before it serves."""
        found = s3.get_object_output(
            bucket=self._args.store.physical_name,
            key=f"{self._prefix}/{file.path}",
            checksum_mode="ENABLED",
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        return found.apply(lambda known: self._compared(file, known.content_length, known.metadata or {}))

    def _compared(self, file: ReleaseFile, size_bytes: int, metadata: Mapping[str, str]) -> str:
        release = self._args.release.manifest
        stored = f"{size_bytes} bytes, sha256 {metadata.get(SHA256_KEY, 'not recorded')}"
        wanted = f"{file.size_bytes} bytes, sha256 {file.sha256}"
        if stored != wanted:
            problem = (
                f"release {release.name}/{release.version} has {file.path} with {wanted}, but the store has {stored}; "
                'push it again with "make release-push".'
            )
            require([problem])
        return file.path
