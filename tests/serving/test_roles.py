"""Which output is the answer is read from the types, and asked for where it cannot be known."""

import numpy as np
import pytest

from serving.datatypes import Datatype
from serving.errors import ConfigurationError
from serving.manifest import Tensor
from serving.roles import Roles, assign_roles, tensors_of


def output(name: str, datatype: Datatype, *sizes: int) -> Tensor:
    return Tensor(name=name, datatype=datatype, shape=(-1, *sizes))


LABEL, TEXT, SCORES = output("label", "INT64", 1), output("text", "BYTES", 1), output("scores", "FP32", 3)
VALUE, OTHER = output("value", "FP32", 1), output("other", "FP32", 5)


@pytest.mark.parametrize(
    ("outputs", "roles"),
    [
        ([LABEL, SCORES], Roles(task="classification", prediction="label", scores="scores")),
        ([SCORES, TEXT], Roles(task="classification", prediction="text", scores="scores")),
        ([LABEL], Roles(task="classification", prediction="label", scores=None)),
        ([SCORES], Roles(task="classification", prediction="scores", scores="scores")),
        ([LABEL, VALUE], Roles(task="classification", prediction="label", scores=None)),
        ([VALUE], Roles(task="regression", prediction="value", scores=None)),
    ],
)
def test_the_roles_follow_from_the_types(outputs: list[Tensor], roles: Roles) -> None:
    assert assign_roles(outputs, None, None, None) == roles


def test_whole_numbers_can_be_values_if_the_packer_says_so() -> None:
    assert assign_roles([LABEL], "regression", None, None).prediction == "label"


def test_the_packer_can_choose_among_several() -> None:
    roles = assign_roles([LABEL, TEXT, SCORES, OTHER], None, "text", "other")
    assert roles == Roles(task="classification", prediction="text", scores="other")


@pytest.mark.parametrize(
    ("outputs", "task", "prediction", "scores", "message"),
    [
        ([LABEL, TEXT], None, None, None, r"prediction could be several: .* allowed are label, text.* --prediction"),
        ([SCORES, OTHER], None, None, None, "scores could be several: .* allowed are scores, other.* --scores"),
        ([LABEL, SCORES], None, "lable", None, "prediction is 'lable'.* allowed are label"),
        ([LABEL, VALUE], None, None, "value", "scores is 'value'.* allowed are none of them"),
        ([VALUE], "classification", None, None, r"prediction is missing: the outputs are value FP32 \[-1, 1\]"),
        ([SCORES], "regression", None, None, "prediction is missing.* --task"),
        ([TEXT], "regression", None, None, "allowed are none of them"),
    ],
)
def test_what_cannot_be_known_is_asked_for(
    outputs: list[Tensor], task: str | None, prediction: str | None, scores: str | None, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        assign_roles(outputs, task, prediction, scores)  # type: ignore[arg-type]  # as the command line gives it


def test_arrays_are_described_as_tensors() -> None:
    arrays = {"label": np.zeros((4, 1), np.int64), "text": np.zeros((4, 1), object), "p": np.zeros((4, 2), np.float16)}
    assert tensors_of(arrays) == (LABEL, TEXT, output("p", "FP16", 2))
