"""A Kubernetes API server that answers what it was given, over HTTP, for tests of who asks it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from components.kubernetes.cluster_access import api_client
from tests.support.http_server import serving_by

Answers = dict[str, Any]
"""By path: a document, a text, or a status with a text; `POST`: what makes one of what was sent."""


class _Handler(BaseHTTPRequestHandler):
    answers: Answers

    def do_GET(self) -> None:
        self._answer(self.answers.get(self.path.partition("?")[0]))

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self._answer(self.answers["POST"](asked))

    def _answer(self, found: Mapping[str, Any] | str | tuple[int, str] | None) -> None:
        status, document = found if isinstance(found, tuple) else (200 if found else 404, found)
        missing = {"kind": "Status", "code": 404}
        body = (document if isinstance(document, str) else json.dumps(document or missing)).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def small_api_server(folder: Path, answers: Answers) -> Iterator[str]:
    """Serve answers by path, and give the path of a kubeconfig that leads there."""
    handler = type("Handler", (_Handler,), {"answers": answers})
    with serving_by(handler) as server:
        kubeconfig = folder / "kubeconfig"
        cluster = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
        context = {"name": "x", "context": {"cluster": "c", "user": "u"}}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [cluster],
            "users": [{"name": "u", "user": {"token": "of a test"}}],
            "contexts": [context],
            "current-context": "x",
        }
        kubeconfig.write_text(json.dumps(document))
        try:
            yield str(kubeconfig)
        finally:
            api_client.cache_clear()
