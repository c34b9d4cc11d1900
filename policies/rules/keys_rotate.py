"""A key rotates, and a deleted one can be brought back for long enough to notice."""

from mechanics.facts import Config, Resource, Violation, shown
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import one_of


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return keys that never rotate, go too fast, or could lock their owner out."""
    found = []
    if resource.get("enableKeyRotation") is not True:
        found.append(("enableKeyRotation", "the key never rotates", "set it to true"))
    days, least = resource.number("deletionWindowInDays"), config["minWindowDays"]
    if days is None or days < least:
        problem = f"a deleted key is gone after {shown(days, ' days')}, and with it all that it encrypted"
        found.append(("deletionWindowInDays", problem, f"set at least {least} days"))
    if resource.get("bypassPolicyLockoutSafetyCheck"):
        path = "bypassPolicyLockoutSafetyCheck"
        found.append((path, "a wrong key policy would lock everybody out", "leave it out"))
    return [resource.violation(*each) for each in found]


RULE = ResourceRule(
    id="kms-rotation-and-window",
    claim="Keys rotate, and a deleted key can be brought back for a while.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=one_of("aws/kms", "Key", "ReplicaKey", "ExternalKey"),
    reads=("enableKeyRotation", "deletionWindowInDays", "bypassPolicyLockoutSafetyCheck"),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="minWindowDays",
            schema={"type": "number", "description": "Fewest days between the deletion of a key and its end."},
            values=PerKind(local=7, dev=7, prod=30),
        ),
    ),
    standards=("KMS.3", "KMS.4", "KMS.5", "CKV_AWS_7", "AWS-0065"),
    check=check,
)
