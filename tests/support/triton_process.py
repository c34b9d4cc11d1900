"""A real model server with one tiny model, for tests of what stands before it."""

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from components.local.triton import command, environment, stage_backends
from tests.support.callers import ask
from tests.support.waiting import free_port, until

START_SECONDS = 60
STOP_SECONDS = 15

# Every datatype that the tests send is an optional input, so that one model is enough.
CONFIG = """
name: "{name}"
backend: "python"
max_batch_size: 64
input [
  {{ name: "floats" data_type: TYPE_FP32 dims: [ -1 ] optional: true }},
  {{ name: "doubles" data_type: TYPE_FP64 dims: [ -1 ] optional: true }},
  {{ name: "bytes" data_type: TYPE_UINT8 dims: [ -1 ] optional: true }},
  {{ name: "longs" data_type: TYPE_INT64 dims: [ -1 ] optional: true }},
  {{ name: "flags" data_type: TYPE_BOOL dims: [ -1 ] optional: true }},
  {{ name: "texts" data_type: TYPE_STRING dims: [ -1 ] optional: true }}
]
output [ {{ name: "sum" data_type: TYPE_FP32 dims: [ 1 ] }} ]
dynamic_batching {{ }}
"""

MODEL = '''
import time

import numpy
import triton_python_backend_utils as backend

NUMERIC = ("floats", "doubles", "bytes", "longs", "flags")


class TritonPythonModel:
    """Adds the numbers of each row; a first -1 is an error of the model, -2 one of the caller, -3 slow, -4 long."""

    def execute(self, requests):
        return [self._answer(request) for request in requests]

    def _answer(self, request):
        arrays = [tensor.as_numpy() for tensor in request.inputs() if tensor.name() in NUMERIC]
        if any(array.size and array.flat[0] == -1 for array in arrays):
            raise RuntimeError("no such file: /srv/secret/model.bin")
        if any(array.size and array.flat[0] == -2 for array in arrays):
            refusal = backend.TritonError("see /srv/secret/limits.txt", backend.TritonError.INVALID_ARG)
            return backend.InferenceResponse(error=refusal)
        if any(array.size and array.flat[0] == -3 for array in arrays):
            time.sleep(1)
        if any(array.size and array.flat[0] == -4 for array in arrays):
            return backend.InferenceResponse([backend.Tensor("sum", numpy.ones((1, 1_200_000), numpy.float32))])
        rows = max([len(array) for array in arrays], default=1)
        total = sum((array.reshape(rows, -1).sum(axis=1, dtype=numpy.float32) for array in arrays), numpy.zeros(rows))
        return backend.InferenceResponse([backend.Tensor("sum", total.astype(numpy.float32).reshape(rows, 1))])
'''


@dataclass(frozen=True)
class TritonProcess:
    """A running model server."""

    process: subprocess.Popen[bytes]
    http_port: int
    grpc_port: int
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def resident_mib(self) -> float:
        """Memory of the server and of the model processes that it started."""
        server = psutil.Process(self.pid)
        return sum(part.memory_info().rss for part in (server, *server.children(recursive=True))) / 2**20

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()


def start_triton(directory: Path, model: str) -> TritonProcess:
    """Start a model server with the test model under a name; the caller stops it."""
    _write_model(directory / "repository" / model, model)
    http_port, grpc_port, metrics_port = free_port(), free_port(), free_port()
    values = {
        "repository": directory / "repository",
        "backends": stage_backends(directory / "backends"),
        "http_port": http_port,
        "grpc_port": grpc_port,
        "metrics_port": metrics_port,
        "shared_memory": f"slipway_test_{http_port}",
        "admin_key": "nobody-knows",
    }
    log = directory / "triton.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [part.format_map(values) for part in command(model)],
            env=environment(),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    started = TritonProcess(process, http_port, grpc_port, log)
    until(lambda: not started.is_alive() or _is_ready(http_port), START_SECONDS, f"the model server of {log}")
    if not started.is_alive():
        raise RuntimeError(log.read_text()[-2000:])
    return started


def _write_model(directory: Path, name: str) -> None:
    (directory / "1").mkdir(parents=True)
    (directory / "config.pbtxt").write_text(CONFIG.format(name=name))
    (directory / "1" / "model.py").write_text(MODEL)


def _is_ready(port: int) -> bool:
    try:
        return ask(f"http://127.0.0.1:{port}", "/v2/health/ready").status == 200
    except OSError:
        return False
