"""The API of a cluster as far as routes need it: reads, merge patches under a lock, and a controller's status."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from kubernetes import client

from tests.support.http_server import serving_by

PREFIX = "/apis/gateway.networking.k8s.io/v1/namespaces/models"
BACKENDS = ("digits-blue", "digits-green")

Document = dict[str, Any]


def rule(*weights: int) -> Document:
    """Return a rule that leads to both slots; without weights it is a template."""
    backends = [{"name": name, "port": 8000, "filters": [{"type": "ResponseHeaderModifier"}]} for name in BACKENDS]
    for backend, weight in zip(backends, weights, strict=False):
        backend["weight"] = weight
    return {"matches": [{"path": {"type": "PathPrefix", "value": "/v2/models/digits"}}], "backendRefs": backends}


class RouteServer:
    """Routes by plural and name.

    Attributes:
        routes: the documents.
        patches: every change that was taken, in order.
        before_patch: called before a patch is looked at, to let somebody else be faster.
        condition: what the controller says of a route that it has seen; None leaves it unseen.
        refuse: a status and reason to answer everything with.
    """

    def __init__(self) -> None:
        self.routes: dict[tuple[str, str], Document] = {}
        self.patches: list[tuple[str, Document]] = []
        self.before_patch: Callable[[], object] = lambda: None
        self.condition: Mapping[str, str] | None = {"status": "True", "reason": "Accepted"}
        self.refuse: tuple[int, str] | None = None
        self.url = ""
        for plural in ("httproutes", "grpcroutes"):
            self.put(plural, [])

    def put(self, plural: str, rules: list[Document], annotations: Mapping[str, str] | None = None) -> None:
        """Let a route be there."""
        meta = {"name": "digits", "resourceVersion": "1", "generation": 1, "annotations": dict(annotations or {})}
        self.routes[plural, "digits"] = {"metadata": meta, "spec": {"rules": rules}}

    def weights(self, plural: str) -> list[int]:
        """Return the weights of the first rule."""
        (first, *_) = self.routes[plural, "digits"]["spec"]["rules"]
        return [backend["weight"] for backend in first["backendRefs"]]

    def annotations(self) -> dict[str, str]:
        """Return the annotations of the HTTPRoute."""
        found: dict[str, str] = self.routes["httproutes", "digits"]["metadata"]["annotations"]
        return found

    def written_by_somebody(self, plural: str, rules: list[Document] | None = None) -> None:
        """Let somebody else write a route: its rules, or only what does not matter."""
        route = self.routes[plural, "digits"]
        route["metadata"]["resourceVersion"] += "1"
        if rules is not None:
            route["spec"]["rules"] = rules

    def client(self) -> client.ApiClient:
        """Return a client of this server."""
        return client.ApiClient(client.Configuration(host=self.url))

    def answer(self, method: str, path: str, body: Document) -> tuple[int, Document]:
        """Answer one request."""
        if self.refuse:
            return self.refuse[0], {"reason": self.refuse[1]}
        plural, _, name = path.removeprefix(f"{PREFIX}/").partition("/")
        if method == "PATCH":
            self.before_patch()
        route = self.routes.get((plural, name))
        if route is None:
            return 404, {"reason": "NotFound"}
        if method == "PATCH":
            expected = body.get("metadata", {}).get("resourceVersion")
            if expected not in {None, route["metadata"]["resourceVersion"]}:
                return 409, {"reason": "Conflict"}
            self.patches.append((plural, body))
            _change(route, body)
        if self.condition:
            seen = {"type": "Accepted", "observedGeneration": route["metadata"]["generation"], **self.condition}
            route["status"] = {"parents": [{"conditions": [seen]}]}
        return 200, route


def _change(route: Document, body: Document) -> None:
    meta = route["metadata"]
    meta["resourceVersion"] += "1"
    noted = {**meta["annotations"], **body.get("metadata", {}).get("annotations", {})}
    meta["annotations"] = {name: value for name, value in noted.items() if value is not None}
    if "spec" in body:
        route["spec"].update(body["spec"])
        meta["generation"] += 1


@contextmanager
def route_server() -> Iterator[RouteServer]:
    """Serve routes on a port of its own."""
    made = RouteServer()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            if content and self.headers["content-type"] != "application/merge-patch+json":
                status, body = 415, {"reason": self.headers["content-type"]}
            else:
                status, body = made.answer(self.command, self.path, json.loads(content or b"{}"))
            answer = json.dumps(body).encode()
            self.send_response(status, body.get("reason"))
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_GET(self) -> None:
            self._handle()

        def do_PATCH(self) -> None:
            self._handle()

    with serving_by(Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        yield made
