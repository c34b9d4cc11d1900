"""The model server's administration APIs answer only to a key that the command line does not show.

Source: https://github.com/triton-inference-server/server/blob/main/docs/customization_guide/inference_protocols.md
"""

import re

from mechanics.command_line import Flags, flags, values
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
    given = flags(resource.items("command"))
    problems = [
        *_control_problems(given),
        *(problem for flag in RESTRICTIONS for problem in _restriction_problems(flag, values(given, flag))),
    ]
    return [resource.violation("command", problem, fix) for problem, fix in problems]


def _control_problems(given: Flags) -> list[tuple[str, str]]:
    modes = values(given, "--model-control-mode") or [""]
    problems = [
        (f"--model-control-mode is {shown(mode or None)}", "use --model-control-mode=explicit")
        for mode in modes
        if mode != "explicit"
    ]
    problems += [
        (f"{flag} opens a second inference endpoint", f"remove {flag}")
        for flag, value in given
        if flag in _OTHER_DOORS and value.lower() not in _OFF
    ]
    if any(flag.startswith("--trace-") for flag, _ in given):
        problems.append(("tracing is configured, which writes requests to files", "remove the --trace- flags"))
    return problems


def _restriction_problems(flag: str, restrictions: list[str]) -> list[tuple[str, str]]:
    restricted: list[str] = []
    problems = []
    for restriction in restrictions:
        groups, _, protection = restriction.partition(":")
        restricted += groups.split(",")
        _, _, key = protection.partition("=")
        if not _PLACEHOLDER.fullmatch(key):
            problems.append((f"{flag} holds its key in plain text, or none", "use the placeholder {admin_key}"))
    for group in GROUPS:
        if restricted.count(group) != 1:
            problem = f"{flag} restricts {group} {restricted.count(group)} times"
            problems.append((problem, f"list {group} in it once"))
    return problems


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
