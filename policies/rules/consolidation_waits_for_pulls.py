"""A node that still pulls an image is not taken for an idle one, and one that serves is not cut short.

Karpenter's own default is to consolidate at once: nodes that pull a model server for minutes die again and again.
"""

import re
from collections.abc import Iterator

from mechanics.facts import Config, Resource, Stack, Violation, shown
from mechanics.node_pools import has_gpus
from mechanics.pods import namespace, object_name, running_slots, template
from mechanics.quantities import seconds
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown, number_option
from mechanics.tokens import DEPLOYMENT, NODE_CLASS, NODE_POOL

AFTER = "spec.disruption.consolidateAfter"
GRACE = "spec.template.spec.terminationGracePeriod"
MARGIN_SECONDS = 60
# How AL2023 and Bottlerocket are told to pull layers in parallel.
_IN_PARALLEL = re.compile(r'"FastImagePull": *true|snapshotter *= *"soci"')


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return pools that give up nodes too early, all at once, or before their pods have drained."""
    slots = running_slots(stack)
    graces = {
        f"{namespace(each)}/{object_name(each)}": template(each).number("spec.terminationGracePeriodSeconds") or 0
        for each in slots
    }
    # A class that is missing is another rule's matter.
    slow = {object_name(each) for each in stack.of(NODE_CLASS) if not _pulls_fast(each)}
    return [
        violation
        for pool in stack.of(NODE_POOL)
        if has_gpus(pool)
        for violation in (*_wait(pool, slow, config), *_pool(pool, graces))
    ]


def _pulls_fast(node_class: Resource) -> bool:
    """Tell whether a node of this class pulls in parallel, or starts from a volume that holds the images."""
    volumes = node_class.parts("spec.blockDeviceMappings")
    stored = any(each.get("ebs.snapshotID") for each in volumes)
    return stored or bool(_IN_PARALLEL.search(node_class.text("spec.userData")))


def _wait(pool: Resource, slow: set[str], config: Config) -> Iterator[Violation]:
    is_slow = pool.text("spec.template.spec.nodeClassRef.name") in slow
    pull = float(config["pullSeconds" if is_slow else "fastPullSeconds"])
    after, least = pool.get(AFTER), pull + MARGIN_SECONDS
    if after != "Never" and (seconds(after) or 0) < least:
        problem = f"an empty node goes after {shown(after)}, while a first pull takes up to {pull:g} seconds"
        yield pool.violation(AFTER, problem, f'set it to at least "{least:g}s"')


def _pool(pool: Resource, graces: dict[str, float]) -> Iterator[Violation]:
    grace = seconds(pool.get(GRACE))
    if pool.get("spec.disruption.consolidationPolicy") != "WhenEmpty" and not pool.items("spec.disruption.budgets"):
        problem = "nodes that serve may be replaced, and all at once"
        yield pool.violation("spec.disruption.budgets", problem, "use WhenEmpty, or a budget of 1 node")
    longest = max(graces, key=lambda name: graces[name], default=None)
    if grace is None or (longest and grace < graces[longest]):
        needed = f", and {longest} drains for {graces[longest]:g} seconds" if longest else ""
        problem = f"a node is given {shown(pool.get(GRACE))} to drain{needed}"
        yield pool.violation(GRACE, problem, "set it above the longest grace period of a pod")


def _seconds(name: str, description: str, value: float) -> Option:
    return number_option(name, description, PerKind(local=value, dev=value, prod=value))


RULE = StackRule(
    id="karpenter-consolidation-vs-pull",
    claim="GPU nodes outlast a first pull, and drain before they go.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=(*NODE_POOL, *NODE_CLASS, *DEPLOYMENT),
    reads=(
        "spec.disruption",
        GRACE,
        "spec.template.spec.terminationGracePeriodSeconds",
        "spec.template.spec.requirements",
        "spec.template.spec.nodeClassRef",
        "spec.userData",
        "spec.blockDeviceMappings",
    ),
    unknown=WhenUnknown.CLOSED,
    options=(
        _seconds("pullSeconds", "How long a first pull takes at worst, layer by layer.", 600),
        _seconds("fastPullSeconds", "The same where nodes pull in parallel or start with the images.", 240),
    ),
    check=check,
)
