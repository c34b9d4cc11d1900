"""There is a slot to go back to, on stacks that say so.

A first deployment on such a stack puts its only release into both slots.
"""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Violation
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import MODEL

WARM = "spec.resources.idle_warm_hours"


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return slots without a release, where both are to be kept, and idle ones that go cold too early."""
    empty = [
        resource.violation(
            f"spec.slots.{slot}",
            f"slot {slot} has no release, so there is nothing to roll back to",
            f"keep the release that was live before in slot {slot}",
        )
        for slot in ("blue", "green")
        if config["keepBothSlots"] and not resource.mapping(f"spec.slots.{slot}.release")
    ]
    return [*empty, *_cold(resource, float(config["minIdleWarmHours"]))]


def _cold(model: Resource, least: float) -> Iterator[Violation]:
    # An idle slot that is given no time stays warm for ever.
    hours = model.number(WARM)
    if hours is not None and hours < least:
        problem = f"the idle slot has no pod {hours:g} hours after its last request, so a rollback starts one first"
        yield model.violation(WARM, problem, f"set it to at least {least:g}, or leave it out")


RULE = ResourceRule(
    id="rollback-possible",
    claim="Every model keeps a release in both slots, and the idle one warm.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.ADVISORY, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=MODEL,
    reads=("spec.slots", WARM),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="keepBothSlots",
            schema={"type": "boolean", "description": "Whether every model must keep a release in both slots."},
            values=PerKind(local=False, dev=True, prod=True),
        ),
        Option(
            name="minIdleWarmHours",
            schema={"type": "number", "description": "Fewest hours after its last request that an idle slot has pods."},
            values=PerKind(local=0, dev=0, prod=24),
        ),
    ),
    check=check,
)
