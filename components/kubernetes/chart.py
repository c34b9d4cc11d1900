"""A controller by its Helm chart: only here are charts made, so that each is pinned by version and by digest.

A version alone can be pushed again with other content; with a digest the client compares what it fetched. What a chart
makes becomes resources only inside the provider: tests and the policy pack see the chart and not its objects.

Source: https://helm.sh/docs/topics/registries/
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pulumi
from pulumi_kubernetes.helm.v3 import Release
from pulumi_kubernetes.helm.v4 import Chart

from serving.errors import ConfigurationError

_REPOSITORY = re.compile(r"^oci://[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)+$")
_VERSION = re.compile(r"^v?\d+\.\d+\.\d+$")
_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
ARCHIVES = ".slipway/charts"
"""Where fetched archives lie, relative to the project."""


@dataclass(frozen=True, kw_only=True)
class ChartSource:
    """Which chart, to the byte.

    Args:
        repository: Where the chart lies in an OCI registry, such as `oci://docker.io/envoyproxy/gateway-helm`.
        version: Its version, such as `1.9.1`; no range.
        digest: Of the manifest in the registry, `sha256:…`; `helm pull` prints it.

    Raises:
        ConfigurationError: It is not pinned; the message lists every problem.
    """

    repository: str
    version: str
    digest: str

    def __post_init__(self) -> None:
        problems = [
            f"The chart's {what} is {value!r}; write {wanted}."
            for what, value, pattern, wanted in (
                ("repository", self.repository, _REPOSITORY, "oci://registry/path without a tag"),
                ("version", self.version, _VERSION, "one version such as 1.9.1"),
                ("digest", self.digest, _DIGEST, "sha256: and 64 hexadecimal digits, as `helm pull` prints them"),
            )
            if not pattern.match(value)
        ]
        if problems:
            raise ConfigurationError("\n".join(problems))

    @property
    def reference(self) -> str:
        """The chart by tag and digest; a registry whose tag leads elsewhere by now is refused."""
        return f"{self.repository}:{self.version}@{self.digest}"

    @property
    def plain(self) -> dict[str, str]:
        """What a policy must know of it: the engine shows none of a chart's own inputs."""
        return {"content": self.repository, "version": self.version, "digest": self.digest}


@dataclass(frozen=True, kw_only=True)
class ChartArchive:
    """A chart that no OCI registry has: an archive that is fetched and verified before an update.

    Args:
        name: Of the chart.
        version: Its version; no range.
        url: Where the archive lies.
        sha256: Of the archive.
    """

    name: str
    version: str
    url: str
    sha256: str

    @property
    def reference(self) -> str:
        """Where the archive lies for the provider, relative to the project; the name says what was verified."""
        return f"{ARCHIVES}/{self.name}-{self.version}-sha256-{self.sha256}.tgz"

    @property
    def plain(self) -> dict[str, str]:
        """What a policy must know of it: the engine shows none of a chart's own inputs."""
        return {"content": f"{ARCHIVES}/{self.name}", "version": self.version, "digest": f"sha256:{self.sha256}"}


def altered(archive: ChartArchive, project: Path) -> str:
    """Return why an archive may not be used: it is there and is not what was published; empty when all is well."""
    path = project / archive.reference
    if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() != archive.sha256:
        return f"{archive.reference} is not what {archive.url} held; delete it and fetch it again with make preview."
    return ""


class ChartValues(Protocol):
    """What a chart is told: a frozen dataclass of the few values that we set, not a free mapping."""

    def values(self) -> Mapping[str, Any]:
        """Return the values as the chart names them."""


def chart(
    name: str,
    source: ChartSource | ChartArchive,
    values: ChartValues,
    *,
    namespace: pulumi.Input[str],
    opts: pulumi.ResourceOptions | None = None,
    skip_crds: bool = False,
) -> Chart:
    """Register a chart.

    Args:
        name: Logical name; the release's name too, which the names of its objects start with.
        source: Which chart.
        values: What it is told.
        namespace: Where its objects go; it must exist.
        opts: The resource's options.
        skip_crds: Leave out its `crds/` folder; for charts whose definitions have a chart of their own.

    Returns:
        The chart; whatever needs its controller depends on it.

    Raises:
        ConfigurationError: The archive is not what was published.
    """
    if isinstance(source, ChartArchive) and (problem := altered(source, Path.cwd())):
        raise ConfigurationError(problem)
    return Chart(
        name,
        name=name,
        chart=source.reference,
        version=source.version if isinstance(source, ChartSource) else None,
        namespace=namespace,
        values=dict(values.values()),
        skip_crds=skip_crds,
        opts=opts,
    )


def release(
    name: str,
    source: ChartSource,
    values: ChartValues,
    *,
    namespace: pulumi.Input[str],
    release_name: str,
    opts: pulumi.ResourceOptions | None = None,
) -> Release:
    """Register a chart that has hooks, which only a release of Helm's runs; what it makes is Helm's and not Pulumi's.

    Args:
        name: Logical name.
        source: Which chart.
        values: What it is told.
        namespace: Where its objects go; it must exist.
        release_name: What Helm calls it; the names of its objects start with it.
        opts: The resource's options.
    """
    return Release(
        name,
        name=release_name,
        chart=source.reference,
        version=source.version,
        namespace=namespace,
        values=dict(values.values()),
        opts=opts,
    )


def whole(made: Chart, *others: pulumi.Resource) -> pulumi.Output[list[pulumi.Resource]]:
    """Return a chart with every object of it, for `depends_on`.

    A dependency on the chart alone holds when things are made and not when they are destroyed: its objects, on which
    nothing depends then, would go at once, and a controller before what only it can finish.

    Args:
        made: The chart.
        others: What else is depended on.
    """
    everything: pulumi.Output[list[pulumi.Resource]] = made.resources.apply(
        lambda objects: [made, *(objects or ()), *others]
    )
    return everything
