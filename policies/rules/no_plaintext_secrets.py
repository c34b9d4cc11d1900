"""No resource of ours takes a secret as a literal: inputs end up in state files, plans and process lists.

The engine shows a rule even protected inputs as plain text, so the few properties that exist to carry a secret are
exempt by path. A value is never part of a message.
"""

import re
from collections.abc import Iterator

from mechanics.facts import Config, Resource, Value, Violation
from mechanics.rule import EVERYTHING, Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import CLUSTER_GUARDS, GATEWAY_PROCESS, OWN, POD, Type, one_of

CARRIERS: dict[Type, tuple[str, ...]] = {
    **dict.fromkeys(GATEWAY_PROCESS, ("keys",)),
    **dict.fromkeys(CLUSTER_GUARDS, ("kubeconfig",)),
}

CONFIG_MAP = one_of("kubernetes/core", "ConfigMap")

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


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return the paths of secrets written out. Never the secrets."""
    carriers = CARRIERS.get(resource.type, ())
    props = {key: value for key, value in resource.props.items() if key not in carriers}
    return [resource.violation(path, problem, _FIX) for path, problem in _secrets(props, "", secret=False)]


def _secrets(value: Value, path: str, *, secret: bool) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            # A variable of a container: {"name": …, "value": …}.
            name = str(value.get("name")) if key == "value" else key
            yield from _secrets(item, f"{path}.{key}" if path else key, secret=_is_secret_key(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secrets(item, f"{path}[{index}]", secret=secret)
    elif isinstance(value, str) and (problem := _problem(value, secret=secret)):
        yield path, problem


def _problem(value: str, *, secret: bool) -> str | None:
    if secret and value and not _REFERENCE.fullmatch(value):
        return "a key that names a secret holds a literal value"
    if any(shape.search(value) for shape in _SHAPES):
        return "the value looks like a key, a token or a URL with a password"
    for name, assigned in _ASSIGNMENT.findall(value):
        if _is_secret_key(name) and not _REFERENCE.fullmatch(assigned) and not _MOUNTED.fullmatch(assigned):
            return f'the value sets "{name}" to a literal'
    return None


def _is_secret_key(key: str) -> bool:
    words = _CAMEL.sub("_", key).replace("-", "_").lower().strip("_")
    return bool(_SECRET_KEY.search(words))


_FIX = "pass a reference: a mounted file, a secret store entry, or a placeholder filled in at start"

RULE = ResourceRule(
    id="no-plaintext-secrets",
    claim="No input holds a secret in plain text.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*OWN, *POD, *CONFIG_MAP),
    reads=EVERYTHING,
    unknown=WhenUnknown.OPEN,
    standards=("CIS 4.4.1", "CIS 4.4.2", "CKV_K8S_35", "C-0012"),
    check=check,
)
