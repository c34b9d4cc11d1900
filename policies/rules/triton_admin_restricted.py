"""The model server's administration APIs answer only to a key that the command line does not show.

Source: https://github.com/triton-inference-server/server/blob/main/docs/customization_guide/inference_protocols.md
"""

import re
from collections.abc import Iterator

from mechanics.command_line import Flags, flags, values
from mechanics.facts import Config, Resource, Violation, shown
from mechanics.pods import arguments, containers, in_containers, template
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import MODEL_SLOT, POD, ROUTE

SERVER = "tritonserver"
GROUPS = ("logging", "model-config", "model-repository", "shared-memory", "statistics", "trace")
RESTRICTIONS = ("--http-restricted-api", "--grpc-restricted-protocol")
# Filled in when the process starts: our own placeholder, or a variable from a Kubernetes Secret.
_PLACEHOLDER = re.compile(r"\{\w+\}|\$\(\w+\)")
_OTHER_DOORS = ("--allow-sagemaker", "--allow-vertex-ai")
_VARIABLE = re.compile(r"\$\((\w+)\)")
_ADMIN_PATH = re.compile(r"^/v2/(repository|logging|trace|\w*sharedmemory)|/(config|stats|trace)\b")
_OFF = {"false", "0", "off", "no"}


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return what would let a caller administer the model server. Never names the restricting key's value."""
    if resource.is_a(ROUTE):
        return list(_route(resource))
    if resource.is_a(MODEL_SLOT):
        return [resource.violation("command", *each) for each in _problems(flags(resource.items("command")))]
    servers = [each for each in containers(template(resource)) if SERVER in " ".join(map(str, arguments(each)))]
    return [
        *(each.violation("command", *problem) for each in servers for problem in _problems(flags(arguments(each)))),
        *(violation for each in servers for violation in _key(each)),
    ]


def _problems(given: Flags) -> list[tuple[str, str]]:
    return [
        *_control_problems(given),
        *(problem for flag in RESTRICTIONS for problem in _restriction_problems(flag, values(given, flag))),
    ]


def _key(server: Resource) -> Iterator[Violation]:
    used = set(_VARIABLE.findall(" ".join(map(str, arguments(server)))))
    for variable in server.parts("env"):
        if variable.text("name") in used and not variable.mapping("valueFrom.secretKeyRef"):
            problem = f"{variable.get('name')}, which closes the administration APIs, comes from no Secret"
            yield variable.violation("valueFrom", problem, "use valueFrom.secretKeyRef")


def _leading(route: Resource) -> list[Resource]:
    """Return the rules of a route that lead to a backend; what the gateway answers itself opens nothing."""
    return [each for each in route.parts("spec.rules") if each.items("backendRefs")]


def _route(route: Resource) -> Iterator[Violation]:
    matches = [match for rule in _leading(route) for match in rule.parts("matches")]
    for match in matches:
        path, kind = match.text("path.value"), match.get("path.type")
        if _ADMIN_PATH.search(path) or (kind == "PathPrefix" and path.rstrip("/") in {"", "/v2", "/v2/models"}):
            problem = f'the route leads to the administration APIs by "{path}"'
            yield match.violation("path", problem, "list the paths of inference, metadata and health only")


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
    types=(*MODEL_SLOT, *POD, *ROUTE),
    reads=("command", *in_containers("command", "args", "env.name"), "spec.rules.matches", "spec.rules.backendRefs"),
    unknown=WhenUnknown.CLOSED,
    standards=("Triton secure deployment: restricted APIs",),
    check=check,
)
