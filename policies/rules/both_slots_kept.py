"""There is a slot to go back to, on stacks that say so.

A first deployment on such a stack puts its only release into both slots.
"""

from mechanics.facts import Config, Resource, Violation
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import MODEL


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return slots without a release, where both are to be kept."""
    if not config["keepBothSlots"]:
        return []
    return [
        resource.violation(
            f"spec.slots.{slot}",
            f"slot {slot} has no release, so there is nothing to roll back to",
            f"keep the release that was live before in slot {slot}",
        )
        for slot in ("blue", "green")
        if not resource.mapping(f"spec.slots.{slot}.release")
    ]


RULE = ResourceRule(
    id="rollback-possible",
    claim="Every model keeps a release in both slots.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.ADVISORY, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=MODEL,
    reads=("spec.slots",),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="keepBothSlots",
            schema={"type": "boolean", "description": "Whether every model must keep a release in both slots."},
            values=PerKind(local=False, dev=True, prod=True),
        ),
    ),
    check=check,
)
