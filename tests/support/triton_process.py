"""A real model server with one tiny model, for tests of what stands before it."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

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
import numpy
import triton_python_backend_utils as backend

NUMERIC = ("floats", "doubles", "bytes", "longs", "flags")


class TritonPythonModel:
    """Adds the numbers of each row; a first number of -1 is an error of the model, -2 one of the caller."""

    def execute(self, requests):
        return [self._answer(request) for request in requests]

    def _answer(self, request):
        arrays = [tensor.as_numpy() for tensor in request.inputs() if tensor.name() in NUMERIC]
        if any(array.size and array.flat[0] == -1 for array in arrays):
            raise RuntimeError("no such file: /srv/secret/model.bin")
        if any(array.size and array.flat[0] == -2 for array in arrays):
            refusal = backend.TritonError("see /srv/secret/limits.txt", backend.TritonError.INVALID_ARG)
            return backend.InferenceResponse(error=refusal)
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
        return sum(_resident_mib(pid) for pid in (self.pid, *_children(self.pid)))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()


def start_triton(directory: Path, model: str) -> TritonProcess:
    """Start a model server with the test model under a name; the caller stops it."""
    package = Path(sysconfig.get_path("purelib")) / "pytriton" / "tritonserver"
    backends = _stage_backend(package, directory / "backends")
    _write_model(directory / "repository" / model, model)
    http_port, grpc_port, metrics_port = free_port(), free_port(), free_port()
    log = directory / "triton.log"
    command = [
        str(package / "bin" / "tritonserver"),
        *(f"--model-repository={directory / 'repository'}", f"--backend-directory={backends}"),
        *("--http-address=127.0.0.1", f"--http-port={http_port}"),
        *("--grpc-address=127.0.0.1", f"--grpc-port={grpc_port}", f"--metrics-port={metrics_port}"),
        *("--exit-timeout-secs=2", "--allow-gpu-metrics=false"),
    ]
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "LD_LIBRARY_PATH": str(sysconfig.get_config_var("LIBDIR")),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, start_new_session=True, cwd=directory
        )
    started = TritonProcess(process, http_port, grpc_port, log)
    until(lambda: not started.is_alive() or _is_ready(http_port), START_SECONDS, f"the model server of {log}")
    if not started.is_alive():
        raise RuntimeError(log.read_text()[-2000:])
    return started


def _stage_backend(package: Path, backends: Path) -> Path:
    python = backends / "python"
    python.mkdir(parents=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for file in (
        package / "backends" / "python" / "libtriton_python.so",
        package / "backends" / "python" / "triton_python_backend_utils.py",
        package / "python_backend_stubs" / version / "triton_python_backend_stub",
    ):
        (python / file.name).symlink_to(file)
    return backends


def _write_model(directory: Path, name: str) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    (directory / "1").mkdir(parents=True)
    (directory / "config.pbtxt").write_text(CONFIG.format(name=name))
    (directory / "1" / "model.py").write_text(MODEL)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/health/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _resident_mib(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    direct = [int(child) for task in tasks for child in task.read_text().split()]
    return direct + [grandchild for child in direct for grandchild in _children(child)]
