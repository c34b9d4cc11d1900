"""A node that still pulls an image is not taken for an idle one, and one that serves is not cut short.

Karpenter's own default is to consolidate at once: nodes that pull a model server for minutes die again and again.
"""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Stack, Violation, shown
from mechanics.node_pools import has_gpus
from mechanics.pods import namespace, object_name, runs_a_slot, template
from mechanics.quantities import seconds
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import DEPLOYMENT, NODE_POOL

AFTER = "spec.disruption.consolidateAfter"
GRACE = "spec.template.spec.terminationGracePeriod"


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return pools that give up nodes too early, all at once, or before their pods have drained."""
    slots = [each for each in stack.of(DEPLOYMENT) if runs_a_slot(each)]
    graces = {
        f"{namespace(each)}/{object_name(each)}": template(each).number("spec.terminationGracePeriodSeconds") or 0
        for each in slots
    }
    return [
        violation
        for pool in stack.of(NODE_POOL)
        if has_gpus(pool)
        for violation in _pool(pool, float(config["minConsolidateSeconds"]), graces)
    ]


def _pool(pool: Resource, least: float, graces: dict[str, float]) -> Iterator[Violation]:
    after, grace = pool.get(AFTER), seconds(pool.get(GRACE))
    if after != "Never" and (seconds(after) or 0) < least:
        problem = f"an empty node goes after {shown(after)}, while a first pull and load takes up to {least:g} seconds"
        yield pool.violation(AFTER, problem, f'set it to at least "{least:g}s"')
    if pool.get("spec.disruption.consolidationPolicy") != "WhenEmpty" and not pool.items("spec.disruption.budgets"):
        problem = "nodes that serve may be replaced, and all at once"
        yield pool.violation("spec.disruption.budgets", problem, "use WhenEmpty, or a budget of 1 node")
    longest = max(graces, key=lambda name: graces[name], default=None)
    if grace is None or (longest and grace < graces[longest]):
        needed = f", and {longest} drains for {graces[longest]:g} seconds" if longest else ""
        problem = f"a node is given {shown(pool.get(GRACE))} to drain{needed}"
        yield pool.violation(GRACE, problem, "set it above the longest grace period of a pod")


RULE = StackRule(
    id="karpenter-consolidation-vs-pull",
    claim="GPU nodes outlast a first pull, and drain before they go.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=(*NODE_POOL, *DEPLOYMENT),
    reads=(
        "spec.disruption",
        GRACE,
        "spec.template.spec.terminationGracePeriodSeconds",
        "spec.template.spec.requirements",
    ),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="minConsolidateSeconds",
            schema={"type": "number", "description": "The shortest time after which an empty GPU node may go."},
            values=PerKind(local=300, dev=300, prod=300),
        ),
    ),
    check=check,
)
