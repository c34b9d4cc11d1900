"""The stack is checked with the configuration that is meant for its kind.

A pack does not learn which stack it checks except through the URNs, so a prod stack checked with the file for dev
would pass rules that it should not.
"""

import re

from mechanics.facts import Config, Stack, Violation
from mechanics.rule import KINDS, Level, Option, PerKind, Severity, StackRule, WhenUnknown


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return a violation where the stack's name does not belong to the kind of the configuration file."""
    kind, pattern = str(config["kind"]), str(config["stackNames"])
    if kind not in KINDS:
        problem = f'the policy configuration is for kind "{kind}"; the kinds are {", ".join(KINDS)}'
        return [stack.violation("", problem, "use a file of policies/config")]
    if re.search(pattern, stack.name):
        return []
    problem = f'the stack "{stack.name}" is checked with the policy configuration for "{kind}" stacks'
    return [stack.violation("", problem, "pass the file of policies/config that is named like the stack's kind")]


RULE = StackRule(
    id="policy-config-sane",
    claim="The stack is checked with the policy configuration of its kind.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(),
    reads=(),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="kind",
            schema={"type": "string", "description": "The kind of stack that this configuration is for."},
            values=PerKind(local="local", dev="dev", prod="prod"),
            required=True,
        ),
        Option(
            name="stackNames",
            schema={"type": "string", "description": "Regular expression that the stack's name must match."},
            values=PerKind(
                local=r"^(?!(dev|development|stage|staging|preprod|prod|production|foundation)([-_.]|$))",
                dev=r"^(dev|development|stage|staging)([-_.]|$)",
                prod=r"^(preprod|prod|production|foundation)([-_.]|$)",
            ),
        ),
    ),
    check=check,
)
