"""All models together, scaled out as far as they may, take no more GPUs than were agreed on and than pools can make."""

from collections.abc import Iterator
from dataclasses import dataclass

from mechanics.autoscaling import READS, Replicas
from mechanics.facts import Config, Resource, Stack, Violation
from mechanics.node_pools import POOL_LABEL, group_has_gpus, has_gpus, most_gpus
from mechanics.pods import GPU, gpus, in_containers, in_pods, labels, slot_of, template
from mechanics.quantities import quantity
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import AUTOSCALER, NODE_GROUP, NODE_POOL, POD


@dataclass(frozen=True)
class _Wanted:
    """How many GPUs the pods of one owner may take, and from which pool; empty where they name none."""

    owner: str
    pool: str
    amount: float


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return the sums of what may run where they are more than what is agreed or can be made."""
    replicas = Replicas(stack)
    wanted = [_wanted(replicas, each, amount) for each in stack.of(POD) if (amount := gpus(template(each)))]
    agreed = float(config["maxGpus"])
    return [
        *_beyond(stack, wanted, agreed, "are agreed", "lower the most replicas, or raise maxGpus in review"),
        *_beyond_pools(stack, wanted, _made(stack)),
    ]


def _wanted(replicas: Replicas, workload: Resource, amount: float) -> _Wanted:
    model, slot = slot_of(workload)
    pool = template(workload).mapping("spec.nodeSelector").get(POOL_LABEL)
    owner = f"{model}/{slot}" if model and slot else workload.name
    return _Wanted(owner, str(pool or ""), amount * replicas.most(workload))


def _made(stack: Stack) -> dict[str, float]:
    """Return how many GPUs each pool can make at most; groups and pools of one label are one pool."""
    pools = [
        (labels(each.part("spec.template")), quantity(each.mapping("spec.limits").get(GPU)) or 0)
        for each in stack.of(NODE_POOL)
        if has_gpus(each)
    ]
    groups = [(each.mapping("labels"), most_gpus(each)) for each in stack.of(NODE_GROUP) if group_has_gpus(each)]
    made: dict[str, float] = {}
    for found, amount in (*pools, *groups):
        name = str(found.get(POOL_LABEL) or "")
        made[name] = made.get(name, 0) + amount
    return made


def _beyond_pools(stack: Stack, wanted: list[_Wanted], made: dict[str, float]) -> Iterator[Violation]:
    """A pool that is not of this stack is not judged; who names none may take from each."""
    fix = "lower the most replicas, or raise the pool's gpu_limit or maxSize"
    # One without a label is another rule's matter, and may be meant for any.
    unnamed = made.get("", 0)
    for pool in filter(None, made):
        of_pool = [each for each in wanted if each.pool == pool]
        yield from _beyond(stack, of_pool, made[pool] + unnamed, f"can be made by pool {pool}", fix)
    if made and not all(each.pool for each in wanted):
        yield from _beyond(stack, wanted, sum(made.values()), "can be made by all pools", fix)


def _beyond(stack: Stack, wanted: list[_Wanted], most: float, what: str, fix: str) -> Iterator[Violation]:
    by_owner: dict[str, float] = {}
    for each in wanted:
        by_owner[each.owner] = by_owner.get(each.owner, 0) + each.amount
    total = sum(by_owner.values())
    if total > most:
        parts = ", ".join(f"{name} {amount:g}" for name, amount in sorted(by_owner.items()))
        yield stack.violation("", f"the models may take {total:g} GPUs ({parts}), and {most:g} {what}", fix)


RULE = StackRule(
    id="gpu-budget",
    claim="All models at their largest fit the GPUs that are agreed on, and their pools.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=(*POD, *AUTOSCALER, *NODE_POOL, *NODE_GROUP),
    reads=(
        *(*in_containers("resources"), *in_pods("spec.nodeSelector"), *READS, "spec.limits"),
        *("spec.template.metadata.labels", "labels", "scalingConfig.maxSize", "instanceTypes"),
    ),
    unknown=WhenUnknown.OPEN,
    options=(
        Option(
            name="maxGpus",
            schema={"type": "number", "description": "Most GPUs that all models of a stack may take together."},
            values=PerKind(local=8, dev=4, prod=16),
        ),
    ),
    check=check,
)
