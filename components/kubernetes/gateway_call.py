"""Asks a stack's gateway from outside of the cluster, through the API server: what people do by `kubectl port-forward`.

Source: https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from components.kubernetes.cluster_access import called, failures
from components.kubernetes.cluster_site import HTTP_PORT, Site

if TYPE_CHECKING:
    from kubernetes.client import ApiClient


def ask_gateway(
    client: "ApiClient",
    site: Site,
    path: str,
    body: Any,  # noqa: ANN401 - any JSON value
    headers: Mapping[str, str],
) -> str | None:
    """Return what the gateway answers, rightly or not; None where the API server does not lead there.

    Args:
        client: Of the cluster.
        site: The stack's place.
        path: Of the gateway, such as `/v2/models/digits/infer`.
        body: What is sent.
        headers: With the key of a client.
    """
    from kubernetes.client import ApiException  # noqa: PLC0415 - see cluster_access

    door = f"/api/v1/namespaces/{site.gateway_namespace}/services/{site.inside_service}:{HTTP_PORT}"
    sent = {"Content-Type": "application/json", **headers}
    try:
        return called(client, "POST", f"{door}/proxy{path}", sent, body).decode()
    except ApiException as error:
        answer = str(error.body or "")
        return None if not answer or _is_of_the_api_server(answer) else answer
    except failures():
        return None


def _is_of_the_api_server(answer: str) -> bool:
    try:
        found = json.loads(answer)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("kind") == "Status"
