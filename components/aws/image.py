"""An image of ours, named by the digest that the registry answered to the push.

`docker.Image` and not `docker_build.Image`: one platform, no build secrets, and its digest comes from the registry.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_docker as docker
from pulumi_aws import ecr

from components.aws.build_tag import build_tag
from components.aws.rules import require

PLATFORM = "linux/amd64"
BY_DIGEST = re.compile(r"^[^@\s]+@sha256:[0-9a-f]{64}$")


@dataclass(frozen=True, kw_only=True)
class Build:
    """Build the image here; needs a Docker daemon.

    Args:
        context: the folder that the build sees.
        dockerfile: the recipe, `context/Dockerfile` by default.
        target: the stage to build.
        args: build arguments.
        cache_from: an earlier image by its `rel-` tag, whose layers may be used again.
    """

    context: Path
    dockerfile: Path | None = None
    target: str | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    cache_from: str | None = None


@dataclass(frozen=True, kw_only=True)
class Digest:
    """Use an image that CI built: `<repository>@sha256:<64 hex>`."""

    ref: str


@dataclass(frozen=True, kw_only=True)
class ImageArgs:
    """Where the image comes from, and where it goes.

    Args:
        source: built here, or by CI.
        repository: where it is pushed.
        after: what must stand before the first push: the repository's lifecycle and access policies.

    Raises:
        ConfigurationError: a reference without digest.
    """

    source: Build | Digest
    repository: ecr.Repository
    after: tuple[pulumi.Resource, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.source, Digest) and not BY_DIGEST.match(self.source.ref):
            require([f'image.ref is "{self.source.ref}", which has no digest; write repository@sha256:… of 64 digits.'])


class Image(pulumi.ComponentResource):
    """An image in our registry, by digest.

    Produces:
        A pushed image, unless CI has pushed it.
    """

    ref: pulumi.Output[str]

    def __init__(self, name: str, args: ImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Build and push, or take the reference as it is."""
        super().__init__("slipway:aws:Image", name, None, opts)
        self._name, self._args = name, args
        if isinstance(args.source, Digest):
            self.ref = pulumi.Output.from_input(args.source.ref)
        else:
            self.ref = self._pushed(args.source).repo_digest
        self.register_outputs({"ref": self.ref})

    def _pushed(self, source: Build) -> docker.Image:
        url = self._args.repository.repository_url
        dockerfile = source.dockerfile or source.context / "Dockerfile"
        tag = build_tag(source.context, dockerfile, target=source.target, args=source.args)
        build = docker.DockerBuildArgs(
            context=str(source.context),
            dockerfile=str(dockerfile),
            platform=PLATFORM,
            target=source.target,
            args={"BUILDKIT_INLINE_CACHE": "1", **source.args},
            builder_version=docker.BuilderVersion.BUILDER_BUILD_KIT,
            cache_from=docker.CacheFromArgs(images=[source.cache_from]) if source.cache_from else None,
        )
        return docker.Image(
            self._name,
            image_name=url.apply(lambda known: f"{known}:{tag}"),
            build=build,
            registry=self._login(),
            skip_push=False,
            build_on_preview=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self._args.after)),
        )

    def _login(self) -> docker.RegistryArgs:
        token = ecr.get_authorization_token_output(opts=pulumi.InvokeOutputOptions(parent=self))
        return docker.RegistryArgs(
            server=token.proxy_endpoint, username=token.user_name, password=pulumi.Output.secret(token.password)
        )
