"""What a slot answers to every golden row."""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus

import numpy as np

from serving.endpoint import InferenceError
from serving.pinned_slot import Array, Inference, PinnedSlot, fault

ROWS_PER_REQUEST = 32


class Unanswered(Exception):  # noqa: N818 - what happened, as the report says it
    """Golden rows that got no answer, or one that cannot be used; the `answered` rows before them did."""

    def __init__(self, slot: str, rows: slice, problem: str) -> None:
        last = rows.stop - 1
        which = f"rows {rows.start} to {last}" if last > rows.start else f"row {last}"
        super().__init__(f"{slot} on golden {which}: {problem}")
        self.answered: int = rows.start


def ask_all(slot: PinnedSlot, inputs: Mapping[str, Array], go_on: Callable[[], bool]) -> dict[str, Array]:
    """Ask a slot all rows and put its answers together.

    Rows travel together; a slot that refuses that as a bad request (its batches may be smaller) is asked row by row.

    Args:
        slot: whom to ask.
        inputs: `{input name: [rows, …]}`.
        go_on: asked before each request; False ends it.

    Returns:
        `{output name: [rows, …]}`.

    Raises:
        Unanswered: at the first row without a proper answer.
    """
    connection = slot.connect()
    try:
        parts = list(_answers(connection, slot, inputs, go_on))
    finally:
        connection.close()
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _answers(
    connection: Inference, slot: PinnedSlot, inputs: Mapping[str, Array], go_on: Callable[[], bool]
) -> Iterator[dict[str, Array]]:
    total, begin, size = len(next(iter(inputs.values()))), 0, ROWS_PER_REQUEST
    while begin < total:
        rows = slice(begin, min(begin + size, total))
        if not go_on():
            raise Unanswered(slot.slot, rows, "not asked, as the gate was given up")
        try:
            yield _answer(connection, slot, inputs, rows)
        except InferenceError as error:
            if error.status != HTTPStatus.BAD_REQUEST or size == 1:
                raise Unanswered(slot.slot, rows, str(error)) from error
            size = 1
        else:
            begin = rows.stop


def _answer(connection: Inference, slot: PinnedSlot, inputs: Mapping[str, Array], rows: slice) -> dict[str, Array]:
    manifest = slot.release.manifest
    outputs = connection.infer(slot.model, {name: array[rows] for name, array in inputs.items()}, manifest.inputs)
    problem = fault(manifest.outputs, outputs, rows.stop - rows.start)
    if problem:
        raise Unanswered(slot.slot, rows, problem)
    return {tensor.name: outputs[tensor.name] for tensor in manifest.outputs}
