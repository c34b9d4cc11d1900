"""How good a model's answers are: which output is the answer, and the metrics that gates and manifests speak of."""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

import numpy as np

from serving.arrays import Array
from serving.errors import ConfigurationError

TWO_CLASSES = 2

METRICS: Mapping[str, Literal["higher", "lower"]] = {
    "accuracy": "higher",
    "f1_macro": "higher",
    "roc_auc": "higher",
    "rmse": "lower",
    "mae": "lower",
}
"""Every metric that can be measured, and which direction is better."""

MEASURED_FOR: Mapping[str, tuple[str, ...]] = {
    "classification": ("accuracy", "f1_macro", "roc_auc"),
    "regression": ("rmse", "mae"),
}
"""The metrics that make sense for a task."""


class Roles(Protocol):
    """Names of a model's outputs by what they mean; a manifest is one."""

    @property
    def prediction(self) -> str:
        """The output with the answers."""

    @property
    def scores(self) -> str | None:
        """The output with the scores per class, if there is one."""


def predictions(roles: Roles, outputs: Mapping[str, Array]) -> Array:
    """Take the answers out of a model's outputs.

    Returns:
        `[rows]`: class labels, values of a regression, or (for scores per class) the index of the greatest score.
    """
    answers = outputs[roles.prediction]
    if answers.size > len(answers):
        return np.asarray(answers.argmax(axis=1))
    return _text(answers.reshape(len(answers)))


def scores(roles: Roles, outputs: Mapping[str, Array]) -> Array | None:
    """Take the scores per class, `[rows, classes]` in the order of the sorted labels, or None if there are none."""
    return None if roles.scores is None else outputs[roles.scores]


def meets(metric: str, value: float, limit: float) -> bool:
    """Say whether a value is at least as good as a limit; NaN never is."""
    return value >= limit if METRICS[metric] == "higher" else value <= limit


def measure(metric: str, expected: Array, predicted: Array, scores: Array | None) -> float:
    """Measure one metric, as scikit-learn defines it; `roc_auc` is one class against the rest, averaged.

    Args:
        metric: a key of `METRICS`.
        expected: true labels or values, `[rows]`.
        predicted: what the model said, `[rows]`.
        scores: `[rows, classes]`, needed by `roc_auc` only.

    Raises:
        ConfigurationError: an unknown metric, or one that these rows cannot measure.
    """
    if metric not in METRICS:
        raise ConfigurationError(f"{metric!r} is no known metric; allowed are {', '.join(METRICS)}.")
    if not len(expected):
        raise ConfigurationError(f"{metric} cannot be measured on no rows.")
    if metric == "roc_auc":
        return _roc_auc(expected, scores)
    try:
        return float(_metrics()[metric](expected, predicted))
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"{metric} cannot be measured: {error} Expected answers and predictions must be of one kind, without NaN."
        ) from error


def _text(answers: Array) -> Array:
    if answers.dtype != object:
        return answers
    return np.array([answer.decode() if isinstance(answer, bytes) else str(answer) for answer in answers])


def _metrics() -> dict[str, Callable[..., float]]:
    # scikit-learn takes a second to import; whoever only wants the names of the metrics should not wait for it.
    from sklearn import metrics  # noqa: PLC0415

    return {
        "accuracy": metrics.accuracy_score,
        "f1_macro": lambda expected, predicted: metrics.f1_score(expected, predicted, average="macro", zero_division=0),
        "roc_auc": metrics.roc_auc_score,
        "rmse": metrics.root_mean_squared_error,
        "mae": metrics.mean_absolute_error,
    }


def _roc_auc(expected: Array, scores: Array | None) -> float:
    labels = np.unique(expected)
    if scores is None or scores.shape != (len(expected), len(labels)) or len(labels) < TWO_CLASSES:
        found = "no scores" if scores is None else f"scores of shape {list(scores.shape)}"
        raise ConfigurationError(
            f"roc_auc cannot be measured: {found} for {len(labels)} classes in the expected answers; "
            "it needs one score per class and rows of every class. Use accuracy or f1_macro, or more rows."
        )
    area = _metrics()["roc_auc"]
    columns = [1] if len(labels) == TWO_CLASSES else range(len(labels))
    return float(np.mean([area(expected == labels[column], scores[:, column]) for column in columns]))
