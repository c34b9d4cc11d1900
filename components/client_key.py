"""The API key of one client of the gateway: made once, kept as a secret in the stack's state, replaced on request.

Produces `pulumi-python:dynamic/slipway/local:ClientKey`, on every platform: the state of stacks names it so.
"""

import secrets

import pulumi
from pulumi.dynamic import CreateResult, Resource

from components.dynamic_provider import DynamicProvider, Values, inputs_of

KEY_BYTES = 32


class ClientKeyProvider(DynamicProvider):
    """Makes keys; a key has nothing on this machine that could fail."""

    replaces_on = frozenset({"client", "key_version"})

    def create(self, props: Values) -> CreateResult:
        """Make a key."""
        return CreateResult(props["client"], {**inputs_of(props), "key": secrets.token_urlsafe(KEY_BYTES)})

    def problem(self, values: Values) -> str:  # noqa: ARG002 - a key is as it was made
        """Find nothing wrong."""
        return ""


class ClientKey(Resource, module="slipway/local", name="ClientKey"):
    """One client's API key, a secret output."""

    key: pulumi.Output[str]

    def __init__(self, name: str, client: str, key_version: int, opts: pulumi.ResourceOptions | None = None) -> None:
        props = {"client": client, "key_version": key_version, "key": None, "problem": None}
        secret = pulumi.ResourceOptions(additional_secret_outputs=["key"])
        super().__init__(ClientKeyProvider(), name, props, pulumi.ResourceOptions.merge(opts, secret))
