"""The real program for one machine, recorded instead of run, passes the rules: they judge what it really plans."""

import pytest
from local_stacks import planned_local
from mechanics.facts import Stack
from planned_stack import fired


@pytest.fixture(scope="module")
def planned() -> Stack:
    return planned_local()


def test_the_stack_of_a_newcomer_passes_every_rule_without_a_warning(planned: Stack) -> None:
    assert fired(planned) == set()


def test_the_program_plans_what_the_rules_look_at(planned: Stack) -> None:
    kinds = [each.type.kind for each in planned.resources]
    assert {"Gateway", "GatewayProcess", "Model", "ModelSlot", "Gate", "Traffic"} <= set(kinds)
    assert kinds.count("ModelSlot") == 3
