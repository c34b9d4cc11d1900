"""How a release comes to a pod: what is mounted, and which address the fetch reads.

Three ways, by the address that a stack file names: a directory beside it becomes a ConfigMap with the paths of the
release, `s3://…` is read by the pod's own identity, `file:///volume/…` lies on a volume that exists in the cluster.
See docs/adr/0032-releases-as-config-maps.md.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.kubernetes.document import Document
from components.kubernetes.object_names import content_name, object_name
from serving.errors import ConfigurationError
from serving.release import MANIFEST, Release, load, locate, read_file

CONFIG_MAP_BYTES = 1024 * 1024
"""https://kubernetes.io/docs/concepts/configuration/configmap/#motivation"""
MOUNT = "/release"
VOLUME_MOUNT = "/volume"
S3 = "s3://"


@dataclass(frozen=True, kw_only=True)
class ReleaseVolume:
    """What a pod mounts, and what its fetch is told.

    Args:
        uri: The address inside the pod.
        mount: Where the volume goes; None when the fetch needs none.
        volume: The volume's source, without its name; None when the fetch needs none.
    """

    uri: str
    mount: str | None = None
    volume: Document | None = None

    @property
    def from_s3(self) -> bool:
        """Whether the pod needs the way to S3."""
        return self.uri.startswith(S3)

    def volumes(self, name: str) -> list[Document]:
        """Return the volumes of a pod that fetches this release."""
        return [{"name": name, **self.volume}] if self.volume else []

    def mounts(self, name: str) -> list[Document]:
        """Return the mounts of the container that fetches this release."""
        return [{"name": name, "mountPath": self.mount, "readOnly": True}] if self.mount else []


def release_volume(release: Mapping[str, Any], index: int = 0) -> ReleaseVolume:
    """Return how a release reaches a pod, from its plain values.

    Args:
        release: `name`, `version`, `uri`, `sha256`, and `claim` for one on a volume.
        index: Of the release in a pod that fetches several.

    Raises:
        ConfigurationError: A directory that is not there.
    """
    uri = str(release["uri"])
    if uri.startswith(S3):
        return ReleaseVolume(uri=uri)
    if release.get("claim"):
        claim = {"persistentVolumeClaim": {"claimName": release["claim"], "readOnly": True}}
        return ReleaseVolume(uri=uri, mount=VOLUME_MOUNT, volume=claim)
    found = load(locate(uri, Path.cwd()))
    mount = f"{MOUNT}/{index}"
    items = [{"key": key, "path": path} for key, path in sorted(_keys(found).items())]
    volume = {"configMap": {"name": config_map_name(release), "items": items}}
    return ReleaseVolume(uri=f"file://{mount}", mount=mount, volume=volume)


def config_map_name(release: Mapping[str, Any]) -> str:
    """Return the name of the ConfigMap that holds a release; the same release has the same name."""
    return content_name(f"{object_name(str(release['name']))}-release", release["sha256"])


def is_directory(release: Mapping[str, Any]) -> bool:
    """Tell whether a release becomes a ConfigMap."""
    return not str(release["uri"]).startswith(S3) and not release.get("claim")


def config_map_data(uri: str) -> dict[str, str]:
    """Return a release's files as the binary values of a ConfigMap, each checked against the manifest.

    Raises:
        ConfigurationError: Together they are larger than a ConfigMap may be, or one is not what the manifest says.
    """
    release = load(locate(uri, Path.cwd()))
    contents = {key: _content(release, path) for key, path in _keys(release).items()}
    size = sum(len(content) for content in contents.values())
    if size > CONFIG_MAP_BYTES:
        raise ConfigurationError(too_large(uri, size))
    return {key: base64.b64encode(content).decode() for key, content in contents.items()}


def size_problems(where: str, uri: str, release: Release) -> Iterator[str]:
    """Yield a sentence when a directory is too large to go into the cluster as it is."""
    size = sum(file.size_bytes for file in release.manifest.files)
    size += (release.directory / MANIFEST).stat().st_size
    if size > CONFIG_MAP_BYTES:
        yield f"{where}: {too_large(uri, size)}"


def too_large(uri: str, size: int) -> str:
    """Return what to do with a release that no ConfigMap can hold."""
    return (
        f"{uri} has {size / CONFIG_MAP_BYTES:.1f} MiB, and a directory goes into the cluster as a ConfigMap of at most "
        "1 MiB; put it into a bucket and write {uri: s3://…, sha256: …}, or onto a volume of the cluster and write "
        "{uri: file:///volume/…, sha256: …, claim: …}."
    )


def _content(release: Release, path: str) -> bytes:
    return (release.directory / path).read_bytes() if path == MANIFEST else read_file(release, path)


def _keys(release: Release) -> dict[str, str]:
    """The key of each file: a ConfigMap's keys have no slashes."""
    paths = [MANIFEST, *(file.path for file in release.manifest.files)]
    return {f"{number:03d}-{path.rpartition('/')[2]}": path for number, path in enumerate(paths)}
