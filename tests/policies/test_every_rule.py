"""What holds for each rule of the pack, whoever wrote it."""

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cloud_mutants import CLOUD_MUTANTS, CLOUD_READ, READ_WHEN_THERE
from cluster_mutants import CLUSTER_MUTANTS, CLUSTER_READ, CLUSTER_READ_WHEN_THERE, EXTENDED_MUTANTS
from every_program import every_program
from hypothesis import given
from hypothesis import strategies as st
from mechanics.facts import UNKNOWN, Stack
from mechanics.registry import AnyRule, load
from mechanics.rule import KINDS, Level, StackRule, WhenUnknown
from planned_stack import (
    ADMIN_APIS,
    GRPC_RESTRICTION,
    HTTP_RESTRICTION,
    MISSING,
    dynamic,
    find,
    fired,
    good_stack,
    messages,
    put,
    related,
    resource,
    spoil,
    without,
)

import rules

RULES = {rule.id: rule for rule in load()}
POLL = "--model-control-mode=poll"
LITERAL_KEY = f"--http-restricted-api={ADMIN_APIS}:x-slipway-admin=hunter2"

# Rule → spoiled stacks in which that rule, and no other, has something to say.
MUTANTS: dict[str, list[Stack]] = {
    "admin-interfaces-not-reachable": [
        spoil("gateway", "spec.admin.kind", "tcp"),
        spoil("process", "spec.admin.mode", "0644"),
        spoil("digits-green", "command[6]", "--grpc-address=10.0.0.5"),
        spoil("digits-green", "metrics_address", "10.0.0.5"),
    ],
    "auto-rollback-on": [
        spoil("digits-traffic", "plan.on_breach", "continue"),
        spoil("digits", "spec.shift.max_hold_seconds", 1e9, spoil("digits-traffic", "plan", None)),
    ],
    "exceptions-in-order": [],
    "client-keys-present": [spoil("process", "keys.demo", MISSING), spoil("process", "keys", None)],
    "drain-contract": [
        spoil("digits", "spec.grace_seconds", 14),
        spoil("gateway", "spec.request_timeout_seconds", 21),
        spoil("gateway", "spec.request_timeout_seconds", MISSING),
    ],
    "gate-present": [
        spoil("digits", "spec.gate", None),
        spoil("digits-green-gate", "limits.max_p99_ms", 51),
        related("digits-blue-gate", dependencies=()),
        related("digits-traffic", dependencies=()),
        without("digits-blue-gate"),
        spoil("digits-blue-gate", "release.sha256", "c" * 64),
    ],
    "model-artifact-pinned": [
        spoil("digits", "spec.slots.blue.release.version", "latest"),
        spoil("digits", "spec.slots.green.release.uri", "releases/digits/current"),
        spoil("digits-blue", "release.version", MISSING),
        spoil("digits-green-gate", "other.release.sha256", "main"),
    ],
    "opaque-content": [put(resource("kubernetes:helm.sh/v4:Chart", "karpenter", {"chart": "karpenter"}))],
    "no-plaintext-secrets": [
        spoil("template", "userData", base64.b64encode(b"export API_TOKEN=hunter2").decode()),
        spoil("digits", "spec.runtime.api_key", "hunter2"),
        spoil("key", "note", "AKIA" + "A1B2C3D4" * 2),
        spoil("digits-blue", "command[11]", "--token=hunter2"),
    ],
    "policy-config-sane": [],
    "rollback-possible": [],
    "route-auth-required": [
        spoil("gateway", "spec.clients", {}),
        spoil("gateway", "spec.clients.demo.models", ["tumours"]),
    ],
    "shift-present-and-sane": [
        spoil("digits", "spec.shift", None),
        spoil("digits", "spec.shift.steps_percent", [1, 100]),
        spoil("digits-traffic", "plan.steps_percent", [100]),
        without("digits-traffic"),
    ],
    "slo-thresholds-set": [
        spoil("digits", f"spec.shift.{key}", MISSING, spoil("digits-traffic", f"plan.{key}", MISSING))
        for key in ("max_error_rate", "max_error_rate_difference", "max_p99_ms", "max_p99_ratio")
    ],
    "slots-declared": [
        spoil("digits", "spec.live", "gren"),
        spoil("digits", "spec.slots.purple", {"release": find(good_stack(), "digits-blue").props["release"]}),
        spoil("digits-green", "release.sha256", "c" * 64),
        put(replace(find(good_stack(), "digits-green"), name="spare")),
    ],
    "triton-admin-restricted": [
        spoil("digits-blue", "command[2]", POLL),
        spoil("digits-blue", f"command[{HTTP_RESTRICTION}]", LITERAL_KEY),
        spoil("digits-blue", f"command[{GRPC_RESTRICTION}]", "--strict-readiness=true"),
    ],
    "type-coverage": [put(dynamic("Novelty", "new", {})), put(resource("slipway:local:Novelty", "new", {}))],
    **CLOUD_MUTANTS,
    **CLUSTER_MUTANTS,
}
# Rules whose configuration for the valid stack's kind asks for nothing, and one that reads a file.
ELSEWHERE = {"policy-config-sane", "rollback-possible", "deletion-protection", "exceptions-in-order"}
STRICT: dict[str, Any] = {"keepBothSlots": True, "protectData": True}

# Rule → a property that it reads: unknown it is refused or skipped as the rule declares, missing it is refused.
READ: dict[str, tuple[str, str]] = {
    "admin-interfaces-not-reachable": ("gateway", "spec.admin"),
    "auto-rollback-on": ("digits", "spec.shift.on_thin_traffic"),
    "client-keys-present": ("process", "keys"),
    "drain-contract": ("digits", "spec.grace_seconds"),
    "gate-present": ("digits", "spec.gate"),
    "model-artifact-pinned": ("digits-blue", "release"),
    "rollback-possible": ("digits", "spec.slots.green"),
    "route-auth-required": ("gateway", "spec.clients"),
    "shift-present-and-sane": ("digits", "spec.shift"),
    "slo-thresholds-set": ("digits", "spec.shift.max_p99_ms"),
    "slots-declared": ("digits", "spec.live"),
    "triton-admin-restricted": ("digits-blue", "command"),
    **CLOUD_READ,
    **CLUSTER_READ,
}

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _paths(value: Any, path: str) -> Iterator[str]:
    """Yield the path of everything below a value that `spoil` can reach."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if "." not in str(key):
            yield from _paths(item, f"{path}[{key}]" if isinstance(value, list) else f"{path}.{key}".lstrip("."))


PROPERTIES = [(each.name, path) for each in good_stack().resources for path in _paths(each.props, "")]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_is_described_in_full(rule: AnyRule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", rule.id)
    assert rule.claim.endswith(".")
    assert all(rule.levels.of(kind) in Level for kind in KINDS)
    assert len(rule.types) == len(set(rule.types))
    assert isinstance(rule, StackRule) or rule.unknown is not WhenUnknown.BY_DEPENDENCY, "inputs show no dependencies"
    for option in rule.options:
        assert option.schema["description"].endswith(".")


def test_no_two_rules_have_one_id() -> None:
    assert len(RULES) == len(load())


def test_every_rule_has_a_test_file_of_its_name() -> None:
    modules = {path.stem for path in Path(rules.__path__[0]).glob("[a-z]*.py")}
    tested = {path.stem.removeprefix("test_") for path in (Path(__file__).parent / "rules").glob("test_*.py")}
    assert modules == tested


def test_the_valid_stack_passes_every_rule() -> None:
    assert fired(good_stack()) == set()


# What these look at is itself what nobody should have.
RARE = {"fast-restore-accepted", "opaque-content"}


@pytest.mark.parametrize(
    "rule",
    [rule for rule in RULES.values() if rule.types and rule.id not in RARE],
    ids=lambda rule: str(rule.id),
)
def test_every_rule_sees_something_of_the_valid_stack(rule: AnyRule) -> None:
    assert good_stack().of(rule.types), "a rule that never sees a resource passes for ever"


# Slipway never makes one; the rule is there for whoever adds it to a stack.
NEVER_MADE = {"fast-restore-accepted"}


def test_every_rule_sees_something_of_what_the_programs_really_plan() -> None:
    made = every_program()
    assert {rule.id for rule in RULES.values() if rule.types and not made.of(rule.types)} == NEVER_MADE


def test_every_rule_has_mutants_or_needs_another_configuration() -> None:
    assert set(MUTANTS) == set(RULES)
    assert {rule_id for rule_id, stacks in MUTANTS.items() if not stacks} == ELSEWHERE


@pytest.mark.parametrize(
    ("rule_id", "stack"),
    [
        (rule_id, stack)
        for table in (MUTANTS, EXTENDED_MUTANTS)
        for rule_id, stacks in table.items()
        for stack in stacks
    ],
)
def test_one_broken_field_is_found_by_its_rule_and_by_no_other(rule_id: str, stack: Stack) -> None:
    assert fired(stack) == {rule_id}
    for message in messages(rule_id, stack):
        assert re.search(r"[\w\"]\. Where: \S.*\. Fix: \S.*\.( \[.+\])?$", message)


def test_every_rule_that_reads_something_is_tried_without_it() -> None:
    assert set(READ) == {rule.id for rule in RULES.values() if rule.reads} - {
        "no-plaintext-secrets",
        *RARE,
        *READ_WHEN_THERE,
        *CLUSTER_READ_WHEN_THERE,
    }


@pytest.mark.parametrize("rule_id", READ)
def test_an_unknown_value_is_refused_or_skipped_as_the_rule_declares(rule_id: str) -> None:
    name, path = READ[rule_id]
    found = messages(rule_id, spoil(name, path, UNKNOWN), **STRICT)
    refused = [message for message in found if f"{path}. Fix: give it as a value of the stack's config" in message]
    assert len(refused) == (RULES[rule_id].unknown is WhenUnknown.CLOSED)
    assert RULES[rule_id].unknown is WhenUnknown.CLOSED or not found


@pytest.mark.parametrize("rule_id", READ)
@pytest.mark.parametrize("value", [MISSING, None])
def test_a_missing_value_is_refused_and_so_is_none(rule_id: str, value: object) -> None:
    name, path = READ[rule_id]
    assert messages(rule_id, spoil(name, path, value), **STRICT)


def test_a_resource_of_somebody_else_is_looked_at_by_type_only() -> None:
    foreign = resource("kubernetes:example.com/v1:Secret", "foreign", {"password": "hunter2", "spec": {"live": "gren"}})
    assert fired(put(foreign)) == {"type-coverage"}


@given(place=st.sampled_from(PROPERTIES), value=JSON)
def test_no_value_whatever_makes_a_rule_crash(place: tuple[str, str], value: object) -> None:
    fired(spoil(*place, value))
