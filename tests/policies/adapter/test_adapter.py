from dataclasses import replace
from datetime import date
from types import ModuleType
from typing import Any

import pytest
from mechanics.exceptions import Agreed, Ledger
from mechanics.facts import UNKNOWN, Config, Resource, Stack, Violation
from mechanics.registry import load
from mechanics.rule import EVERYTHING, KINDS, Level, PerKind, ResourceRule, Severity, StackRule, WhenUnknown
from mechanics.tokens import MODEL
from planned_stack import find, good_stack, spoil
from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

OPTIONS = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])
RULES = {rule.id: rule for rule in load()}


def _sent(value: Any) -> Any:
    """Return a value as the engine sends it: all numbers floats, unknown ones as marks."""
    if isinstance(value, dict):
        return {key: _sent(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_sent(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return UNKNOWN_STRING_VALUE if value is UNKNOWN else value


def _resource_reports(
    pack: ModuleType, rule: ResourceRule, resource: Resource, config: Config, ledger: Ledger | None = None
) -> list[str]:
    props = unknown_checking_proxy(_sent(resource.props))
    options = PolicyResourceOptions(resource.protected, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])
    args = ResourceValidationArgs(resource.token, props, resource.urn, resource.name, options, None, _sent(config))
    reports: list[str] = []
    pack.policy(rule, ledger or Ledger(())).validate(args, lambda message, _urn: reports.append(message))
    return reports


def _stack_reports(pack: ModuleType, rule: StackRule, stack: Stack, config: Config) -> list[tuple[str, str | None]]:
    sent = {
        each.urn: PolicyResource(
            each.token, unknown_checking_proxy(_sent(each.props)), each.urn, each.name, OPTIONS, None, None, [], {}
        )
        for each in stack.resources
    }
    for each in stack.resources:
        sent[each.urn].parent = sent.get(each.parent or "")
        sent[each.urn].dependencies = [sent[urn] for urn in each.dependencies]
    reports: list[tuple[str, str | None]] = []
    args = StackValidationArgs(list(sent.values()), _sent(config))
    pack.policy(rule, Ledger(())).validate(args, lambda message, urn=None: reports.append((message, urn)))
    return reports


def _reports(pack: ModuleType, stack: Stack) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for rule in RULES.values():
        config = rule.config("local")
        if isinstance(rule, ResourceRule):
            reports = [text for each in stack.resources for text in _resource_reports(pack, rule, each, config)]
        else:
            reports = [text for text, _ in _stack_reports(pack, rule, stack, config)]
        if reports:
            found[rule.id] = reports
    return found


def test_whether_a_resource_is_protected_reaches_the_rules(pack: ModuleType) -> None:
    rule = RULES["deletion-protection"]
    assert isinstance(rule, ResourceRule)
    network = find(good_stack(), "network")
    (found,) = _resource_reports(pack, rule, replace(network, protected=False), rule.config("prod"))
    assert "a destroy would take it. Where: Vpc network." in found
    assert _resource_reports(pack, rule, network, rule.config("prod")) == []


def test_values_of_the_engine_become_plain(pack: ModuleType) -> None:
    sent = {"whole": 2.0, "half": 0.5, "yes": True, "none": None, "list": [1.0, {"a": "x"}], "text": "abc"}
    plain = pack.plain(unknown_checking_proxy(sent))
    assert plain == {"whole": 2, "half": 0.5, "yes": True, "none": None, "list": [1, {"a": "x"}], "text": "abc"}
    assert isinstance(plain["whole"], int)
    assert type(plain["list"]) is list
    assert type(plain["list"][1]) is dict


def test_one_unknown_value_does_not_hide_its_neighbours(pack: ModuleType) -> None:
    sent = {"a": UNKNOWN_STRING_VALUE, "b": [UNKNOWN_STRING_VALUE, "x"], "c": {"d": UNKNOWN_STRING_VALUE, "e": "y"}}
    plain = pack.plain(unknown_checking_proxy(sent))
    assert plain == {"a": UNKNOWN, "b": [UNKNOWN, "x"], "c": {"d": UNKNOWN, "e": "y"}}


def test_the_valid_stack_passes_as_the_engine_sends_it(pack: ModuleType) -> None:
    assert _reports(pack, good_stack()) == {}


def test_a_spoiled_resource_is_reported_by_its_rule(pack: ModuleType) -> None:
    reports = _reports(pack, spoil("gateway", "spec.admin.mode", "0666"))
    assert list(reports) == ["admin-interfaces-not-reachable"]
    assert 'Fix: set the mode to "0600".' in reports["admin-interfaces-not-reachable"][0]


def test_a_stack_rule_sees_relations_and_reports_on_the_resource(pack: ModuleType) -> None:
    rule = RULES["slots-declared"]
    assert isinstance(rule, StackRule)
    ((message, urn),) = _stack_reports(pack, rule, spoil("digits", "spec.live", "gren"), {})
    assert 'the live slot is "gren"' in message
    assert urn == find(good_stack(), "digits").urn


def test_a_stack_rule_judges_what_was_asked_where_no_provider_could_answer(pack: ModuleType) -> None:
    rule = RULES["slots-declared"]
    assert isinstance(rule, StackRule)
    spoiled = find(spoil("digits", "spec.live", "gren"), "digits")
    asked: dict[str, Any] = {}
    sent = ResourceValidationArgs(
        spoiled.token, unknown_checking_proxy(_sent(spoiled.props)), spoiled.urn, spoiled.name, OPTIONS, None, {}
    )
    pack.remembered(asked).validate(sent, lambda _message, _urn: None)
    silent = PolicyResource(
        spoiled.token, unknown_checking_proxy({}), spoiled.urn, spoiled.name, OPTIONS, None, None, [], {}
    )
    reports: list[str] = []
    args = StackValidationArgs([silent], {})
    pack.policy(rule, Ledger(()), asked).validate(args, lambda message, _urn=None: reports.append(message))
    assert 'the live slot is "gren"' in reports[0]


def test_an_unknown_value_of_a_closed_rule_is_a_violation_and_no_excuse(pack: ModuleType) -> None:
    reports = _reports(pack, spoil("digits-blue", "release.sha256", UNKNOWN))
    assert sorted(reports) == ["model-artifact-pinned", "slots-declared"]
    assert all("known only after apply" in text for texts in reports.values() for text in texts)


def test_options_reach_the_rule_from_the_configuration(pack: ModuleType) -> None:
    rule = RULES["rollback-possible"]
    assert isinstance(rule, ResourceRule)
    model = find(spoil("digits", "spec.slots.green", None), "digits")
    assert _resource_reports(pack, rule, model, {"keepBothSlots": True})
    assert not _resource_reports(pack, rule, model, {"keepBothSlots": False})
    assert _resource_reports(pack, rule, model, {}), "without a configuration the strictest value holds"


def _crashing(kind: type[ResourceRule] | type[StackRule]) -> Any:
    def check(_facts: object, _config: Config) -> list[Violation]:
        raise ValueError("hunter2")

    return kind(
        id="rule-crashes",
        claim="Never.",
        severity=Severity.LOW,
        levels=PerKind(local=Level.ADVISORY, dev=Level.ADVISORY, prod=Level.ADVISORY),
        types=MODEL,
        reads=EVERYTHING,
        unknown=WhenUnknown.CLOSED,
        check=check,
    )


def test_a_crash_names_rule_resource_and_kind_of_error_and_no_value(pack: ModuleType) -> None:
    model = find(good_stack(), "digits")
    with pytest.raises(pack.RuleCrashError) as caught:
        _resource_reports(pack, _crashing(ResourceRule), model, {})
    assert str(caught.value) == f"rule rule-crashes failed on {model.urn}: ValueError"
    assert caught.value.__context__ is None, "the text of the first error may hold a secret"


def test_a_crash_of_a_stack_rule_names_the_stack(pack: ModuleType) -> None:
    with pytest.raises(
        pack.RuleCrashError, match=r"rule rule-crashes failed on urn:pulumi:local::slipway::.*ValueError"
    ):
        _stack_reports(pack, _crashing(StackRule), good_stack(), {})


def test_every_rule_becomes_a_policy_of_its_kind_with_its_options(pack: ModuleType) -> None:
    for rule in RULES.values():
        policy = pack.policy(rule, Ledger(()))
        expected = ResourceValidationPolicy if rule.kind == "resource" else StackValidationPolicy
        assert type(policy) is expected
        assert (policy.name, policy.description, policy.severity) == (rule.id, rule.claim, pack.Severity(rule.severity))
        names = set(policy.config_schema.properties) if policy.config_schema else set()
        assert names == set(rule.config(KINDS[0]))


def test_the_kind_of_stack_must_be_configured(pack: ModuleType) -> None:
    assert pack.policy(RULES["policy-config-sane"], Ledger(())).config_schema.required == ["kind"]


def test_what_was_agreed_to_passes_and_is_told_once(pack: ModuleType) -> None:
    rule = RULES["deletion-protection"]
    assert isinstance(rule, ResourceRule)
    network = replace(find(good_stack(), "network"), protected=False)
    agreed = Agreed(
        rule=rule.id, urn_pattern="urn:pulumi:local::*::network", reason="moves", owner="ml", until=date.max
    )
    ledger = Ledger([agreed])
    assert _resource_reports(pack, rule, network, rule.config("prod"), ledger) == []
    told: list[str] = []
    for _ in range(2):
        pack.excused(ledger).validate(StackValidationArgs([], {}), lambda message, _urn: told.append(message))
    assert told == ["1 finding of deletion-protection excused until 9999-12-31: moves (ml)"]
