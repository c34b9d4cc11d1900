"""`make release-push`: sends a release to the store of a cloud, before a stack names it there."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import BotoCoreError, ClientError

from components.aws.artifact_store_spec import release_prefix
from components.aws.release_push import push
from infra.aws_settings import AwsPlatform
from infra.cloud_names import STORE
from infra.stack_values import cluster_of, stack_values
from serving.errors import ConfigurationError
from serving.release import load, locate


def main(arguments: Sequence[str] | None = None) -> int:
    """Push, then say what the stack file names; 0: all is there, 2: refused, nothing or not everything was sent."""
    parser = argparse.ArgumentParser(prog="python -m infra.push", description=__doc__)
    parser.add_argument("--stack", required=True, help="the cloud, or the stack on its cluster")
    parser.add_argument("--model", required=True, help="the served name")
    parser.add_argument("--release", required=True, help="the release's directory, as the stack file names it")
    parser.add_argument("--namespace", default="models", help="of the model's pods (default: models)")
    options = parser.parse_args(arguments)
    try:
        stack, platform = cloud(options.stack, Path())
        release = load(locate(options.release, Path.cwd()))
        bucket = platform.site(stack).bucket_name(STORE)
        s3 = boto3.client("s3", region_name=platform.region)
        for line in push(release, s3, bucket=bucket, namespace=options.namespace, model=options.model):
            sys.stdout.write(f"{line}\n")
    except (ConfigurationError, BotoCoreError, ClientError, S3UploadFailedError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    prefix = release_prefix(options.namespace, options.model, release.digest)
    sys.stdout.write(f"release: {{uri: s3://{bucket}/{prefix}, sha256: {release.digest}}}\n")
    return 0


def cloud(stack: str, folder: Path) -> tuple[str, AwsPlatform]:
    """Return the cloud that a stack makes or stands on: its stack's name and platform.

    Raises:
        ConfigurationError: It has none.
    """
    platform = _platform(folder / f"Pulumi.{stack}.yaml")
    below = cluster_of(platform)
    if below is not None:
        return cloud(below, folder)
    if platform.get("kind") != "aws":
        raise ConfigurationError(f'platform.kind is "{platform.get("kind")}" in Pulumi.{stack}.yaml; it has no store.')
    return stack, AwsPlatform.model_validate(platform)


def _platform(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise ConfigurationError(f"{path.name} is missing; name a stack that has a stack file.")
    found: dict[str, Any] = stack_values(path)["platform"]
    return found


if __name__ == "__main__":
    sys.exit(main())
