from dataclasses import replace
from typing import Any

import pytest
from mechanics.facts import UNKNOWN, Config, Resource, Stack, Violation
from mechanics.rule import EVERYTHING, Level, Option, PerKind, ResourceRule, Severity, StackRule, WhenUnknown
from mechanics.tokens import Type

TOKEN = "slipway:local:Thing"
THING = Type("slipway/local", "Thing")
OTHER = Type("slipway/local", "Other")
LEVELS = PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY)


def _thing(token: str = TOKEN, sources: tuple[str, ...] = (), **props: object) -> Resource:
    urn = f"urn:pulumi:local::p::{token}::n"
    return Resource(token=token, urn=urn, name="n", props=props, property_dependencies={"size": sources})


def _size_problems(resource: Resource) -> list[Violation]:
    return [
        resource.violation(key, f"{key} is not set", f"set {key}") for key in ("size", "color") if not resource.get(key)
    ]


def _check_resource(resource: Resource, _config: Config) -> list[Violation]:
    return _size_problems(resource)


def _check_stack(stack: Stack, _config: Config) -> list[Violation]:
    return [problem for each in stack.of((THING,)) for problem in _size_problems(each)]


def _resource_rule(unknown: WhenUnknown = WhenUnknown.CLOSED, reads: tuple[str, ...] = EVERYTHING) -> ResourceRule:
    return ResourceRule(
        id="things-sized",
        claim="Every thing has a size.",
        severity=Severity.LOW,
        levels=LEVELS,
        types=(THING,),
        reads=reads,
        unknown=unknown,
        standards=("X.1", "Y.2"),
        check=_check_resource,
    )


def _stack_rule(unknown: WhenUnknown) -> StackRule:
    return StackRule(
        id="things-sized",
        claim="Every thing has a size.",
        severity=Severity.LOW,
        levels=LEVELS,
        types=(THING,),
        reads=EVERYTHING,
        unknown=unknown,
        trusted=(OTHER,),
        check=_check_stack,
    )


def _problems(violations: list[Violation]) -> list[str]:
    return [violation.problem for violation in violations]


def test_a_message_says_what_where_how_to_fix_it_and_who_asks() -> None:
    rule = _resource_rule()
    (violation,) = rule.judge(_thing(color="red"), {})
    assert rule.message(violation) == "size is not set. Where: Thing n, size. Fix: set size. [X.1, Y.2]"


def test_a_message_leaves_out_a_path_and_standards_that_there_are_not() -> None:
    violation = Stack((_thing(),)).violation("", "wrong", "mend it")
    assert _stack_rule(WhenUnknown.CLOSED).message(violation) == "wrong. Where: stack local. Fix: mend it."


def test_a_resource_of_another_type_is_not_looked_at() -> None:
    assert _resource_rule().judge(_thing("slipway:local:Other"), {}) == []


def test_a_closed_rule_refuses_an_unknown_value_once_and_still_judges_the_rest() -> None:
    found = _resource_rule().judge(_thing(size=UNKNOWN), {})
    assert [violation.path for violation in found] == ["size", "color"]
    assert "known only after apply" in found[0].problem


def test_an_open_rule_skips_an_unknown_value_and_still_judges_the_rest() -> None:
    found = _resource_rule(WhenUnknown.OPEN).judge(_thing(size=UNKNOWN), {})
    assert _problems(found) == ["color is not set"]


def test_an_unknown_value_that_a_rule_does_not_read_is_none_of_its_business() -> None:
    found = _resource_rule(reads=("size",)).judge(_thing(size=1, color="red", weight=UNKNOWN), {})
    assert found == []


@pytest.mark.parametrize("unknown", [WhenUnknown.CLOSED, WhenUnknown.OPEN])
def test_a_stack_rule_treats_unknown_values_alike(unknown: WhenUnknown) -> None:
    found = _stack_rule(unknown).judge(Stack((_thing(size=UNKNOWN, color="red"),)), {})
    assert len(found) == (unknown is WhenUnknown.CLOSED)


@pytest.mark.parametrize(
    ("sources", "refused"),
    [(("urn:other",), False), ((), True), (("urn:stranger",), True), (("urn:other", "urn:stranger"), True)],
)
def test_a_rule_by_dependency_trusts_only_values_of_its_trusted_types(sources: tuple[str, ...], refused: bool) -> None:
    other = Resource(token="slipway:local:Other", urn="urn:other", name="o", props={})
    stranger = Resource(token="slipway:local:Stranger", urn="urn:stranger", name="s", props={})
    stack = Stack((_thing(sources=sources, size=UNKNOWN, color="red"), other, stranger))
    assert bool(_stack_rule(WhenUnknown.BY_DEPENDENCY).judge(stack, {})) is refused


def test_an_option_has_a_value_for_each_kind_and_defaults_to_the_one_for_prod() -> None:
    option = Option(name="limit", schema={"type": "number"}, values=PerKind(local=3, dev=2, prod=1))
    assert option.json_schema() == {"type": "number", "default": 1}
    assert [option.values.of(kind) for kind in ("local", "dev", "prod")] == [3, 2, 1]


def test_a_required_option_has_no_default() -> None:
    option = Option(name="kind", schema={"type": "string"}, values=PerKind(local="a", dev="b", prod="c"), required=True)
    assert "default" not in option.json_schema()


LISTED: dict[str, Any] = {"items": [{"size": 1, "color": "red"}, {"size": UNKNOWN}]}


def test_each_object_of_a_list_is_judged_by_itself() -> None:
    rule = replace(_resource_rule(reads=("size", "color")), types=(Type("kubernetes/core", "Thing"),))
    found = rule.judge(_thing("kubernetes:core/v1:ThingList", **LISTED), {})
    assert [each.path for each in found] == ["items[1].size", "items[1].color"]
    stack_rule = replace(_stack_rule(WhenUnknown.CLOSED), types=rule.types, check=_check_things)
    found = stack_rule.judge(Stack((_thing("kubernetes:core/v1:ThingList", **LISTED),)), {})
    assert [each.path for each in found] == ["items[1].size", "items[1].color"]


def _check_things(stack: Stack, _config: Config) -> list[Violation]:
    return [problem for each in stack.resources for problem in _size_problems(each)]


def test_a_rule_names_what_it_reads_without_the_numbers_of_lists() -> None:
    rule = _resource_rule(reads=("parts.size",))
    assert [
        each.path for each in rule.judge(_thing(parts=[{"size": 1}, {"size": UNKNOWN}], color="red", size=1), {})
    ] == ["parts[1].size"]
