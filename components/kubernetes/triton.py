"""How a Triton Inference Server is started in a pod of its image."""

from components.kubernetes.fetch import WORK
from components.triton_flags import TritonPlace, flags

SERVER = "/opt/tritonserver/bin/tritonserver"
HTTP_PORT, GRPC_PORT, METRICS_PORT = 8000, 8001, 8002
REPOSITORY = f"{WORK}/repository"
ADMIN_KEY_VARIABLE = "SLIPWAY_ADMIN_KEY"
ADMIN_SECRET = "triton-admin"  # noqa: S105 - the name of an object

_PLACE = TritonPlace(
    address="0.0.0.0",  # noqa: S104 - the pod's own network; NetworkPolicies say who reaches it
    http_port=str(HTTP_PORT),
    grpc_port=str(GRPC_PORT),
    metrics_port=str(METRICS_PORT),
    repository=REPOSITORY,
    backends="/opt/tritonserver/backends",
    # Kubernetes fills it in, from a Secret, so that no manifest shows the key.
    admin_key=f"$({ADMIN_KEY_VARIABLE})",
)


def command(model: str, *, exit_timeout_seconds: int, with_gpu: bool) -> list[str]:
    """Return the server's command line."""
    measured = [] if with_gpu else ["--allow-gpu-metrics=false"]
    return [SERVER, *flags(model, _PLACE, exit_timeout_seconds=exit_timeout_seconds), *measured]
