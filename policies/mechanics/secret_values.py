"""How a rule finds a secret that is written out. What it finds is told by path; a value is never part of a message."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping

from mechanics.facts import Value

_SECRET_KEY = re.compile(
    r"(^|_)(password|passwd|passphrase|secret|token|credential|api_?key|access_?key|private_?key|admin_?key)s?$"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# A reference to a secret instead of the secret: filled in later, or read from a variable.
_REFERENCE = re.compile(r"\{\w+\}|\$\(\w+\)|\$\{\w+\}")
# A file that is mounted into the pod.
_MOUNTED = re.compile(r"/(etc|run|var/run)/[\w./-]+")
_SHAPES = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50,}|glpat-[\w-]{20,}|hf_[A-Za-z0-9]{30,})\b"),
    re.compile(r"\b(xox[abprs]-[\w-]{10,}|sk-[\w-]{20,}|sk_live_\w{16,})"),
    re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+"),
    re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@]*:(?!\{\w+\}@|\$[({]\w+[)}]@)[^/\s@]+@", re.IGNORECASE),
)
_ASSIGNMENT = re.compile(r"(?:^|[\s:,;?&])([\w-]+)=(?=([^\s,;&]+))")


def secrets_in(value: Value, path: str, *, secret: bool = False) -> Iterator[tuple[str, str]]:
    """Yield path and problem of every secret in a value.

    Args:
        value: Whatever a property holds.
        path: Where it stands.
        secret: Whether the key that it stands under names a secret.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            # A variable of a container: {"name": …, "value": …}.
            name = str(value.get("name")) if key == "value" else key
            yield from secrets_in(item, f"{path}.{key}" if path else key, secret=is_secret_key(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from secrets_in(item, f"{path}[{index}]", secret=secret)
    elif isinstance(value, str) and (problem := _problem(value, secret=secret)):
        yield path, problem


def _problem(value: str, *, secret: bool) -> str | None:
    if secret and value and not _REFERENCE.fullmatch(value):
        return "a key that names a secret holds a literal value"
    if any(shape.search(value) for shape in _SHAPES):
        return "the value looks like a key, a token or a URL with a password"
    for name, assigned in _ASSIGNMENT.findall(value):
        if is_secret_key(name) and not _REFERENCE.fullmatch(assigned) and not _MOUNTED.fullmatch(assigned):
            return f'the value sets "{name}" to a literal'
    return None


def is_secret_key(key: str) -> bool:
    """Tell whether a key names a secret, in whatever case it is written."""
    words = _CAMEL.sub("_", key).replace("-", "_").lower().strip("_")
    return bool(_SECRET_KEY.search(words))


def decoded(text: str) -> str:
    """Return what base64 text says; a text that is none as it is."""
    try:
        return base64.b64decode(text, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return text
