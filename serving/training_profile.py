"""The training profile: what a model's inputs and answers looked like in training, which drift is measured against.

A JSON file of bounded size. Every feature and the prediction is one summary, of one of two kinds:

- `numeric`: moments, and shares of the rows between `edges`. The edges are quantiles of training, at most nine; bin i
  holds `edges[i-1] < value <= edges[i]`, the first bin everything up to the first edge, the last all above the last.
- `categorical`: shares of `values`, for text and for numbers with no more distinct values than a numeric one has bins.
  `other_share` is the share of the rows whose value is not listed.

Shares are of the rows that have a value; `missing` counts those without (NaN or infinite). Left out, and said so:
features beyond `MAX_FEATURES` (evenly spaced ones are kept) and text with more than `MAX_CATEGORIES` distinct values,
which may be personal and would be unbounded.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from serving.arrays import Array
from serving.labelled_rows import LabelledRows

MAX_FEATURES = 256
MAX_BINS = 10
MAX_CATEGORIES = 64
SIGNIFICANT_DIGITS = 9


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Numeric(_Part):
    """A summary of numbers; without any value the moments are None and there is one bin."""

    kind: Literal["numeric"] = "numeric"
    count: int
    missing: int
    mean: float | None
    std: float | None
    min: float | None
    max: float | None
    edges: tuple[float, ...]
    shares: tuple[float, ...]


class Categorical(_Part):
    """A summary of labels, text, or few distinct numbers; the most frequent values first."""

    kind: Literal["categorical"] = "categorical"
    count: int
    missing: int
    values: tuple[str | int | float, ...]
    shares: tuple[float, ...]
    other_share: float


Summary = Annotated[Numeric | Categorical, Field(discriminator="kind")]


class Profile(_Part):
    """All of the profile file; `features` maps a feature's name to its summary, in the model's order."""

    schema_version: Literal[1] = 1
    rows: int
    features: dict[str, Summary]
    features_left_out: int
    prediction: Summary


def build_profile(rows: LabelledRows, predicted: Array, *, classes: bool) -> Profile:
    """Summarise training rows and what the model answers to them.

    Args:
        rows: training rows.
        predicted: the model's answers, `[rows]`.
        classes: whether the answers are labels, which are never put into bins.
    """
    columns = {
        name: column
        for input_name, names in rows.feature_names.items()
        for name, column in zip(names, rows.inputs[input_name].reshape(rows.count, -1).T, strict=True)
    }
    kept = _evenly(list(columns), MAX_FEATURES)
    features = {name: summarise(columns[name]) for name in kept if not _unbounded(columns[name])}
    return Profile(
        rows=rows.count,
        features=features,
        features_left_out=len(columns) - len(features),
        prediction=_categorical(predicted) if classes else summarise(predicted),
    )


def summarise(values: Array) -> Numeric | Categorical:
    """Summarise one column, `[rows]`: as categories if it is text or has few distinct values, else in bins."""
    if values.dtype.kind in "USOb":
        return _categorical(values)
    finite = values[np.isfinite(values)]
    if 0 < len(np.unique(finite)) <= MAX_BINS:
        return _categorical(values)
    return _numeric(finite.astype(np.float64), missing=len(values) - len(finite))


def _numeric(finite: Array, missing: int) -> Numeric:
    if not len(finite):
        return Numeric(count=0, missing=missing, mean=None, std=None, min=None, max=None, edges=(), shares=(0.0,))
    edges = np.unique(np.quantile(finite, np.arange(1, MAX_BINS) / MAX_BINS))
    counts = np.bincount(np.searchsorted(edges, finite, side="left"), minlength=len(edges) + 1)
    return Numeric(
        count=len(finite),
        missing=missing,
        mean=_rounded(finite.mean()),
        std=_rounded(finite.std()),
        min=_rounded(finite.min()),
        max=_rounded(finite.max()),
        edges=tuple(edges.tolist()),
        shares=tuple(_rounded(share) for share in counts / len(finite)),
    )


def _categorical(values: Array) -> Categorical:
    present = values if values.dtype.kind in "USOb" else values[np.isfinite(values)]
    distinct, counts = np.unique(present, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MAX_CATEGORIES]
    shares = counts[order] / max(len(present), 1)
    return Categorical(
        count=len(present),
        missing=len(values) - len(present),
        values=tuple(distinct[order].tolist()),
        shares=tuple(_rounded(share) for share in shares),
        other_share=_rounded(max(0.0, 1.0 - shares.sum())),
    )


def _unbounded(values: Array) -> bool:
    return values.dtype.kind in "USO" and len(np.unique(values)) > MAX_CATEGORIES


def _evenly(names: list[str], limit: int) -> list[str]:
    if len(names) <= limit:
        return names
    return [names[index] for index in np.linspace(0, len(names) - 1, limit).astype(int)]


def _rounded(number: float) -> float:
    return float(f"{number:.{SIGNIFICANT_DIGITS}g}")
