"""What a cluster says of one stack, as plain documents, read while it is asked; nothing is changed.

What may not be read, or does not answer, is missing from the view, and the view says so: a figure is never made up.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from components.kubernetes.cluster_access import called, failures, why
from components.kubernetes.cluster_site import METRICS_PORT, Site
from components.kubernetes.document import Document
from components.kubernetes.object_names import COMPONENT_LABEL, STACK_LABEL, label_value
from components.kubernetes.rollout_status import has_log, latest, pod_of, result_of
from serving.counters import stats_query_of
from serving.errors import ConfigurationError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

T = TypeVar("T")
OURS = "app.kubernetes.io/part-of=slipway"


@dataclass(frozen=True, kw_only=True)
class StackView:
    """One look at a stack; None is what could not be read.

    Args:
        deployments: Of the slots.
        pods: Of slots, gates and shifts.
        routes: Of users and of those who choose a slot, by name: the HTTPRoutes.
        jobs: Of gates and shifts.
        last_words: The last line of the log of a Job that left no message, by the Job's name.
        counted: What each of the gateway's proxies counted, in Prometheus's text.
        unread: A sentence for everything that could not be read.
    """

    deployments: Sequence[Document]
    pods: Sequence[Document] | None = None
    routes: Mapping[str, Document] | None = None
    jobs: Sequence[Document] | None = None
    last_words: Mapping[str, str] | None = None
    counted: Sequence[str] | None = None
    unread: Sequence[str] = ()


def look(client: "ApiClient", site: Site) -> StackView:
    """Look at a stack.

    Raises:
        ConfigurationError: The stack is not on this cluster, or its slots may not be read.
    """
    reader = _Reader(client, site)
    reader.make_sure_of_the_stack()
    pods, jobs = reader.part("pods", reader.pods), reader.part("gates and shifts", reader.jobs)
    return StackView(
        deployments=reader.deployments(),
        pods=pods,
        routes=reader.part("weights", reader.routes),
        jobs=jobs,
        last_words=reader.part("logs of gates and shifts", lambda: reader.last_words(jobs or (), pods or ())),
        counted=reader.part("requests and errors", reader.counted),
        unread=reader.unread,
    )


class _Reader:
    """Asks the API by paths: documents are wanted as they are, and the client's classes would spell them otherwise."""

    def __init__(self, client: "ApiClient", site: Site) -> None:
        self._client, self._site = client, site
        self._inside, self._at_gateway = f"namespaces/{site.namespace}", f"namespaces/{site.gateway_namespace}"
        self._labels = f"{OURS},{STACK_LABEL}={label_value(site.stack)}"
        self.unread: list[str] = []

    def part(self, what: str, read: Callable[[], T]) -> T | None:
        """Read a part; note it where that fails."""
        try:
            return read()
        except failures() as error:
            self.unread.append(f"{what} cannot be read here ({why(error)})")
            return None

    def make_sure_of_the_stack(self) -> None:
        site = self._site
        try:
            (found,) = self._items("api/v1", "namespaces", fieldSelector=f"metadata.name={site.namespace}") or [{}]
        except failures() as error:
            raise ConfigurationError(f"The cluster does not say which namespaces it has ({why(error)}).") from None
        stack = found.get("metadata", {}).get("labels", {}).get(STACK_LABEL)
        if stack != label_value(site.stack):
            whose = f"its namespace {site.namespace} is not of this stack" if found else "it is not on this cluster"
            raise ConfigurationError(
                f"Stack {site.stack} does not run: {whose}. Start it with `make up STACK={site.stack}`."
            )

    def deployments(self) -> list[Document]:
        selector = f"{self._labels},{COMPONENT_LABEL}=model"
        try:
            return self._items("apis/apps/v1", f"{self._inside}/deployments", labelSelector=selector)
        except failures() as error:
            raise ConfigurationError(
                f"The cluster does not show the slots of {self._site.stack} ({why(error)})."
            ) from None

    def pods(self) -> list[Document]:
        return self._items("api/v1", f"{self._inside}/pods", labelSelector=self._labels)

    def jobs(self) -> list[Document]:
        return self._items("apis/batch/v1", f"{self._inside}/jobs", labelSelector=self._labels)

    def routes(self) -> dict[str, Document]:
        found = self._items(
            "apis/gateway.networking.k8s.io/v1", f"{self._inside}/httproutes", labelSelector=self._labels
        )
        return {route["metadata"]["name"]: route for route in found}

    def last_words(self, jobs: Sequence[Document], pods: Sequence[Document]) -> dict[str, str]:
        wordless = {
            job["metadata"]["name"]: pod
            for job in latest(jobs)
            if (pod := pod_of(job, pods)) and has_log(pod) and not result_of(pod)
        }
        return {job: words for job, pod in wordless.items() if (words := self._last_line(pod))}

    def counted(self) -> list[str]:
        labels = ",".join(f"{name}={value}" for name, value in self._site.proxy_labels.items())
        proxies = self._items("api/v1", f"{self._at_gateway}/pods", labelSelector=labels)
        query = quote(stats_query_of(f"(http|grpc)route/{self._site.namespace}/[^.]+"), safe="=&")
        return [
            self._text(f"/api/v1/{self._at_gateway}/pods/{_name(proxy)}:{METRICS_PORT}/proxy/stats/prometheus?{query}")
            for proxy in proxies
            if "deletionTimestamp" not in proxy["metadata"]
        ]

    def _last_line(self, pod: Document) -> str:
        container = quote(pod["spec"]["containers"][0]["name"])
        text = self._text(f"/api/v1/{self._inside}/pods/{_name(pod)}/log?container={container}&tailLines=1")
        return text.strip()

    def _items(self, group: str, path: str, **query: str) -> list[Document]:
        found: list[Document] = json.loads(self._text(f"/{group}/{path}?{urlencode(query)}"))["items"]
        return found

    def _text(self, path: str) -> str:
        return called(self._client, "GET", path, {"Accept": "*/*"}).decode()


def _name(document: Mapping[str, Any]) -> str:
    return quote(document["metadata"]["name"])
