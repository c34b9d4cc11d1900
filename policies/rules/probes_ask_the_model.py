"""A pod counts as ready only while its model answers: the probes make an inference.

Triton calls itself ready while it drains, and after the process that runs a model has died.
"""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Violation, shown
from mechanics.pods import arguments, containers, in_containers, runs_a_slot, starts_the_pod, template
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import DEPLOYMENT, one_of

SLOT = (*DEPLOYMENT, *one_of("kubernetes/apps", "StatefulSet"))
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
INFERENCE = "serving.golden_probe"
SERVER = "tritonserver"
# What Kubernetes takes where nothing is said: kubernetes.io/docs/concepts/workloads/pods/probes/
DEFAULT_PERIOD, DEFAULT_FAILURES = 10, 3
PATIENCE = "--patience-seconds"


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return probes of a slot that are missing, that ask the server instead of the model, or that give up early."""
    if not runs_a_slot(resource):
        return []
    servers = [each for each in containers(template(resource)) if _serves(each)]
    return [violation for each in servers for violation in _container(each, float(config["minStartupSeconds"]))]


def _serves(container: Resource) -> bool:
    return not starts_the_pod(container) and any(SERVER in str(word) for word in arguments(container))


def _container(container: Resource, least: float) -> Iterator[Violation]:
    for name in PROBES:
        probe = container.part(name)
        if not probe.props:
            yield container.violation(name, f"the model server has no {name}", "add one that makes an inference")
        elif not any(INFERENCE in str(word) for word in probe.items("exec.command")):
            problem = f"the {name} asks the server, which calls itself ready without a model that answers"
            yield probe.violation("", problem, f"run python3 -m {INFERENCE} in it")
    startup = container.part("startupProbe")
    lasts = max(_number(startup, "periodSeconds", DEFAULT_PERIOD), _patience(startup))
    budget = lasts * _number(startup, "failureThreshold", DEFAULT_FAILURES)
    if startup.props and budget < least:
        problem = f"a model is given {shown(budget, ' seconds')} to load"
        fix = f"raise periodSeconds, or {PATIENCE}, times failureThreshold to at least {least:g}"
        yield startup.violation("failureThreshold", problem, fix)


def _patience(probe: Resource) -> float:
    """Return how long a try lasts that fails: our probe keeps asking, and the next try begins when it ends."""
    words = [str(word) for word in probe.items("exec.command")]
    told = words[words.index(PATIENCE) + 1 :][:1] if PATIENCE in words else []
    return float(told[0]) if told and told[0].isdigit() else 0.0


def _number(probe: Resource, path: str, default: float) -> float:
    found = probe.number(path)
    return default if found is None else found


RULE = ResourceRule(
    id="probes-truthful",
    claim="The probes of a slot ask the model itself, and give it time to load.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=SLOT,
    reads=tuple(path for path in in_containers(*PROBES) if path.startswith("spec.template.")),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="minStartupSeconds",
            schema={"type": "number", "description": "The shortest time that a model is given to load."},
            values=PerKind(local=30, dev=60, prod=60),
        ),
    ),
    standards=("CKV_K8S_8", "CKV_K8S_9", "C-0018", "C-0056"),
    check=check,
)
