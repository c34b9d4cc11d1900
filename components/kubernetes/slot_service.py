"""The Service of a slot: its address inside the cluster, whether it runs or not."""

from collections.abc import Mapping
from typing import Any

from components.kubernetes import triton
from components.kubernetes.cluster_site import Site
from components.kubernetes.document import Document
from components.kubernetes.object_names import slot_name


def slot_service(site: Site, spec: Mapping[str, Any], slot: str) -> Document:
    """Return the Service of one slot of a model.

    Args:
        site: The stack's place.
        spec: The model's plain values.
        slot: `blue` or `green`.
    """
    selector = site.labels("model", model=spec["model"], slot=slot)
    metadata = site.metadata(
        slot_name(spec["model"], slot),
        selector,
        # A slot that is still empty has no endpoints to wait for.
        annotations={"pulumi.com/skipAwait": "true"},
    )
    ports = [
        {"name": "http", "port": triton.HTTP_PORT, "targetPort": "http", "appProtocol": "http"},
        {"name": "grpc", "port": triton.GRPC_PORT, "targetPort": "grpc", "appProtocol": "kubernetes.io/h2c"},
        {"name": "metrics", "port": triton.METRICS_PORT, "targetPort": "metrics"},
    ]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {"type": "ClusterIP", "selector": selector, "ports": ports},
    }
