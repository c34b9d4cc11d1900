from dataclasses import replace

import pytest
from mechanics.facts import Stack
from mechanics.rule import KINDS, Kind
from planned_stack import good_stack, messages

from rules import policy_file_fits_stack

ID = "policy-config-sane"
NAMES: dict[Kind, tuple[str, ...]] = {
    "local": ("local", "alice", "local-2", "device"),
    "dev": ("dev", "dev-eu", "staging"),
    "prod": ("prod", "prod-cloud", "production", "preprod.eu", "foundation"),
}


def _called(name: str) -> Stack:
    renamed = (replace(each, urn=each.urn.replace(":local:", f":{name}:", 1)) for each in good_stack().resources)
    return Stack(tuple(renamed))


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NAMES.items() for name in names])
def test_a_stack_passes_with_the_file_of_its_kind_and_with_no_other(kind: Kind, name: str) -> None:
    passing = [each for each in KINDS if not messages(ID, _called(name), each)]
    assert passing == [kind]


def test_a_prod_stack_checked_as_a_dev_one_is_told_so() -> None:
    (found,) = messages(ID, _called("prod"), "dev")
    assert 'the stack "prod" is checked with the policy configuration for "dev" stacks. Where: stack prod.' in found


def test_a_kind_that_there_is_not_is_refused() -> None:
    rule = policy_file_fits_stack.RULE
    (found,) = rule.judge(good_stack(), {**rule.config("local"), "kind": "laptop"})
    assert found.problem == 'the policy configuration is for kind "laptop"; the kinds are local, dev, prod'
