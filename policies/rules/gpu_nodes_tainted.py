"""GPU nodes take only what asks for a GPU, and are found by their label."""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Violation
from mechanics.node_pools import GPU_TYPE, POOL_LABEL, has_gpus
from mechanics.pods import labels
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import NODE_GROUP, NODE_POOL

TAINT = "nvidia.com/gpu"


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return what lets ordinary pods onto GPU nodes, or lets the group grow without a limit."""
    if resource.is_a(NODE_POOL):
        return list(_pool(resource)) if has_gpus(resource) else []
    types = [each for each in resource.items("instanceTypes") if isinstance(each, str)]
    has_gpu = "NVIDIA" in resource.text("amiType") or any(map(GPU_TYPE.match, types))
    return [resource.violation(*problem) for problem in _problems(resource, config)] if has_gpu else []


def _problems(resource: Resource, config: Config) -> Iterator[tuple[str, str, str]]:
    taints = [each for each in resource.items("taints") if isinstance(each, dict)]
    if not any(each.get("key") == TAINT and each.get("effect") == "NO_SCHEDULE" for each in taints):
        yield "taints", "any pod may take a place on a GPU node", f"add the taint {TAINT} with NO_SCHEDULE"
    if not resource.mapping("labels").get(POOL_LABEL):
        yield "labels", "pods cannot ask for this pool", f"add the label {POOL_LABEL}"
    most = resource.number("scalingConfig.maxSize")
    if most is None or most > config["maxNodes"]:
        yield "scalingConfig.maxSize", f"the group may grow to {most} nodes", f"set at most {config['maxNodes']}"


def _pool(pool: Resource) -> Iterator[Violation]:
    taints = pool.parts("spec.template.spec.taints")
    if not any(each.get("key") == TAINT and each.get("effect") == "NoSchedule" for each in taints):
        problem = "any pod may take a place on a GPU node"
        yield pool.violation("spec.template.spec.taints", problem, f"add the taint {TAINT} with NoSchedule")
    if not labels(pool.part("spec.template")).get(POOL_LABEL):
        yield pool.violation("spec.template.metadata.labels", "pods cannot ask for this pool", f"add {POOL_LABEL}")


RULE = ResourceRule(
    id="gpu-nodes-tainted",
    claim="GPU nodes are tainted, labelled and limited in number.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*NODE_GROUP, *NODE_POOL),
    reads=(
        *("taints", "labels", "scalingConfig.maxSize", "instanceTypes", "amiType"),
        *("spec.template.spec.taints", "spec.template.spec.requirements", "spec.template.metadata.labels"),
    ),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="maxNodes",
            schema={"type": "number", "description": "Most nodes of one GPU group."},
            values=PerKind(local=4, dev=4, prod=16),
        ),
    ),
    check=check,
)
