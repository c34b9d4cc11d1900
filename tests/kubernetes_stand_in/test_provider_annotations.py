"""The `pulumi.com/` annotations."""

import json
from typing import Any

import pytest

from tests.support.kubernetes_stand_in.annotations import (
    WaitForError,
    fulfilled,
    is_true,
    propagation_policy,
    timeout_seconds,
    wishes,
)

_GATEWAY = {
    "metadata": {"generation": 2},
    "status": {
        "phase": "Running",
        "replicas": 3,
        "conditions": [{"type": "Programmed", "status": "True"}, {"type": "Degraded", "status": "False"}],
    },
}


def _annotated(**annotations: str) -> dict[str, Any]:
    return {"metadata": {"annotations": {f"pulumi.com/{name}": value for name, value in annotations.items()}}}


@pytest.mark.parametrize(
    ("expression", "done"),
    [
        ("condition=Programmed", True),
        ("condition=Degraded=False", True),
        ("condition=Degraded", False),
        ("condition=Accepted", False),
        ("jsonpath={.status.phase}=Running", True),
        ("jsonpath={.status.phase}=Pending", False),
        ("jsonpath={.status.replicas}=3", True),
        ("jsonpath={.status.phase}", True),
        ("jsonpath={.status.address}", False),
        ('jsonpath={.status.conditions[?(@.type=="Programmed")].status}=True', True),
    ],
)
def test_waiting_ends_when_the_expression_holds(expression: str, done: bool) -> None:
    verdict = fulfilled(_GATEWAY, wishes(_annotated(waitFor=expression)))
    assert verdict.done is done
    assert done or expression in verdict.waiting


def test_all_expressions_of_a_list_must_hold_and_the_missing_ones_are_named() -> None:
    listed = json.dumps(["condition=Programmed", "condition=Accepted", "jsonpath={.status.x}"])
    verdict = fulfilled(_GATEWAY, wishes(_annotated(waitFor=listed)))
    assert verdict.waiting == "for condition=Accepted and jsonpath={.status.x}"


def test_a_condition_of_an_older_generation_does_not_count() -> None:
    old = {
        "metadata": {"generation": 2},
        "status": {"conditions": [{"type": "A", "status": "True", "observedGeneration": 1}]},
    }
    assert not fulfilled(old, wishes(_annotated(waitFor="condition=A"))).done


@pytest.mark.parametrize("expression", ["Ready", "jsonpath={.status[}=x", "status=Ready"])
def test_an_expression_that_cannot_be_understood_is_refused(expression: str) -> None:
    with pytest.raises(WaitForError, match=r"pulumi\.com/waitFor is "):
        wishes(_annotated(waitFor=expression))


def test_deletion_is_in_the_foreground_unless_the_program_says_otherwise() -> None:
    assert propagation_policy({}) == "Foreground"
    assert propagation_policy(_annotated(deletionPropagationPolicy="background")) == "Background"
    assert propagation_policy(_annotated(deletionPropagationPolicy="Orphan")) == "Orphan"


def test_custom_timeouts_come_before_the_annotation_and_that_before_the_kind() -> None:
    item = _annotated(timeoutSeconds="7")
    assert timeout_seconds(item, 3, 600) == 3
    assert timeout_seconds(item, 0, 600) == 7
    assert timeout_seconds(_annotated(timeoutSeconds="soon"), 0, 600) == 600


def test_only_the_word_true_is_true() -> None:
    assert is_true(_annotated(skipAwait="true"), "skipAwait")
    assert not is_true(_annotated(skipAwait="yes"), "skipAwait")
    assert not is_true({}, "skipAwait")
