"""User data of GPU nodes: the one file in which a node image reads how it shall pull images."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from components.aws.gpu_pool_spec import Sharing
from components.aws.image_cache_plan import ImageCache, SociParallelPull, node_settings
from components.aws.node_disk import Os

SOCI_CONFIG = "/etc/soci-snapshotter-grpc/config.toml"
_BOUNDARY = "==SLIPWAY=="


def user_data(os: Os, cache: ImageCache, shares: tuple[Sharing, int] = ("none", 1)) -> str | None:
    """Return a node's user data, or None when its image needs none.

    Args:
        os: which node image.
        cache: how images reach the node.
        shares: how pods share a GPU, and how many; Bottlerocket's own device plugin is told here.

    Shape:
        AL2023: a MIME document with a NodeConfig (JSON is YAML) and a shell part; Bottlerocket: TOML.
    """
    fast = cache if isinstance(cache, SociParallelPull) else None
    if os == "bottlerocket":
        return "\n".join(_toml("settings", {**node_settings(cache).bottlerocket, **_sharing(*shares)})) or None
    return _mime(json.dumps(node_settings(fast).al2023, sort_keys=True), _tuning(fast)) if fast else None


def encoded(text: str | None) -> str | None:
    """Return user data as launch templates take it: Base64."""
    return None if text is None else base64.b64encode(text.encode()).decode()


def _toml(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    """Write a table and those below it; what stands here (text, numbers, booleans) is the same in JSON."""
    plain = [f"{key} = {json.dumps(value)}" for key, value in table.items() if not isinstance(value, Mapping)]
    if plain:
        yield from (f"[{name}]", *plain, "")
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _toml(f"{name}.{key}", value)


def _sharing(sharing: Sharing, pods: int) -> dict[str, Any]:
    """Source: https://bottlerocket.dev/en/os/1.54.x/api/settings/kubelet-device-plugins."""
    if sharing == "none":
        return {}
    strategy = sharing.replace("_", "-")
    return {
        "kubelet-device-plugins": {"nvidia": {"device-sharing-strategy": strategy, strategy: {"replicas": pods}}},
    }


def _tuning(cache: SociParallelPull) -> str:
    limits = {
        "max_concurrent_downloads_per_image": str(cache.downloads),
        "max_concurrent_unpacks_per_image": str(cache.unpacks),
        "concurrent_download_chunk_size": f'"{cache.chunk}"',
    }
    edits = [f"sed -i 's/^{key} = .*/{key} = {value}/' {SOCI_CONFIG}" for key, value in limits.items()]
    return "\n".join(["#!/usr/bin/env bash", "set -euo pipefail", *edits])


def _mime(node_config: str, script: str) -> str:
    parts = (("application/node.eks.aws", node_config), ("text/x-shellscript", script))
    body = [f"--{_BOUNDARY}\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts]
    head = f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{_BOUNDARY}"\n\n'
    return head + "\n".join(body) + f"\n--{_BOUNDARY}--\n"
