"""The command line of a Triton Inference Server that is the same wherever it runs.

Source: https://github.com/triton-inference-server/server/blob/main/docs/user_guide/model_management.md
"""

from dataclasses import dataclass

# Every group of administration APIs; inference, health and metadata stay open to the gateway.
RESTRICTED = ("model-repository", "model-config", "shared-memory", "statistics", "trace", "logging")
ADMIN_HEADER = "x-slipway-admin"


@dataclass(frozen=True, kw_only=True)
class TritonPlace:
    """What differs from place to place: words of a command line, filled in or placeholders.

    Args:
        address: That it listens on.
        http_port: KServe v2 REST.
        grpc_port: KServe v2 gRPC.
        metrics_port: Prometheus.
        repository: Folder of the model repository.
        backends: Folder of the backends.
        admin_key: A placeholder for the key that closes the administration APIs; never the key itself.
    """

    address: str
    http_port: str
    grpc_port: str
    metrics_port: str
    repository: str
    backends: str
    admin_key: str


def flags(model: str, place: TritonPlace, *, exit_timeout_seconds: int) -> list[str]:
    """Return the flags of a server that serves one model and that nobody can administer without the key."""
    restricted = f"{','.join(RESTRICTED)}:{ADMIN_HEADER}={place.admin_key}"
    return [
        f"--model-repository={place.repository}",
        f"--backend-directory={place.backends}",
        "--model-control-mode=explicit",
        f"--load-model={model}",
        f"--http-address={place.address}",
        f"--http-port={place.http_port}",
        f"--grpc-address={place.address}",
        f"--grpc-port={place.grpc_port}",
        f"--metrics-address={place.address}",
        f"--metrics-port={place.metrics_port}",
        f"--http-restricted-api={restricted}",
        f"--grpc-restricted-protocol={restricted}",
        f"--exit-timeout-secs={exit_timeout_seconds}",
        "--strict-readiness=true",
        "--log-format=ISO8601",
    ]
