"""Somebody has thought about every resource type of the stack.

Lists of types fail silently: a rule that lists `bucket` says nothing about `bucketV2`. So a type that no rule looks
at is a violation itself, until a rule does or it is exempt with a reason.
"""

from mechanics.facts import Config, Resource, Stack, Violation
from mechanics.registry import FORBIDDEN, known_types
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return one violation for each type that is forbidden or known to no rule, on its first resource."""
    known = known_types()
    by_token: dict[str, list[Resource]] = {}
    for resource in sorted(stack.resources, key=lambda each: each.urn):
        by_token.setdefault(resource.token, []).append(resource)
    found = []
    for token, resources in by_token.items():
        first = resources[0]
        count = f"{len(resources)} resource{'s' if len(resources) > 1 else ''}"
        advice = next((advice for type_, advice in FORBIDDEN.items() if type_.covers(first.type)), None)
        if advice:
            found.append(first.violation("", f"type {token} ({count}) has no place in a stack", advice))
        elif not any(type_.covers(first.type) for type_ in known):
            problem = f"type {token} ({count}) is known to no rule"
            found.append(first.violation("", problem, "add it to a rule, or exempt it with a reason"))
    return found


RULE = StackRule(
    id="type-coverage",
    claim="Every resource type is known to a rule, or exempt for a reason.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(),
    reads=(),
    unknown=WhenUnknown.CLOSED,
    check=check,
)
