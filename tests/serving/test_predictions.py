"""Two slots with the same predictions are not held to differ; two with others are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.predictions import ClassCounts, Distance, ValueSums, distance, since


def values(numbers: list[float]) -> ValueSums:
    return ValueSums(total=len(numbers), values=sum(numbers), squares=sum(number**2 for number in numbers))


def normal(mean: float, count: int, seed: int) -> ValueSums:
    return values(np.random.default_rng(seed).normal(mean, 2.0, count).tolist())


def drawn(shares: list[float], count: int, seed: int) -> ClassCounts:
    counts = np.random.default_rng(seed).multinomial(count, shares)
    return ClassCounts(counts={str(index): int(each) for index, each in enumerate(counts)})


def compared(one: ClassCounts | ValueSums | None, other: ClassCounts | ValueSums | None) -> Distance:
    found = distance(one, other)
    assert found is not None
    return found


def test_classes_are_as_far_apart_as_half_the_sum_of_their_differences() -> None:
    one = ClassCounts(counts={"cat": 700_000, "dog": 300_000})
    other = ClassCounts(counts={"cat": 500_000, "dog": 500_000})
    assert compared(one, other).figure == pytest.approx(0.2, abs=0.002)


def test_values_are_as_far_apart_as_their_means_in_standard_deviations() -> None:
    assert compared(normal(1.0, 20_000, 1), normal(2.0, 20_000, 2)).figure == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("count", [20, 200, 2_000])
def test_two_samples_of_the_same_classes_are_rarely_held_to_differ(count: int) -> None:
    found = [compared(drawn([0.1] * 10, count, seed), drawn([0.1] * 10, count, seed + 1_000)) for seed in range(50)]
    assert max(each.at_least for each in found) == 0, "not once of 50: the bound is a cautious one"


@pytest.mark.parametrize("count", [20, 200, 2_000])
def test_two_samples_of_the_same_values_are_rarely_held_to_differ(count: int) -> None:
    found = [compared(normal(5.0, count, seed), normal(5.0, count, seed + 1_000)) for seed in range(50)]
    assert max(each.at_least for each in found) < 0.1


def test_a_slot_that_predicts_one_class_only_is_found_out_with_few_predictions() -> None:
    assert compared(ClassCounts(counts={"0": 100}), drawn([0.1] * 10, 1_000, 1)).at_least > 0.4


def test_constant_values_are_equal_or_infinitely_far_apart() -> None:
    assert compared(values([2.0, 2.0]), values([2.0, 2.0])).figure == 0
    assert compared(values([2.0, 2.0]), values([3.0, 3.0])).at_least == float("inf")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, drawn([1], 10, 1)),
        (drawn([1], 10, 1), drawn([1], 1, 1)),
        (drawn([1], 10, 1), values([1.0, 2.0])),
        (values([1.0]), values([1.0, 2.0])),
    ],
    ids=["not counted", "too few", "classes and values", "one value"],
)
def test_what_cannot_be_compared_has_no_distance(
    one: ClassCounts | ValueSums | None, other: ClassCounts | ValueSums | None
) -> None:
    assert distance(one, other) is None
    assert distance(other, one) is None


def test_between_two_readings_lies_their_difference() -> None:
    counts = since(ClassCounts(counts={"a": 3}), ClassCounts(counts={"a": 5, "b": 1}))
    assert counts == ClassCounts(counts={"a": 2, "b": 1})
    assert since(values([1.0]), values([1.0, 4.0])) == values([4.0])


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (ClassCounts(counts={"a": 3}), ClassCounts(counts={"b": 9})),
        (values([1.0, 2.0]), values([9.0])),
        (ClassCounts(counts={"a": 3}), values([9.0])),
        (None, values([9.0])),
        (values([9.0]), None),
    ],
    ids=["classes began anew", "values began anew", "another kind", "not counted before", "not counted now"],
)
def test_readings_that_do_not_follow_each_other_tell_nothing(
    earlier: ClassCounts | ValueSums | None, later: ClassCounts | ValueSums | None
) -> None:
    assert since(earlier, later) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=2), st.lists(st.floats(-1e6, 1e6), min_size=2))
def test_no_distance_of_values_is_negative_or_unsure_of_itself(one: list[float], other: list[float]) -> None:
    found = compared(values(one), values(other))
    assert 0 <= found.at_least <= found.figure
