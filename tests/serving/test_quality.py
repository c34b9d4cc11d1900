"""Quality is measured as scikit-learn measures it, and refused where it cannot be."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from serving.errors import ConfigurationError
from serving.quality import MEASURED_FOR, METRICS, measure, meets, predictions, scores

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Roles:
    prediction: str
    scores: str | None = None


def test_labels_are_one_per_row_whatever_the_shape_they_come_in() -> None:
    assert predictions(Roles("label"), {"label": np.array([[1], [2]])}).tolist() == [1, 2]
    assert predictions(Roles("label"), {"label": np.array([1, 2])}).tolist() == [1, 2]


def test_without_labels_the_greatest_score_is_the_answer() -> None:
    assert predictions(Roles("scores"), {"scores": np.array([[0.1, 0.9], [2.0, 1.0]])}).tolist() == [1, 0]


def test_labels_of_text_are_text_also_when_the_server_sent_bytes() -> None:
    answers = predictions(Roles("label"), {"label": np.array([[b"na\xc3\xafve"], ["plain"]], dtype=object)})
    assert answers.tolist() == ["naïve", "plain"]
    assert answers.dtype.kind == "U", "text that compares with the golden set's"


def test_no_rows_have_no_answers() -> None:
    assert predictions(Roles("label"), {"label": np.zeros((0, 1))}).tolist() == []


def test_scores_are_none_when_a_model_has_none() -> None:
    assert scores(Roles("label"), {"label": np.zeros(2)}) is None
    found = scores(Roles("label", "p"), {"p": np.eye(2)})
    assert found is not None
    assert found.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(("metric", "value"), [("accuracy", 0.75), ("f1_macro", (2 / 3 + 4 / 5) / 2), ("roc_auc", 1.0)])
def test_a_classifier_is_measured(metric: str, value: float) -> None:
    expected, predicted = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    scored = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.2, 0.8]])
    assert measure(metric, expected, predicted, scored) == pytest.approx(value)


@pytest.mark.parametrize(("metric", "value"), [("rmse", np.sqrt(2.5)), ("mae", 1.5)])
def test_a_regression_is_measured(metric: str, value: float) -> None:
    assert measure(metric, np.array([1.0, 2.0]), np.array([2.0, 4.0]), None) == pytest.approx(value)


@given(st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_roc_auc_is_that_of_scikit_learn_one_against_the_rest(classes: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    expected = np.concatenate([np.arange(classes), random.integers(0, classes, 20)])
    scored = random.dirichlet(np.ones(classes), len(expected))
    reference = roc_auc_score(expected, scored[:, 1] if classes == 2 else scored, multi_class="ovr")
    assert measure("roc_auc", expected, expected, scored) == pytest.approx(reference)


@pytest.mark.parametrize(
    ("expected", "scored", "found"),
    [
        (np.array([0, 1]), None, "no scores for 2 classes"),
        (np.array([1, 1]), np.eye(2), r"scores of shape \[2, 2\] for 1 classes"),
        (np.array([0, 1, 2]), np.ones((3, 2)), r"scores of shape \[3, 2\] for 3 classes"),
        (np.array([0, 1]), np.ones((3, 2)), r"scores of shape \[3, 2\] for 2 classes"),
    ],
)
def test_roc_auc_is_not_guessed(expected: Array, scored: Array | None, found: str) -> None:
    with pytest.raises(ConfigurationError, match=f"roc_auc cannot be measured: {found}.* Use accuracy"):
        measure("roc_auc", expected, expected, scored)


def test_an_unknown_metric_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ConfigurationError, match="'acuracy' is no known metric; allowed are accuracy, f1_macro"):
        measure("acuracy", np.zeros(1), np.zeros(1), None)


@pytest.mark.parametrize("metric", METRICS)
def test_nothing_is_measured_on_no_rows(metric: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{metric} cannot be measured on no rows"):
        measure(metric, np.zeros(0), np.zeros(0), None)


@pytest.mark.parametrize(
    ("metric", "predicted"),
    [
        ("rmse", np.array([np.nan, 1])),
        ("mae", np.array([np.inf, 1])),
        ("accuracy", np.array(["a", "b"])),
        ("f1_macro", np.array([0.5, 1])),
    ],
)
def test_answers_that_cannot_be_compared_are_a_clear_error(metric: str, predicted: Array) -> None:
    with pytest.raises(ConfigurationError, match=f"{metric} cannot be measured: .*must be of one kind, without NaN"):
        measure(metric, np.array([0, 1]), predicted, None)


def test_a_limit_is_met_from_the_better_side_and_never_by_nan() -> None:
    assert meets("accuracy", 0.93, 0.93)
    assert not meets("accuracy", 0.92, 0.93)
    assert meets("rmse", 0.1, 0.2)
    assert not meets("rmse", 0.3, 0.2)
    assert not meets("accuracy", float("nan"), 0.0)
    assert not meets("mae", float("nan"), 1.0)


def test_every_metric_belongs_to_a_task() -> None:
    assert {metric for metrics in MEASURED_FOR.values() for metric in metrics} == set(METRICS)
