"""The pack as the engine runs it: turns what the engine sends into facts, asks the rules, reports what they find.

The only module that imports pulumi_policy; it needs the pack's own environment.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from mechanics.exceptions import Ledger, shipped
from mechanics.facts import UNKNOWN, Config, Resource, Stack, Value, Violation
from mechanics.registry import AnyRule, load
from mechanics.rule import ResourceRule, StackRule
from mechanics.tokens import canonical
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

Key = TypeVar("Key", str, int)


class RuleCrashError(Exception):
    """A rule ended with an exception, so nobody knows whether the stack is safe; the engine stops on it."""


def plain(value: Value) -> Value:
    """Return a copy of what the engine sent as plain dicts, lists and numbers, with UNKNOWN where a value is not known.

    The engine sends every number as a float; whole ones become integers again.
    """
    if isinstance(value, Mapping):
        return {str(key): _item(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_item(value, index) for index in range(len(value))]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _item(container: Value, key: Key) -> Value:
    try:
        return plain(container[key])
    except UnknownValueError:
        return UNKNOWN


Asked = dict[str, dict[str, Value]]
"""What each resource was asked to be, by URN."""


def remembered(asked: Asked) -> Policy:
    """Return the policy that keeps what each resource was asked to be, for the rules that see the stack as a whole.

    Before a cluster exists nobody can say what an object in it would become: the engine asks no provider then, and the
    stack that it shows has objects without content. It comes before all others.
    """

    def validate(args: ResourceValidationArgs, _report: ReportViolation) -> None:
        asked[args.urn] = plain(args.props)

    return ResourceValidationPolicy(
        name="inputs-remembered",
        description="What a resource is asked to be is known to every rule, whether its provider can answer or not.",
        enforcement_level=EnforcementLevel.ADVISORY,
        severity=Severity.LOW,
        validate=validate,
    )


def policy(rule: AnyRule, ledger: Ledger, asked: Asked | None = None) -> Policy:
    """Return the policy that the engine gets for a rule; what was agreed to in the ledger passes."""
    common: dict[str, Value] = {
        "name": rule.id,
        "description": rule.claim,
        "enforcement_level": EnforcementLevel(rule.levels.prod),
        "severity": Severity(rule.severity),
        "config_schema": _schema(rule),
    }
    if isinstance(rule, ResourceRule):
        return ResourceValidationPolicy(**common, validate=_resource_check(rule, ledger))
    return StackValidationPolicy(**common, validate=_stack_check(rule, ledger, {} if asked is None else asked))


def excused(ledger: Ledger) -> Policy:
    """Return the policy that tells what passed by an agreed exception; it comes after all others."""

    def validate(_args: StackValidationArgs, report: ReportViolation) -> None:
        for sentence in ledger.settle():
            report(sentence, None)

    return StackValidationPolicy(
        name="exceptions-counted",
        description="What passes by an agreed exception is counted.",
        enforcement_level=EnforcementLevel.ADVISORY,
        severity=Severity.LOW,
        validate=validate,
    )


def _schema(rule: AnyRule) -> PolicyConfigSchema | None:
    if not rule.options:
        return None
    required = [option.name for option in rule.options if option.required]
    return PolicyConfigSchema({option.name: option.json_schema() for option in rule.options}, required)


def _resource_check(rule: ResourceRule, ledger: Ledger) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        def judge() -> list[Violation]:
            # Reading what was sent is most of the work, and most rules have nothing to say about most types.
            if not rule.covers(canonical(args.resource_type)):
                return []
            props = plain(args.props)
            resource = Resource(
                token=args.resource_type, urn=args.urn, name=args.name, props=props, protected=bool(args.opts.protect)
            )
            return rule.judge(resource, _config(rule, args.get_config()))

        for violation in _guarded(rule, ledger, args.urn, judge):
            report(rule.message(violation), None)

    return validate


def _stack_check(
    rule: StackRule, ledger: Ledger, asked: Asked
) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        def judge() -> list[Violation]:
            stack = Stack(tuple(_resource(each, asked.get(each.urn, {})) for each in args.resources))
            return rule.judge(stack, _config(rule, args.get_config()))

        first = args.resources[0].urn if args.resources else "an empty stack"
        for violation in _guarded(rule, ledger, first, judge):
            report(rule.message(violation), violation.urn or None)

    return validate


def _resource(sent: PolicyResource, asked: Mapping[str, Value]) -> Resource:
    return Resource(
        token=sent.resource_type,
        urn=sent.urn,
        name=sent.name,
        props={**asked, **plain(sent.props)},
        parent=sent.parent.urn if sent.parent else None,
        dependencies=tuple(each.urn for each in sent.dependencies),
        property_dependencies={
            key: tuple(each.urn for each in sources) for key, sources in sent.property_dependencies.items()
        },
    )


def _config(rule: AnyRule, sent: Config) -> Config:
    """Return the rule's options. The engine fills in defaults; a test or an older engine may not."""
    return {**rule.config("prod"), **plain(sent)}


def _guarded(rule: AnyRule, ledger: Ledger, urn: str, judge: Callable[[], list[Violation]]) -> list[Violation]:
    """Run a rule; when it crashes, say which one and on what, and nothing of the values that it saw.

    A crash is not reported as a violation: it would have the rule's level, and so pass where that is advisory.
    """
    try:
        return ledger.sift(rule.id, judge(), datetime.now(UTC).date())
    except Exception as error:  # noqa: BLE001 - whatever it is, the stack was not checked
        crash = type(error).__name__
    raise RuleCrashError(f"rule {rule.id} failed on {urn}: {crash}")


if __name__ == "__main__":
    # The server logs a traceback of our own frames for each crash; the engine already shows the sentence.
    logging.getLogger("grpc._server").setLevel(logging.CRITICAL)
    try:
        agreed = Ledger(shipped())
    except ValueError as error:
        raise SystemExit(str(error)) from None
    inputs: Asked = {}
    PolicyPack("slipway", [remembered(inputs), *(policy(rule, agreed, inputs) for rule in load()), excused(agreed)])
