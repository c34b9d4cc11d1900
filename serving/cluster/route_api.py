"""A model's routes as documents of the cluster's API: read them, and change them under an optimistic lock.

Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
"""

import os
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Protocol, cast

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.config.incluster_config import SERVICE_HOST_ENV_NAME
from urllib3.exceptions import HTTPError

GROUP, VERSION = "gateway.networking.k8s.io", "v1"
HTTP_ROUTES, GRPC_ROUTES = "httproutes", "grpcroutes"
TIMEOUT_SECONDS = 5

Document = dict[str, Any]


class RouteError(OSError):
    """A route could not be read or written; the message says which, and why."""


class ConflictError(RouteError):
    """Somebody else wrote the route since it was read."""


class Routes(Protocol):
    """The routes of one namespace."""

    def read(self, plural: str, name: str) -> Document:
        """Read one."""
        ...

    def patch(self, plural: str, name: str, change: Mapping[str, Any]) -> Document:
        """Merge a change into one, and return what it is then."""
        ...


class ClusterRoutes:
    """The routes of a namespace, by the API of the cluster.

    Args:
        namespace: of the routes.
        api: how to reach the cluster; as a Pod or, outside of one, by kubeconfig.
    """

    def __init__(self, namespace: str, api: client.ApiClient | None = None) -> None:
        self.namespace = namespace
        self._objects = client.CustomObjectsApi(api or _reachable())

    def read(self, plural: str, name: str) -> Document:
        """Read a route.

        Raises:
            RouteError: there is no such route, it may not be read, or the API does not answer.
        """
        return self._called("read", self._objects.get_namespaced_custom_object, plural, name)

    def patch(self, plural: str, name: str, change: Mapping[str, Any]) -> Document:
        """Merge a change into a route; one that has a resourceVersion holds only for that version.

        Raises:
            ConflictError: the route is of another version.
            RouteError: as for `read`, or the change is no route.
        """
        return self._called("changed", self._objects.patch_namespaced_custom_object, plural, name, dict(change))

    def _called(self, done: str, call: Callable[..., object], plural: str, name: str, *body: Document) -> Document:
        where = f"{plural} {self.namespace}/{name}"
        try:
            found = call(GROUP, VERSION, self.namespace, plural, name, *body, _request_timeout=TIMEOUT_SECONDS)
        except ApiException as error:
            if error.status == HTTPStatus.CONFLICT:
                raise ConflictError(f"{where} was changed by somebody else") from error
            raise RouteError(f"{where} cannot be {done}: {error.status} {error.reason}{_hint(error)}") from error
        except (HTTPError, OSError) as error:
            raise RouteError(f"{where} cannot be {done}: the API does not answer ({error})") from error
        return cast("Document", found)


def _hint(error: ApiException) -> str:
    if error.status == HTTPStatus.FORBIDDEN:
        return "; the ServiceAccount needs get and patch on this route"
    if error.status == HTTPStatus.NOT_FOUND:
        return "; the route is not there"
    return f" ({str(error.body)[:300]})" if error.body else ""


def _reachable() -> client.ApiClient:
    try:
        if SERVICE_HOST_ENV_NAME in os.environ:
            config.load_incluster_config()
        else:
            config.load_kube_config()
    except config.ConfigException as error:
        raise RouteError(f"no cluster can be reached: {error}") from error
    return client.ApiClient()
