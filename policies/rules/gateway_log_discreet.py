"""The gateway's access log holds nothing that admits a caller, and nothing of what was asked."""

import re

from mechanics.facts import Config, Resource, Value, Violation
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import ENVOY_PROXY

SETTINGS = "spec.telemetry.accessLog.settings"
_TELLING = re.compile(
    r"%(?:REQ|RESP)(?:_WITHOUT_QUERY)?\((?:X-API-KEY|AUTHORIZATION|COOKIE|SET-COOKIE)[^%]*%"
    r"|%(?:QUERY_PARAM|REQUEST_BODY|RESPONSE_BODY|DYNAMIC_METADATA\(envoy\.lua:body)[^%]*%",
    re.IGNORECASE,
)


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return what the log of the proxies would say too much."""
    return [
        setting.violation(
            "format", f"with {', '.join(telling)} the access log tells too much", "drop it from the format"
        )
        for setting in resource.parts(SETTINGS)
        if (telling := sorted({each for text in _texts(setting.get("format")) for each in _TELLING.findall(text)}))
    ]


def _texts(value: Value) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    return [value] if isinstance(value, str) else []


RULE = ResourceRule(
    id="payload-logging-masked",
    claim="The gateway's access log holds no key, no cookie, no query and no body.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=ENVOY_PROXY,
    reads=(SETTINGS,),
    unknown=WhenUnknown.CLOSED,
    standards=("GDPR Art. 5(1)(c)", "GDPR Art. 25", "GDPR Art. 32"),
    check=check,
)
