"""The API limits what comes in, and its access log holds nothing that identifies or admits a caller's request."""

import re

from mechanics.facts import Config, Resource, Violation
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import STAGE

LIMITS = ("throttlingBurstLimit", "throttlingRateLimit")
_VARIABLE = re.compile(r"\$(?:context|request|stageVariables)[\w.]*")
_TELLING = re.compile(r"header|querystring|body|cookie|authorization|apikey|accesskey|stagevariables", re.IGNORECASE)


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return missing limits, and what the log would say too much."""
    found = [
        resource.violation(f"defaultRouteSettings.{limit}", "the API takes any number of requests", "set a limit")
        for limit in LIMITS
        if not (resource.number(f"defaultRouteSettings.{limit}") or 0) > 0
    ]
    variables = _VARIABLE.findall(resource.text("accessLogSettings.format"))
    telling = sorted({each for each in variables if _TELLING.search(each)})
    if telling:
        problem = f"the access log holds {', '.join(telling)}"
        found.append(resource.violation("accessLogSettings.format", problem, "drop it from the format"))
    if resource.mapping("stageVariables"):
        problem = "variables of a stage are shown in the console and in logs"
        found.append(resource.violation("stageVariables", problem, "leave them out"))
    return found


RULE = ResourceRule(
    id="api-throttled-and-discreet",
    claim="The API has rate limits, and its access log holds no header, query or body.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=STAGE,
    reads=("defaultRouteSettings", "accessLogSettings.format", "stageVariables"),
    unknown=WhenUnknown.CLOSED,
    standards=("GDPR Art. 5(1)(c)", "GDPR Art. 25", "GDPR Art. 32"),
    check=check,
)
