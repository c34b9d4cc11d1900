"""Every golden row is asked, and an answer that cannot be used is none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.endpoint import InferenceError
from serving.golden_answers import ROWS_PER_REQUEST, Unanswered, ask_all
from tests.support.gated_slots import ROWS, TRUTH, FakeConnection, X, classify, pinned, write_release

Array = np.ndarray[Any, Any]


@pytest.fixture(name="connection")
def _connection(tmp_path: Path) -> FakeConnection:
    return FakeConnection(release=write_release(tmp_path / "1"))


def asked(connection: FakeConnection) -> dict[str, Array]:
    return ask_all(pinned(connection), {"x": X}, lambda: True)


def test_the_answers_to_all_rows_come_in_their_order(connection: FakeConnection) -> None:
    outputs = asked(connection)
    assert outputs["label"].tolist() == TRUTH.tolist()
    assert outputs["scores"].shape == (ROWS, 3)


def test_rows_travel_together_and_the_connection_is_closed(connection: FakeConnection) -> None:
    asked(connection)
    assert connection.sizes == [ROWS_PER_REQUEST, ROWS_PER_REQUEST, ROWS - 2 * ROWS_PER_REQUEST]
    assert connection.closed == 1


def test_a_slot_that_takes_no_batches_is_asked_row_by_row(connection: FakeConnection) -> None:
    def refuse_batches(rows: Array) -> dict[str, Array]:
        if len(rows) > 1:
            raise InferenceError(400, "batch size must be at most 1")
        return classify(rows)

    connection.answer = refuse_batches
    assert asked(connection)["label"].tolist() == TRUTH.tolist()
    assert connection.sizes == [ROWS_PER_REQUEST] + [1] * ROWS


@pytest.mark.parametrize("status", [500, 503, None])
def test_a_failure_is_not_asked_again(connection: FakeConnection, status: int | None) -> None:
    def fail_once(number: int) -> None:
        if number == 2:
            raise InferenceError(status, "stub process is not healthy")

    connection.before = fail_once
    with pytest.raises(Unanswered, match=r"green on golden rows 32 to 63: .*stub process is not healthy") as caught:
        asked(connection)
    assert caught.value.answered == ROWS_PER_REQUEST
    assert (len(connection.sizes), connection.closed) == (2, 1), "a second try would hide that it failed"


def test_a_row_that_is_refused_alone_is_unanswered(connection: FakeConnection) -> None:
    def refuse(_: Array) -> dict[str, Array]:
        raise InferenceError(400, "unexpected shape")

    connection.answer = refuse
    with pytest.raises(Unanswered, match="green on golden row 0: status 400: unexpected shape"):
        asked(connection)


def test_a_gate_that_was_given_up_asks_no_more(connection: FakeConnection) -> None:
    with pytest.raises(Unanswered, match="not asked, as the gate was given up"):
        ask_all(pinned(connection), {"x": X}, lambda: False)
    assert connection.sizes == []


def spoiled(name: str, change: Callable[[Array], Array | None]) -> Callable[[Array], dict[str, Array]]:
    def answer(rows: Array) -> dict[str, Array]:
        outputs: dict[str, Any] = classify(rows)
        outputs[name] = change(outputs[name])
        return {key: value for key, value in outputs.items() if value is not None}

    return answer


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (spoiled("scores", lambda _: None), "output scores is missing"),
        (spoiled("label", lambda array: array.astype(np.float32)), "output label is float32, not INT64"),
        (spoiled("label", lambda array: array[:-1]), r"output label has shape \[31\], not \[32\]"),
        (spoiled("scores", lambda array: array[:, :2]), r"output scores has shape \[32, 2\], not \[32, 3\]"),
        (spoiled("scores", lambda array: array * np.float32("nan")), "output scores has values that are no numbers"),
        (spoiled("scores", lambda array: array + np.float32("inf")), "output scores has values that are no numbers"),
    ],
)
def test_an_answer_of_another_kind_is_no_answer(
    connection: FakeConnection, answer: Callable[[Array], dict[str, Array]], problem: str
) -> None:
    connection.answer = answer
    with pytest.raises(Unanswered, match=f"golden rows 0 to 31: {problem}"):
        asked(connection)
