"""How a Triton Inference Server from its wheel is started: files beside it, environment, command line.

Source: https://github.com/triton-inference-server/server/blob/main/docs/user_guide/model_management.md
"""

import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from components.triton_flags import TritonPlace, flags

EXIT_TIMEOUT_SECONDS = 10
ADDRESS = "127.0.0.1"


def server_home() -> Path:
    """Return the folder of the wheel that holds the server, its backends and its stubs."""
    spec = find_spec("pytriton")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package nvidia-pytriton is not installed; run `make setup`.")
    return Path(spec.origin).parent / "tritonserver"


def stage_backends(folder: Path) -> Path:
    """Lay out the python backend with the stub of this Python version, by links, and return its folder."""
    python_backend = folder / "python"
    python_backend.mkdir(parents=True, exist_ok=True)
    home = server_home()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for source in (
        home / "backends" / "python" / "libtriton_python.so",
        home / "backends" / "python" / "triton_python_backend_utils.py",
        home / "python_backend_stubs" / version / "triton_python_backend_stub",
    ):
        (python_backend / source.name).symlink_to(source)
    return folder


def environment() -> dict[str, str]:
    """Return the variables that the server and its stubs need.

    The stub ignores PYTHONPATH and PYTHONHOME: it finds its packages through the first `python3` on PATH, and its
    libpython where a shared build of this Python keeps it.
    """
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "LD_LIBRARY_PATH": str(sysconfig.get_config_var("LIBDIR")),
    }


def command(model: str) -> list[str]:
    """Return the server's command line, with `{name}` where a value is known only at its start.

    The placeholders are `{repository}`, `{backends}`, `{http_port}`, `{grpc_port}`, `{metrics_port}`,
    `{shared_memory}` (a prefix), and `{admin_key}`, the throw-away key that closes the administration APIs.
    """
    place = TritonPlace(
        address=ADDRESS,
        http_port="{http_port}",
        grpc_port="{grpc_port}",
        metrics_port="{metrics_port}",
        repository="{repository}",
        backends="{backends}",
        admin_key="{admin_key}",
    )
    return [
        str(server_home() / "bin" / "tritonserver"),
        *flags(model, place, exit_timeout_seconds=EXIT_TIMEOUT_SECONDS),
        "--backend-config=python,shm-region-prefix-name={shared_memory}",
        "--allow-gpu-metrics=false",
    ]
