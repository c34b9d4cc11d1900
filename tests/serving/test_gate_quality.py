"""Golden answers are compared with the truth, slice by slice, and with the live slot's answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.errors import ConfigurationError
from serving.gate_evidence import Check, Evidence
from serving.gate_limits import GateLimits
from serving.gate_quality import disagreement, quality
from tests.support.gated_slots import (
    REGRESSION,
    ROWS,
    SLICES,
    TRUTH,
    FakeConnection,
    X,
    classify,
    pinned,
    predict,
    write_release,
    wrong_for,
)

Array = np.ndarray[Any, Any]


@pytest.fixture(name="folders")
def _folders(tmp_path: Path) -> Iterator[Path]:
    return (tmp_path / str(number) for number in range(1, 9))


def evidence(candidate: FakeConnection, live: FakeConnection | None = None, **limits: Any) -> Evidence:
    return Evidence(
        candidate=pinned(candidate),
        live=pinned(live, "blue") if live else None,
        limits=GateLimits(**limits),
        clock=iter(()).__next__,
        go_on=lambda: True,
    )


def wrong_at_night(rows: Array) -> dict[str, Array]:
    nights = {row.tobytes() for row in X[SLICES == "night"]}
    wrong = np.array([row.tobytes() in nights for row in rows])
    outputs = classify(rows)
    return outputs | {"label": (outputs["label"] + wrong) % 3}


def always_zero(rows: Array) -> dict[str, Array]:
    return classify(rows) | {"label": np.zeros(len(rows), int)}


def only(checks: Iterator[Check]) -> Check:
    (check,) = checks
    return check


class TestQuality:
    def test_each_metric_is_measured_against_its_limit(self, folders: Iterator[Path]) -> None:
        slot = FakeConnection(release=write_release(next(folders)), answer=wrong_for(0.2))
        found = list(quality(evidence(slot, min_quality={"accuracy": 0.75, "f1_macro": 0.9, "roc_auc": 0.8})))
        assert [(check.name, check.status) for check in found] == [
            ("accuracy", "passed"),
            ("f1_macro", "failed"),
            ("roc_auc", "passed"),
        ]
        assert found[0].figure == pytest.approx(0.8)
        assert (found[0].limit, found[0].sentence) == (0.75, "accuracy 0.8000 on 90 golden rows")

    @pytest.mark.parametrize(("limit", "status"), [(0.2, "passed"), (0.05, "failed")])
    def test_an_error_of_a_regression_is_a_maximum(self, folders: Iterator[Path], limit: float, status: str) -> None:
        release = write_release(next(folders), **REGRESSION)
        slot = FakeConnection(release=release, answer=lambda rows: {"value": predict(rows)["value"] + 0.1})
        check = only(quality(evidence(slot, min_quality={"rmse": limit})))
        assert check.figure == pytest.approx(0.1)
        assert check.status == status

    def test_a_metric_of_another_task_cannot_be_measured(self, folders: Iterator[Path]) -> None:
        check = only(quality(evidence(FakeConnection(release=write_release(next(folders))), min_quality={"mae": 1})))
        assert check.status == "failed"
        assert check.sentence == "mae does not apply to a classification; limit one of accuracy, f1_macro, roc_auc"

    def test_no_limit_is_nothing_to_check(self, folders: Iterator[Path]) -> None:
        slot = FakeConnection(release=write_release(next(folders)))
        assert only(quality(evidence(slot))).status == "skipped"


class TestSlices:
    def test_one_bad_slice_fails_though_the_whole_is_good_enough(self, folders: Iterator[Path]) -> None:
        slot = FakeConnection(release=write_release(next(folders)), answer=wrong_at_night)
        enough = {"accuracy": 0.6}
        whole, slices = quality(evidence(slot, min_quality=enough, min_slice_quality=enough))
        assert whole.status == "passed"
        assert (slices.name, slices.status, slices.figure) == ("accuracy of each slice", "failed", 0)
        assert slices.sentence == "not good enough: night 0.0000"

    def test_good_slices_are_told_by_the_worst(self, folders: Iterator[Path]) -> None:
        slot = FakeConnection(release=write_release(next(folders)))
        check = only(quality(evidence(slot, min_slice_quality={"accuracy": 0.9})))
        assert (check.status, check.sentence) == ("passed", "the worst of 3 has 1.0000")

    def test_the_worst_of_an_error_is_the_greatest(self, folders: Iterator[Path]) -> None:
        slot = FakeConnection(
            release=write_release(next(folders), **REGRESSION),
            answer=lambda rows: {"value": predict(rows)["value"] + (rows[:, -1] > 0)},
        )
        check = only(quality(evidence(slot, min_slice_quality={"mae": 0.01})))
        means = [(X[name == SLICES][:, -1] > 0).mean() for name in ("day", "dusk", "night")]
        assert check.figure == pytest.approx(max(means))

    def test_a_golden_set_without_slices_cannot_be_measured_by_slice(self, folders: Iterator[Path]) -> None:
        slot = FakeConnection(release=write_release(next(folders), slices=None))
        check = only(quality(evidence(slot, min_slice_quality={"accuracy": 0.5})))
        assert check.status == "failed"
        assert check.sentence.startswith("the golden set names no slices; pack the release with a slice column")

    def test_a_metric_that_a_slice_cannot_show_is_an_error_and_not_a_pass(self, folders: Iterator[Path]) -> None:
        slot = FakeConnection(release=write_release(next(folders), slices=TRUTH.astype(str)))
        with pytest.raises(ConfigurationError, match="roc_auc cannot be measured"):
            list(quality(evidence(slot, min_slice_quality={"roc_auc": 0.5})))


class TestDisagreement:
    @pytest.mark.parametrize(("limit", "status"), [(0.2, "passed"), (0.19, "failed")])
    def test_classes_differ_in_a_share_of_the_rows(self, folders: Iterator[Path], limit: float, status: str) -> None:
        live = FakeConnection(release=write_release(next(folders)))
        slot = FakeConnection(release=write_release(next(folders)), answer=wrong_for(0.2))
        seen = evidence(slot, live, max_disagreement=limit)
        check = only(disagreement(seen))
        assert (check.status, check.figure, check.limit) == (status, 0.2, limit)
        assert check.sentence == "18 of 90 rows get another class than from blue"
        assert live.sizes == [32, 32, 26], "the live slot is asked the candidate's rows"

    def test_the_confusion_of_both_slots_is_kept_for_the_report(self, folders: Iterator[Path]) -> None:
        live = FakeConnection(release=write_release(next(folders)))
        slot = FakeConnection(release=write_release(next(folders)), answer=always_zero)
        seen = evidence(slot, live)
        list(disagreement(seen))
        assert seen.confusion is not None
        assert seen.confusion.labels == ("0", "1", "2")
        assert [row[0] for row in seen.confusion.counts] == [
            int(np.count_nonzero(label == TRUTH)) for label in range(3)
        ]
        assert sum(map(sum, seen.confusion.counts)) == ROWS

    @pytest.mark.parametrize(("limit", "status"), [(0.6, "passed"), (0.4, "failed")])
    def test_values_differ_by_their_mean_distance(self, folders: Iterator[Path], limit: float, status: str) -> None:
        live = FakeConnection(release=write_release(next(folders), **REGRESSION), answer=predict)
        slot = FakeConnection(
            release=write_release(next(folders), **REGRESSION),
            answer=lambda rows: {"value": predict(rows)["value"] - 0.5},
        )
        check = only(disagreement(evidence(slot, live, max_mean_abs_difference=limit)))
        assert check.figure == pytest.approx(0.5)
        assert check.status == status
        assert check.sentence == "values lie 0.5 from those of blue on average"

    def test_a_live_slot_that_does_not_answer_cannot_be_compared_with(self, folders: Iterator[Path]) -> None:
        live = FakeConnection(release=write_release(next(folders)), answer=lambda _: {})
        slot = FakeConnection(release=write_release(next(folders)))
        with pytest.raises(Exception, match="blue on golden rows 0 to 31: output label is missing"):
            list(disagreement(evidence(slot, live)))

    @pytest.mark.parametrize(
        ("changes", "limits", "reason"),
        [
            (None, {}, "no slot is live to compare with"),
            ({}, {"max_disagreement": None}, "max_disagreement sets no limit"),
            (
                {"inputs": [{"name": "x", "datatype": "FP64", "shape": [-1, 4]}]},
                {},
                "blue takes other inputs or has another task, so it cannot be asked these rows",
            ),
        ],
    )
    def test_where_nothing_can_be_compared_it_is_skipped_with_the_reason(
        self, folders: Iterator[Path], changes: dict[str, Any] | None, limits: dict[str, Any], reason: str
    ) -> None:
        live = None if changes is None else FakeConnection(release=write_release(next(folders), **changes))
        check = only(disagreement(evidence(FakeConnection(release=write_release(next(folders))), live, **limits)))
        assert (check.status, check.sentence) == ("skipped", reason)

    def test_a_regression_without_a_limit_is_not_compared(self, folders: Iterator[Path]) -> None:
        slots = [FakeConnection(release=write_release(next(folders), **REGRESSION)) for _ in range(2)]
        assert only(disagreement(evidence(*slots))).sentence == "max_mean_abs_difference sets no limit"
