"""No input is a secret written out: inputs end up in state files, plans, process lists and consoles.

The engine shows a rule even protected inputs as plain text, so the few properties that exist to carry a secret are
exempt by path. A value is never part of a message.
"""

from collections.abc import Callable, Iterator

from mechanics.facts import Config, Resource, Violation, overlap
from mechanics.registry import OPAQUE
from mechanics.rule import EVERYTHING, Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.secret_values import decoded, is_secret_key, secrets_in
from mechanics.tokens import CHART, CLUSTER_GUARDS, GATEWAY_PROCESS, LAUNCH_TEMPLATE, OWN, POD, STAGE, Type, one_of

Finder = Callable[[Resource], Iterator[tuple[str, str]]]

FUNCTION = one_of("aws/lambda", "Function")
PARAMETER = one_of("aws/ssm", "Parameter")
CONFIG_MAP = one_of("kubernetes/core", "ConfigMap")
CARRIERS: dict[Type, tuple[str, ...]] = {
    **dict.fromkeys(GATEWAY_PROCESS, ("keys",)),
    **dict.fromkeys(CLUSTER_GUARDS, ("kubeconfig",)),
    # The certificate of a controller's webhook, which its chart would otherwise make anew in every plan.
    **dict.fromkeys(CHART, ("values.webhookTLS.key",)),
}


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return the paths of secrets written out. Never the secrets."""
    find = FINDERS.get(resource.type, _everywhere)
    return [resource.violation(path, problem, _FIX) for path, problem in find(resource)]


def _everywhere(resource: Resource) -> Iterator[tuple[str, str]]:
    carriers = CARRIERS.get(resource.type, ())
    found = secrets_in(resource.props, "")
    yield from ((path, problem) for path, problem in found if not any(overlap(path, each) for each in carriers))


def _in_user_data(resource: Resource) -> Iterator[tuple[str, str]]:
    yield from secrets_in(decoded(resource.text("userData")), "userData")


def _in_environment(resource: Resource) -> Iterator[tuple[str, str]]:
    yield from secrets_in(resource.get("environment.variables"), "environment.variables")


def _in_parameter(resource: Resource) -> Iterator[tuple[str, str]]:
    """A SecureString is encrypted; String and StringList are not."""
    if resource.text("type") != "SecureString":
        named = is_secret_key(resource.text("name").rsplit("/", 1)[-1])
        yield from secrets_in(resource.get("value"), "value", secret=named)


def _in_variables(resource: Resource) -> Iterator[tuple[str, str]]:
    yield from secrets_in(resource.get("stageVariables"), "stageVariables")


FINDERS: dict[Type, Finder] = {
    **dict.fromkeys(LAUNCH_TEMPLATE, _in_user_data),
    **dict.fromkeys(FUNCTION, _in_environment),
    **dict.fromkeys(PARAMETER, _in_parameter),
    **dict.fromkeys(STAGE, _in_variables),
}
_FIX = "pass a reference: a mounted file, a secret store entry, or a placeholder filled in at start"

RULE = ResourceRule(
    id="no-plaintext-secrets",
    claim="No input holds a secret in plain text.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*OWN, *FINDERS, *OPAQUE, *POD, *CONFIG_MAP),
    reads=EVERYTHING,
    unknown=WhenUnknown.OPEN,
    standards=("CIS 4.4.1", "CIS 4.4.2", "CKV_K8S_35", "AWS-0129", "C-0012"),
    check=check,
)
