"""Which of a model's outputs is the answer, and which holds the scores: read from their types, or said."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from serving.arrays import Array
from serving.datatypes import NUMPY_TYPES
from serving.errors import ConfigurationError
from serving.manifest import Task, Tensor


@dataclass(frozen=True, kw_only=True)
class Roles:
    """What the outputs of a model mean; the words are those of the manifest."""

    task: Task
    prediction: str
    scores: str | None


def tensors_of(outputs: Mapping[str, Array]) -> tuple[Tensor, ...]:
    """Describe arrays as a model's outputs; any number of rows."""
    datatypes = {np.dtype(kind): datatype for datatype, kind in NUMPY_TYPES.items()}
    return tuple(
        Tensor(name=name, datatype=datatypes[array.dtype], shape=(-1, *array.shape[1:]))
        for name, array in outputs.items()
    )


def assign_roles(outputs: Sequence[Tensor], task: Task | None, prediction: str | None, scores: str | None) -> Roles:
    """Find the answer and the scores among a model's outputs.

    A label is one integer, boolean or text per row; scores are several floating-point numbers per row; a value of a
    regression is one number per row. Without a label, the greatest score is the answer.

    Args:
        outputs: the model's outputs.
        task: what the answers are; None: classification if there are labels or scores, else regression.
        prediction: the output with the answers; None: the only one that can be.
        scores: the output with the scores; None: the only one that can be, or none.

    Raises:
        ConfigurationError: no output can be it, or several can.
    """
    labels = [tensor.name for tensor in outputs if _width(tensor) == 1 and not _floating(tensor)]
    several = [tensor.name for tensor in outputs if _width(tensor) > 1 and _floating(tensor)]
    single = [tensor.name for tensor in outputs if _width(tensor) == 1 and tensor.datatype not in {"BYTES", "BOOL"}]
    if task == "regression" or (task is None and not labels and not several):
        return Roles(task="regression", prediction=_one("prediction", prediction, single, outputs), scores=None)
    found = _one("scores", scores, several, outputs) if scores or several else None
    answer = _one("prediction", prediction, labels or several, outputs)
    return Roles(task="classification", prediction=answer, scores=found)


def _width(tensor: Tensor) -> int:
    return math.prod(tensor.shape[1:])


def _floating(tensor: Tensor) -> bool:
    return tensor.datatype.startswith("FP")


def _one(role: str, chosen: str | None, candidates: list[str], outputs: Sequence[Tensor]) -> str:
    if chosen in candidates:
        return chosen
    if chosen is None and len(candidates) == 1:
        return candidates[0]
    there = "; ".join(f"{tensor.name} {tensor.datatype} {list(tensor.shape)}" for tensor in outputs)
    got = "could be several" if chosen is None and candidates else f"is {chosen!r}" if chosen else "is missing"
    raise ConfigurationError(
        f"the model's {role} {got}: the outputs are {there}; allowed are {', '.join(candidates) or 'none of them'}. "
        f"Say which with --{role}, or what the answers are with --task, or export the model with labels or scores."
    )
