"""GPU nodes take only what asks for a GPU, are found by their label, and have room for the images of model servers."""

from collections.abc import Iterator

from mechanics.facts import UNKNOWN, Config, Resource, Stack, Violation, shown
from mechanics.node_pools import POOL_LABEL, group_has_gpus, has_gpus
from mechanics.pods import GPU, labels, object_name
from mechanics.quantities import quantity
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown, number_option
from mechanics.tokens import LAUNCH_TEMPLATE, NODE_CLASS, NODE_GROUP, NODE_POOL

BYTES_PER_GIB = 2**30
VOLUMES, SIZE = "blockDeviceMappings", "ebs.volumeSize"


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return what lets ordinary pods onto GPU nodes, lets a group grow without a limit, or leaves images no room."""
    templates = {each.urn: each for each in stack.of(LAUNCH_TEMPLATE)}
    classes = {object_name(each): each for each in stack.of(NODE_CLASS)}
    groups = [each for each in stack.of(NODE_GROUP) if group_has_gpus(each)]
    pools = [each for each in stack.of(NODE_POOL) if has_gpus(each)]
    return [
        *(found for each in groups for found in (*_group(each, config), *_group_disk(each, templates, config))),
        *(found for each in pools for found in (*_pool(each), *_pool_disk(each, classes, config))),
    ]


def _group(group: Resource, config: Config) -> Iterator[Violation]:
    taints = group.parts("taints")
    if not any(each.get("key") == GPU and each.get("effect") == "NO_SCHEDULE" for each in taints):
        problem = "any pod may take a place on a GPU node"
        yield group.violation("taints", problem, f"add the taint {GPU} with NO_SCHEDULE")
    if not group.mapping("labels").get(POOL_LABEL):
        yield group.violation("labels", "pods cannot ask for this pool", f"add the label {POOL_LABEL}")
    most = group.number("scalingConfig.maxSize")
    if most is None or most > config["maxNodes"]:
        problem = f"the group may grow to {most} nodes"
        yield group.violation("scalingConfig.maxSize", problem, f"set at most {config['maxNodes']}")


def _pool(pool: Resource) -> Iterator[Violation]:
    taints = pool.parts("spec.template.spec.taints")
    if not any(each.get("key") == GPU and each.get("effect") == "NoSchedule" for each in taints):
        problem = "any pod may take a place on a GPU node"
        yield pool.violation("spec.template.spec.taints", problem, f"add the taint {GPU} with NoSchedule")
    if not labels(pool.part("spec.template")).get(POOL_LABEL):
        yield pool.violation("spec.template.metadata.labels", "pods cannot ask for this pool", f"add {POOL_LABEL}")


def _group_disk(group: Resource, templates: dict[str, Resource], config: Config) -> Iterator[Violation]:
    """A group's template says how large its volumes are, or the group itself. One from elsewhere cannot be read."""
    used = [templates[urn] for urn in group.property_dependencies.get("launchTemplate", ()) if urn in templates]
    for template in used:
        sizes = [each.number(SIZE) or 0 for each in template.parts(VOLUMES)]
        yield from _too_small(template, VOLUMES, max(sizes, default=None), config)
    if not group.mapping("launchTemplate"):
        yield from _too_small(group, "diskSize", group.number("diskSize"), config)


def _pool_disk(pool: Resource, classes: dict[str, Resource], config: Config) -> Iterator[Violation]:
    # A class that is missing is another rule's matter.
    if node_class := classes.get(pool.text("spec.template.spec.nodeClassRef.name")):
        sizes = [quantity(each.get(SIZE)) or 0 for each in node_class.parts(f"spec.{VOLUMES}")]
        largest = max(sizes, default=None)
        gib = None if largest is None else largest / BYTES_PER_GIB
        yield from _too_small(node_class, f"spec.{VOLUMES}", gib, config)


def _too_small(thing: Resource, path: str, gib: float | None, config: Config) -> Iterator[Violation]:
    if gib is None or gib < config["minGpuRootGib"]:
        size = shown(gib if gib is None else round(gib, 1), " GiB")
        problem = f"the largest volume of a GPU node is {size}, so the images of model servers may not fit"
        yield thing.violation(path, problem, f"give it at least {config['minGpuRootGib']} GiB")


def _may_have_gpus(resource: Resource) -> bool:
    if not resource.is_a(NODE_GROUP):
        return True
    return resource.get("instanceTypes") is UNKNOWN or group_has_gpus(resource.known())


RULE = StackRule(
    id="gpu-nodes-tainted",
    claim="GPU nodes are tainted, labelled, limited in number, and have room for images.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*NODE_GROUP, *NODE_POOL, *NODE_CLASS, *LAUNCH_TEMPLATE),
    reads=(
        *("taints", "labels", "scalingConfig.maxSize", "instanceTypes", "amiType", VOLUMES),
        *("spec.template.spec.taints", "spec.template.spec.requirements", "spec.template.metadata.labels"),
        *("spec.template.spec.nodeClassRef", f"spec.{VOLUMES}"),
    ),
    unknown=WhenUnknown.CLOSED,
    options=(
        number_option("maxNodes", "Most nodes of one GPU group.", PerKind(local=4, dev=4, prod=16)),
        # 30 GiB for the system and 2.5 times an unpacked model server of 19 GiB.
        number_option("minGpuRootGib", "Least GiB of a GPU node's largest volume.", PerKind(local=80, dev=80, prod=80)),
    ),
    check=check,
    concerns=_may_have_gpus,
)
