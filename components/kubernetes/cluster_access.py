"""How a program enters a cluster: a kubeconfig, as a file or as its content, and one of its contexts.

The Kubernetes client is imported when it is used: it takes time that a plan without a cluster does not have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime.rpc import UNKNOWN
from ruamel.yaml import YAML

from serving.errors import ConfigurationError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

TIMEOUT_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class ClusterAccess:
    """A way into a cluster.

    Args:
        kubeconfig: Path of a file, or its content; content is a secret.
        context: One of its contexts; None for the current one.
        entry: What people call this way in, such as the path or the other stack's name.
    """

    kubeconfig: pulumi.Input[str]
    context: str | None
    entry: str

    def props(self) -> dict[str, Any]:
        """Return the inputs by which a dynamic resource enters the cluster."""
        return {"kubeconfig": self.kubeconfig, "context": self.context or ""}


def is_content(kubeconfig: str) -> bool:
    """Tell a kubeconfig from the path of one."""
    return "\n" in kubeconfig or kubeconfig.lstrip().startswith("{")


def is_known(kubeconfig: object) -> bool:
    """Tell whether there is a kubeconfig yet: before another stack made its cluster there is none."""
    return isinstance(kubeconfig, str) and kubeconfig not in {"", UNKNOWN}


def why(error: Exception) -> str:
    """Return the end of what a client says when a cluster does not answer, which is the part about the cluster."""
    return str(getattr(error, "reason", None) or error).rpartition("): ")[2]


def failures() -> tuple[type[Exception], ...]:
    """Return what a question to a cluster can end with instead of an answer."""
    from kubernetes.client import ApiException  # noqa: PLC0415 - see above
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - comes with the client

    return ApiException, HTTPError, OSError


def called(client: "ApiClient", verb: str, path: str, headers: Mapping[str, str], body: Any = None) -> bytes:  # noqa: ANN401 - any JSON value
    """Ask the API by a path and return the answer as it came.

    Raises:
        Exception: One of `failures`.
    """
    answered = client.call_api(
        path,
        verb,
        header_params=dict(headers),
        body=body,
        auth_settings=["BearerToken"],
        _return_http_data_only=True,
        _preload_content=False,
        _request_timeout=TIMEOUT_SECONDS,
    )
    data: bytes = answered.data
    return data


@lru_cache(maxsize=4)
def api_client(kubeconfig: str, context: str) -> "ApiClient":
    """Return a client of the cluster.

    Raises:
        ConfigurationError: There is no such file, or no such context in it.
    """
    from kubernetes import config  # noqa: PLC0415 - see above

    try:
        if is_content(kubeconfig):
            document: Mapping[str, Any] = YAML(typ="safe").load(kubeconfig)
            return config.new_client_from_config_dict(document, context=context or None)
        return config.new_client_from_config(str(Path(kubeconfig).expanduser()), context=context or None)
    except config.ConfigException as error:
        where = "the other stack's kubeconfig" if is_content(kubeconfig) else kubeconfig
        chosen = f" with the context {context}" if context else ""
        raise ConfigurationError(
            f"platform.cluster: {where}{chosen} leads nowhere ({error}); correct its path or its context."
        ) from None
