"""`make release-push`: sends a release's large files to the store of a cloud, before its stack names the release."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from ruamel.yaml import YAML

from components.aws.release_push import push
from infra.aws_settings import AwsPlatform
from infra.cloud_names import STORE
from infra.secret_values import own_values
from serving.errors import ConfigurationError
from serving.release import load, locate


def main(arguments: Sequence[str] | None = None) -> int:
    """Push; 0: all is there, 2: refused, nothing or not everything was sent."""
    parser = argparse.ArgumentParser(prog="python -m infra.push", description=__doc__)
    parser.add_argument("--stack", required=True, help="the cloud, or the stack on its cluster")
    parser.add_argument("--model", required=True, help="the served name")
    parser.add_argument("--release", required=True, help="the release's directory, as the stack file names it")
    parser.add_argument("--namespace", default="models", help="of the model's pods (default: models)")
    options = parser.parse_args(arguments)
    try:
        stack, platform = cloud(options.stack, Path())
        release = load(locate(options.release, Path.cwd()))
        lines = push(
            release,
            boto3.client("s3", region_name=platform.region),
            bucket=platform.site(stack).bucket_name(STORE),
            namespace=options.namespace,
            model=options.model,
            limit_mib=platform.artifact_store.upload_limit_mib,
        )
        said = list(lines)
    except (ConfigurationError, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in said or ["no file is above the limit; the stack's up sends them all"])
    return 0


def cloud(stack: str, folder: Path) -> tuple[str, AwsPlatform]:
    """Return the cloud that a stack makes or stands on: its stack's name and platform.

    Raises:
        ConfigurationError: It has none.
    """
    platform = _platform(folder / f"Pulumi.{stack}.yaml")
    cluster = platform.get("cluster")
    if platform.get("kind") == "kubernetes" and isinstance(cluster, Mapping) and "stack" in cluster:
        return cloud(str(cluster["stack"]), folder)
    if platform.get("kind") != "aws":
        raise ConfigurationError(f'platform.kind is "{platform.get("kind")}" in Pulumi.{stack}.yaml; it has no store.')
    return stack, AwsPlatform.model_validate(platform)


def _platform(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise ConfigurationError(f"{path.name} is missing; name a stack that has a stack file.")
    found: dict[str, Any] = own_values(YAML(typ="safe").load(path.read_text(encoding="utf-8"))["config"])["platform"]
    return found


if __name__ == "__main__":
    sys.exit(main())
