"""What is measured: a model behind Slipway's gateway, behind Triton alone, and behind FastAPI, all up at once."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace

import numpy as np
import psutil

from bench.fastapi_app import RELEASE_VARIABLE
from bench.in_process import golden_rows, open_session
from bench.processor_time import Processes
from components.local.fragments import Endpoint as SlotEndpoint
from components.local.gateway_config import GatewayFiles
from components.local.gateway_routes import GUARD_FILTER
from components.local.supervision import write_private
from serving.endpoint import Endpoint, InferenceError, encoded
from serving.release import Release
from tests.support.project import CHECKOUT
from tests.support.stack import StackUnderTest, stack_under_test
from tests.support.waiting import free_port, until

GATEWAY, UNGUARDED, TRITON, FASTAPI = "Slipway", "Slipway without its guard", "Triton alone", "FastAPI"
FASTAPI_WORKERS = 2
START_SECONDS = 60
STOP_SECONDS = 10
# JSON carries FP32 exactly, and batches of another size round differently.
TOLERANCE = 1e-4


@dataclass(frozen=True, kw_only=True)
class Served:
    """A release and how Slipway runs it."""

    release: Release
    threads: int

    @property
    def name(self) -> str:
        """The model's name."""
        return self.release.manifest.name


@dataclass(frozen=True, kw_only=True)
class Target:
    """One way to reach one model."""

    served: Served
    way: str
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    processes: Processes = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where inferences are posted to."""
        return f"{self.base_url}/v2/models/{self.served.name}/infer"

    @property
    def body(self) -> bytes:
        """One golden row, as it is posted."""
        return encoded(golden_rows(self.served.release, 1), self.served.release.manifest.inputs)

    def check(self) -> None:
        """Check that it answers what ONNX Runtime answers in this process.

        Raises:
            AssertionError: it answers something else; figures about it would mean nothing.
        """
        session = open_session(self.served.release, threads=1)
        names = [node.name for node in session.get_outputs()]
        rows = golden_rows(self.served.release, 1)
        with Endpoint(self.base_url, self.headers) as endpoint:
            answer = endpoint.infer(self.served.name, rows, self.served.release.manifest.inputs)
        for name, expected in zip(names, session.run(names, rows), strict=True):
            shown = answer[name].reshape(expected.shape)
            np.testing.assert_allclose(shown, expected, rtol=TOLERANCE, atol=TOLERANCE, err_msg=self.url)


@contextmanager
def all_targets(models: Sequence[Served]) -> Iterator[list[Target]]:
    """Bring up one stack with all models and one FastAPI application a model; nothing of it is left afterwards."""
    settings = {
        model.name: {
            "slots": {"blue": {"release": str(model.release.directory)}},
            "live": "blue",
            "runtime": {"threads": model.threads},
        }
        for model in models
    }
    clients = {"clients": {"bench": {"models": list(settings)}}}
    with stack_under_test(settings, clients) as stack, ExitStack() as applications:
        stack.up()
        unguarded = _open_without_guard(stack)
        yield [
            target
            for model in models
            for target in (*_slipway(stack, model, unguarded), applications.enter_context(_fastapi(model)))
        ]


def _open_without_guard(stack: StackUnderTest) -> str:
    """Let the gateway listen on a second port too, where it looks into no body; return that address."""
    path, port = GatewayFiles(stack.stack_dir).listeners, free_port()
    document = json.loads(path.read_text())
    (guarded,) = document["resources"]
    unguarded = {**deepcopy(guarded), "name": "unguarded"}
    unguarded["address"]["socket_address"]["port_value"] = port
    manager = unguarded["filter_chains"][0]["filters"][0]["typed_config"]
    manager["http_filters"] = [each for each in manager["http_filters"] if each["name"] != GUARD_FILTER]
    write_private(path, json.dumps({"resources": [guarded, unguarded]}))
    return f"http://127.0.0.1:{port}"


def _slipway(stack: StackUnderTest, model: Served, unguarded: str) -> tuple[Target, Target, Target]:
    (server,) = stack.processes("tritonserver", f"{model.name}.blue.", "--model-repository")
    triton = {"Triton": [server], "stub": server.children(recursive=True)}
    endpoint = SlotEndpoint.read(stack.stack_dir, model.name, "blue")
    if endpoint is None:
        raise RuntimeError(f"{model.name} does not run though the stack is up")
    gateway = {"gateway": stack.processes("envoy", "--config-path"), **triton}
    headers = {"x-api-key": stack.keys["bench"]}
    slipway = Target(served=model, way=GATEWAY, base_url=stack.url, headers=headers, processes=gateway)
    without_guard = replace(slipway, way=UNGUARDED, base_url=unguarded)
    until(lambda: _answers(without_guard), START_SECONDS, f"an answer of {unguarded}")
    return (
        slipway,
        without_guard,
        Target(served=model, way=TRITON, base_url=endpoint.url, processes=triton),
    )


@contextmanager
def _fastapi(model: Served) -> Iterator[Target]:
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "uvicorn", "--factory", "bench.fastapi_app:create", "--port", str(port)]
    # The faster loop and parser, which `fastapi[standard]` installs: half the processor time of the plain ones.
    command += ["--workers", str(FASTAPI_WORKERS), "--loop", "uvloop", "--http", "httptools"]
    command += ["--no-access-log", "--log-level", "warning"]
    environment = {**os.environ, RELEASE_VARIABLE: str(model.release.directory)}
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment) as server:
        try:
            target = Target(served=model, way=FASTAPI, base_url=url)
            until(lambda: _answers(target), START_SECONDS, f"an answer of {url}")
            yield replace(target, processes={"workers": psutil.Process(server.pid).children(recursive=True)})
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(STOP_SECONDS)


def _answers(target: Target) -> bool:
    try:
        target.check()
    except InferenceError:
        return False
    return True
