"""Encrypted values of a stack file, for those who read it without its key: each becomes a text in its place.

`pulumi config set --secret` writes `{secure: …}`. Whoever only plans, or checks the rest, needs no key and gets none.
"""

from collections.abc import Mapping
from typing import Any

KEPT_SECRET = "https://secret.invalid/kept-in-the-stack-file"  # noqa: S105 - what stands for a secret
"""Long enough, and a web address, as what is secret here often is."""
_PREFIX = "slipway:"


def own_values(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a stack file below `slipway:`, by their short names, without secrets."""
    return {
        key.removeprefix(_PREFIX): without_secrets(value) for key, value in config.items() if key.startswith(_PREFIX)
    }


def without_secrets(value: Any) -> Any:  # noqa: ANN401 - any YAML value
    """Return a value with a text in the place of everything that is encrypted."""
    if isinstance(value, Mapping):
        if set(value) == {"secure"}:
            return KEPT_SECRET
        return {key: without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value
