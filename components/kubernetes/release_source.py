"""A release in the cluster: one immutable ConfigMap, named by its digest, where a stack file names a directory.

Produces a `slipway:kubernetes:ReleaseSource`, with a ConfigMap or with nothing: S3 and volumes have the files already.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.kubernetes.cluster_site import Site
from components.kubernetes.manifest import Manifest
from components.kubernetes.object_names import RELEASE_ANNOTATION
from components.kubernetes.release_volume import config_map_data, config_map_name, is_directory


@dataclass(frozen=True, kw_only=True)
class ReleaseSourceArgs:
    """Which release, and where the stack stands.

    Args:
        site: The stack's place.
        release: Its plain values: `name`, `version`, `uri`, `sha256`, `claim`.
    """

    site: Site
    release: Mapping[str, Any]


class ReleaseSource(pulumi.ComponentResource):
    """What pods fetch a release from."""

    spec: pulumi.Output[dict[str, Any]]
    config_map: Manifest | None

    def __init__(self, name: str, args: ReleaseSourceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:kubernetes:ReleaseSource", name, {"spec": args.release}, opts)
        self.config_map = self._config_map(name, args) if is_directory(args.release) else None
        self.spec = pulumi.Output.from_input(dict(args.release))
        self.register_outputs({"spec": self.spec})

    def _config_map(self, name: str, args: ReleaseSourceArgs) -> Manifest:
        release, labels = args.release, args.site.labels("model", model=args.release["name"])
        document = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": args.site.metadata(
                config_map_name(release), labels, annotations={RELEASE_ANNOTATION: release["sha256"]}
            ),
            "immutable": True,
            "binaryData": config_map_data(release["uri"]),
        }
        return Manifest(f"{name}-files", document, pulumi.ResourceOptions(parent=self))
