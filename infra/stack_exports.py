"""What a stack with models exports, wherever it stands: how they are reached, by whom, with what."""

from collections.abc import Mapping
from typing import Any

import pulumi

from infra.releases import AnyRelease, PlannedRelease, Releases
from infra.settings import Model


def export_models(
    models: Mapping[str, Model],
    releases: Releases,
    *,
    gateway_url: pulumi.Input[str],
    keys: Mapping[str, pulumi.Output[str]],
    urls: Mapping[str, pulumi.Input[str]],
) -> None:
    """Export the gateway's URL, every client's key, and every model as its callers need to know it.

    Args:
        models: The stack file's models.
        releases: The planned releases by model and slot.
        gateway_url: Where the gateway answers.
        keys: Client → its key, a secret.
        urls: Model → where it is asked.
    """
    pulumi.export("gateway_url", gateway_url)
    for client, key in keys.items():
        pulumi.export(f"api_key_{client}", key)
    described = {name: _described(urls[name], model, releases[name]) for name, model in sorted(models.items())}
    pulumi.export("models", described)


def _described(url: pulumi.Input[str], model: Model, releases: Mapping[str, AnyRelease]) -> dict[str, Any]:
    """Return what a caller needs to know of a model; its tensors where this machine can read the release."""
    planned = releases[model.live]
    found = {"url": url, "live": model.live, "release": planned.spec()["version"]}
    if not isinstance(planned, PlannedRelease):
        return found
    manifest = planned.release.manifest
    return {
        **found,
        "inputs": [tensor.model_dump(mode="json") for tensor in manifest.inputs],
        "outputs": [tensor.model_dump(mode="json") for tensor in manifest.outputs],
    }
