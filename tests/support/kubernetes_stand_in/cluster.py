"""One API server, by plain requests through the official Python client."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from kubernetes.client import ApiClient, ApiException, Configuration
from kubernetes.config import load_kube_config, load_kube_config_from_dict
from kubernetes.config.config_exception import ConfigException
from urllib3.exceptions import HTTPError

from tests.support.kubernetes_stand_in.api_error import NOT_FOUND, ApiError

Object = dict[str, Any]
_APPLY = "application/apply-patch+yaml"
_SECONDS = 60
_CONNECTIONS = 64


@dataclass(frozen=True)
class Kind:
    """How the API server serves one kind of object.

    Args:
        api_version: Such as `apps/v1`.
        name: Such as `Deployment`.
        plural: Such as `deployments`.
        namespaced: Whether each lies in a namespace.
    """

    api_version: str
    name: str
    plural: str
    namespaced: bool

    def path(self, namespace: str | None, name: str = "") -> str:
        """Where one object, or all of a namespace, are found."""
        root = f"{_root(self.api_version)}/namespaces/{namespace}" if self.namespaced and namespace else None
        return f"{root or _root(self.api_version)}/{self.plural}" + (f"/{name}" if name else "")


class Cluster:
    """Requests to one API server; safe to use from several threads.

    Args:
        client: Client of the server, with its credentials.
    """

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._kinds: dict[str, dict[str, Kind]] = {}
        self.server: str = client.configuration.host

    def kind(self, api_version: str, name: str) -> Kind:
        """Look a kind up, anew each time it is not known: its definition may have come a moment ago.

        Raises:
            ApiError: The server has no such kind.
        """
        known = self._kinds.get(api_version, {})
        if name not in known:
            answer = self._request("GET", _root(api_version))
            known = self._kinds[api_version] = {
                each["kind"]: Kind(api_version, each["kind"], each["name"], each["namespaced"])
                for each in answer["resources"]
                if "/" not in each["name"]
            }
        if name not in known:
            raise ApiError(NOT_FOUND, f'no matches for kind "{name}" in version "{api_version}"')
        return known[name]

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object | None:
        """One object as it is now, or None."""
        try:
            return self._request("GET", kind.path(namespace, name))
        except ApiError as error:
            if error.gone:
                return None
            raise

    def find(self, kind: Kind, namespace: str | None, **selectors: str) -> list[Object]:
        """The objects of a namespace that match `labelSelector` and `fieldSelector`."""
        items = self._request("GET", kind.path(namespace), selectors).get("items") or []
        return [{"apiVersion": kind.api_version, "kind": kind.name, **item} for item in items]

    def apply(self, kind: Kind, item: Object, manager: str, *, force: bool = False, dry_run: bool = False) -> Object:
        """Server-side apply with strict field validation."""
        metadata = item["metadata"]
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        query |= {"dryRun": "All"} if dry_run else {}
        return self._request("PATCH", kind.path(metadata.get("namespace"), metadata["name"]), query, item, _APPLY)

    def delete(self, kind: Kind, namespace: str | None, name: str, propagation: str) -> None:
        """Ask for the removal of an object; it may take a while after that."""
        self._request("DELETE", kind.path(namespace, name), body={"propagationPolicy": propagation})

    def version(self) -> str:
        """The server's version, such as `v1.34.4`."""
        return str(self._request("GET", "/version")["gitVersion"])

    def api_versions(self) -> list[str]:
        """Every group and version that the server serves."""
        groups = self._request("GET", "/apis")["groups"]
        return ["v1", *(each["groupVersion"] for group in groups for each in group["versions"])]

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        content: str = "application/json",
    ) -> Object:
        headers = {"Accept": "application/json", "Content-Type": content}
        try:
            answer = self._client.call_api(
                path, method, {}, list((query or {}).items()), headers, body=body, auth_settings=["BearerToken"],
                _preload_content=False, _return_http_data_only=True, _request_timeout=_SECONDS,
            )  # fmt: skip
            decoded = json.loads(answer.data)
        except ApiException as error:
            raise ApiError.from_answer(error.status or 0, _text(error)) from None
        except HTTPError as error:
            raise ApiError(0, f"the cluster at {self.server} cannot be reached: {error}") from None
        return decoded if isinstance(decoded, dict) else {}


def connect(kubeconfig: str | None, context: str | None = None) -> Cluster:
    """The API server of a kubeconfig.

    Args:
        kubeconfig: Its text or its path; by default what `KUBECONFIG` names, or `~/.kube/config`.
        context: By default the current one.

    Raises:
        ApiError: There is no such file, or no such context in it.
    """
    settings = Configuration()
    settings.connection_pool_maxsize = _CONNECTIONS
    settings.retries = 1
    try:
        _load(kubeconfig, context, settings)
    except (ConfigException, yaml.YAMLError, OSError) as error:
        raise ApiError(0, f"the kubeconfig cannot be used: {error}") from None
    return Cluster(ApiClient(settings))


def _load(kubeconfig: str | None, context: str | None, settings: Configuration) -> None:
    if kubeconfig and not _is_path(kubeconfig):
        load_kube_config_from_dict(yaml.safe_load(kubeconfig), context=context, client_configuration=settings)
        return
    path = kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
    expanded = os.pathsep.join(str(Path(part).expanduser()) for part in path.split(os.pathsep))
    load_kube_config(expanded, context=context, client_configuration=settings)


def _is_path(kubeconfig: str) -> bool:
    return "\n" not in kubeconfig and not kubeconfig.lstrip().startswith("{")


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _text(error: ApiException) -> str:
    body = error.body
    return body.decode(errors="replace") if isinstance(body, bytes) else str(body or error.reason or "")
