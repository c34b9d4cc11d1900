"""All models together, scaled out as far as they may, take no more GPUs than were agreed on and than pools can make."""

from mechanics.autoscaling import READS, most_replicas
from mechanics.facts import Config, Resource, Stack, Violation
from mechanics.node_pools import has_gpus
from mechanics.pods import GPU, gpus, in_containers, slot_of, template
from mechanics.quantities import quantity
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import AUTOSCALER, NODE_POOL, POD


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return the sum of what may run where it is more than what is agreed or can be made."""
    wanted: dict[str, float] = {}
    for each in stack.of(POD):
        if amount := gpus(template(each)):
            key = _owner(each)
            wanted[key] = wanted.get(key, 0) + amount * most_replicas(stack, each)
    total = sum(wanted.values())
    return [
        stack.violation("", f"the models may take {total:g} GPUs ({_parts(wanted)}), and {most:g} {what}", fix)
        for most, what, fix in _limits(stack, config)
        if total > most
    ]


def _limits(stack: Stack, config: Config) -> list[tuple[float, str, str]]:
    agreed = (float(config["maxGpus"]), "are agreed", "lower the most replicas, or raise maxGpus in review")
    pools = [each for each in stack.of(NODE_POOL) if has_gpus(each)]
    made = sum(quantity(each.mapping("spec.limits").get(GPU)) or 0 for each in pools)
    possible = (made, "can be made", "lower the most replicas, or raise the pools' gpu_limit")
    return [agreed, possible] if pools else [agreed]


def _owner(workload: Resource) -> str:
    model, slot = slot_of(workload)
    return f"{model}/{slot}" if model and slot else workload.name


def _parts(wanted: dict[str, float]) -> str:
    return ", ".join(f"{name} {amount:g}" for name, amount in sorted(wanted.items()))


RULE = StackRule(
    id="gpu-budget",
    claim="All models at their largest fit the GPUs that are agreed on.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=(*POD, *AUTOSCALER, *NODE_POOL),
    reads=(*in_containers("resources"), *READS, "spec.limits"),
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
