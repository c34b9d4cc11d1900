"""Names that the gateway, its callers and the programs of a rollout agree on, wherever the gateway runs."""

KEY_HEADER = "x-api-key"
CLIENT_HEADER = "x-slipway-client"
"""Whose key it was: set by the gateway, and removed where it comes from outside."""
SLOT_HEADER = "x-slipway-slot"
"""In a request: the slot that is asked for. In an answer: the slot that answered."""
RELEASE_HEADER = "x-slipway-release"
"""The first digits of the release that answered."""
RELEASE_HEADER_DIGITS = 12
MODEL_HEADER = "x-slipway-model"
"""The model of a gRPC request, as the request guard found it in the message."""
OPERATOR = "slipway-operator"
"""The client that gates, shifts and probes are; no stack file may have one of that name."""
