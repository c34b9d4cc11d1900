"""The model server's administration APIs answer only to a key that the command line does not show.

Source: https://github.com/triton-inference-server/server/blob/main/docs/customization_guide/inference_protocols.md
"""

import re

from mechanics.addresses import is_loopback
from mechanics.facts import Config, Resource, Violation, shown
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import MODEL_SLOT

GROUPS = ("logging", "model-config", "model-repository", "shared-memory", "statistics", "trace")
RESTRICTIONS = ("--http-restricted-api", "--grpc-restricted-protocol")
# Filled in when the process starts: our own placeholder, or a variable from a Kubernetes Secret.
_PLACEHOLDER = re.compile(r"\{\w+\}|\$\(\w+\)")
_OTHER_DOORS = ("--allow-sagemaker", "--allow-vertex-ai")
_OFF = {"false", "0", "off", "no"}


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return what would let a caller administer the model server. Never names the restricting key's value."""
    arguments = [item for item in resource.items("command") if isinstance(item, str)]
    flags = _flags(arguments)
    problems = [
        *_control_problems(flags),
        *(problem for flag in RESTRICTIONS for problem in _restriction_problems(flag, _values(flags, flag))),
        *_address_problems(flags),
    ]
    return [resource.violation("command", problem, fix) for problem, fix in problems]


def _control_problems(flags: list[tuple[str, str]]) -> list[tuple[str, str]]:
    modes = _values(flags, "--model-control-mode") or [""]
    problems = [
        (f"--model-control-mode is {shown(mode or None)}", "use --model-control-mode=explicit")
        for mode in modes
        if mode != "explicit"
    ]
    problems += [
        (f"{flag} opens a second inference endpoint", f"remove {flag}")
        for flag, value in flags
        if flag in _OTHER_DOORS and value.lower() not in _OFF
    ]
    if any(flag.startswith("--trace-") for flag, _ in flags):
        problems.append(("tracing is configured, which writes requests to files", "remove the --trace- flags"))
    return problems


def _restriction_problems(flag: str, values: list[str]) -> list[tuple[str, str]]:
    restricted: list[str] = []
    problems = []
    for value in values:
        groups, _, protection = value.partition(":")
        restricted += groups.split(",")
        _, _, key = protection.partition("=")
        if not _PLACEHOLDER.fullmatch(key):
            problems.append((f"{flag} holds its key in plain text, or none", "use the placeholder {admin_key}"))
    for group in GROUPS:
        if restricted.count(group) != 1:
            problem = f"{flag} restricts {group} {restricted.count(group)} times"
            problems.append((problem, f"list {group} in it once"))
    return problems


def _address_problems(flags: list[tuple[str, str]]) -> list[tuple[str, str]]:
    # Without a flag HTTP and gRPC listen everywhere; metrics listen where HTTP does.
    listening = [(flag, _values(flags, flag) or ["0.0.0.0"]) for flag in ("--http-address", "--grpc-address")]  # noqa: S104 - the server's default, refused here
    listening.append(("--metrics-address", _values(flags, "--metrics-address")))
    return [
        (f'{flag} is "{address}", which other machines can reach', f"use {flag}=127.0.0.1")
        for flag, addresses in listening
        for address in addresses
        if not is_loopback(address)
    ]


def _flags(arguments: list[str]) -> list[tuple[str, str]]:
    """Read `--flag=value` and `--flag value` alike."""
    flags = []
    for position, argument in enumerate(arguments):
        if argument.startswith("--"):
            flag, equals, value = argument.partition("=")
            following = arguments[position + 1] if position + 1 < len(arguments) else ""
            flags.append((flag, value if equals or following.startswith("--") else following))
    return flags


def _values(flags: list[tuple[str, str]], name: str) -> list[str]:
    return [value for flag, value in flags if flag == name]


RULE = ResourceRule(
    id="triton-admin-restricted",
    claim="The model server's administration APIs are closed.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=MODEL_SLOT,
    reads=("command",),
    unknown=WhenUnknown.CLOSED,
    standards=("Triton secure deployment: restricted APIs",),
    check=check,
)
