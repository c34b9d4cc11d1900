"""What holds for callers and model servers alike wherever the gateway runs: limits, times, retries, texts."""

from collections.abc import Sequence

from serving.gateway_names import KEY_HEADER

GRPC_SERVICE = "inference.GRPCInferenceService"
MAX_CONNECTIONS = 4096
MAX_STREAMS = 128
MAX_REQUESTS = 1024
"""Under way to one upstream, and as many retries."""
CALLER_IDLE = "300s"
CONNECT_TIMEOUT = "1s"
UPSTREAM_IDLE = "2s"
"""A model server waits for idle connections before it ends, so the gateway's must go first."""

# What makes a switch of slots lossless: a request that did not reach a model server, or lost it, is asked again. See
# docs/adr/0011-retries-across-slots.md.
RETRIES = 16
RETRY_TRIGGERS: Sequence[str] = ("connect-failure", "refused-stream", "reset")

KEY_NEEDED = f"Send a valid key in the header {KEY_HEADER}."


def too_large(max_request_bytes: int) -> str:
    """Return what the sender of a body that is larger than this reads."""
    return f"The body is larger than {max_request_bytes} bytes; send fewer rows at once."
