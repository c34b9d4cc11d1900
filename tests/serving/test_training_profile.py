"""The training profile says what training looked like, in bounded space."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.labelled_rows import LabelledRows
from serving.training_profile import (
    MAX_BINS,
    MAX_CATEGORIES,
    MAX_FEATURES,
    Categorical,
    Numeric,
    Profile,
    build_profile,
    summarise,
)

Array = np.ndarray[Any, Any]
NUMBERS = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=200).map(lambda v: np.array(v, np.float32))


def rows_of(**inputs: Array) -> LabelledRows:
    names = {
        name: tuple(f"{name}[{index}]" for index in range(array[0].size)) if array[0].size > 1 else (name,)
        for name, array in inputs.items()
    }
    return LabelledRows(inputs=inputs, feature_names=names, expected=None, slices=None)


def numeric(values: Array) -> Numeric:
    summary = summarise(values)
    assert isinstance(summary, Numeric)
    return summary


def categorical(values: Array) -> Categorical:
    summary = summarise(values)
    assert isinstance(summary, Categorical)
    return summary


def test_numbers_are_summarised_by_moments_and_quantiles() -> None:
    summary = numeric(np.arange(100.0))
    assert (summary.count, summary.missing, summary.min, summary.max, summary.mean) == (100, 0, 0, 99, 49.5)
    assert summary.std == pytest.approx(np.arange(100.0).std())
    assert summary.edges == pytest.approx([9.9, 19.8, 29.7, 39.6, 49.5, 59.4, 69.3, 79.2, 89.1])
    assert summary.shares == tuple([0.1] * 10)


def test_a_value_that_is_very_common_has_a_bin_of_its_own() -> None:
    summary = numeric(np.concatenate([np.zeros(60), np.arange(1.0, 41.0)]))
    assert summary.edges[0] == 0
    assert summary.shares[0] == 0.6


@given(NUMBERS)
def test_the_shares_are_those_of_the_rows_between_the_edges(values: Array) -> None:
    summary = summarise(values)
    if isinstance(summary, Categorical):
        assert dict(zip(summary.values, summary.shares, strict=True)) == pytest.approx(
            {value: float((values == value).mean()) for value in np.unique(values).tolist()}
        )
        return
    assert len(summary.shares) == len(summary.edges) + 1 <= MAX_BINS
    bounds = [-np.inf, *summary.edges, np.inf]
    exact = values.astype(np.float64)
    for share, low, high in zip(summary.shares, bounds[:-1], bounds[1:], strict=True):
        assert share == pytest.approx(((exact > low) & (exact <= high)).mean()), "first edge < value <= second"


@given(NUMBERS)
def test_shares_add_up_to_one(values: Array) -> None:
    summary = summarise(values)
    other = summary.other_share if isinstance(summary, Categorical) else 0
    assert sum(summary.shares) + other == pytest.approx(1)


def test_few_distinct_numbers_are_categories() -> None:
    summary = categorical(np.array([3, 1, 3, 3], np.float32))
    assert summary.values == (3.0, 1.0)
    assert summary.shares == (0.75, 0.25)
    assert summary.other_share == 0


def test_missing_values_are_counted_apart() -> None:
    summary = categorical(np.array([1, np.nan, np.inf, 1]))
    assert (summary.count, summary.missing, summary.shares) == (2, 2, (1.0,))


def test_a_feature_without_any_value_has_no_moments() -> None:
    summary = numeric(np.full(4, np.nan))
    assert (summary.count, summary.missing, summary.mean, summary.edges, summary.shares) == (0, 4, None, (), (0.0,))


def test_text_is_categories() -> None:
    assert categorical(np.array(["b", "a", "b"])).values == ("b", "a")


def test_labels_are_categories_however_many_there_are() -> None:
    labels = np.repeat(np.arange(100), 2)
    summary = build_profile(rows_of(x=np.zeros((200, 1))), labels, classes=True).prediction
    assert isinstance(summary, Categorical)
    assert len(summary.values) == MAX_CATEGORIES
    assert summary.other_share == pytest.approx(1 - MAX_CATEGORIES / 100)


def test_values_of_a_regression_are_in_bins() -> None:
    profile = build_profile(rows_of(x=np.zeros((200, 1))), np.linspace(0, 1, 200), classes=False)
    assert isinstance(profile.prediction, Numeric)


def test_every_feature_of_every_input_has_a_summary() -> None:
    profile = build_profile(rows_of(x=np.zeros((3, 2)), town=np.array([["a"]] * 3)), np.zeros(3), classes=True)
    assert list(profile.features) == ["x[0]", "x[1]", "town"]
    assert profile.rows == 3
    assert profile.features_left_out == 0


def test_of_very_many_features_evenly_spaced_ones_are_kept() -> None:
    profile = build_profile(rows_of(image=np.zeros((2, 100, 100))), np.zeros(2), classes=True)
    assert len(profile.features) == MAX_FEATURES
    assert profile.features_left_out == 10_000 - MAX_FEATURES
    assert {"image[0]", "image[9999]"} <= set(profile.features)


def test_text_that_is_always_different_is_left_out() -> None:
    texts = np.array([[f"letter of person {number}"] for number in range(MAX_CATEGORIES + 1)])
    profile = build_profile(rows_of(text=texts), np.zeros(len(texts)), classes=True)
    assert profile.features == {}
    assert profile.features_left_out == 1
    assert "person" not in profile.model_dump_json()


def test_the_file_has_a_bounded_size_and_reads_back() -> None:
    random = np.random.default_rng(0)
    profile = build_profile(rows_of(x=random.normal(size=(500, 2000))), random.normal(size=500), classes=False)
    text = profile.model_dump_json()
    assert len(text) < 256 * 1024
    assert Profile.model_validate_json(text) == profile
