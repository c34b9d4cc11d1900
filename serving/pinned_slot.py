"""A slot as a gate asks it: the release it runs, and a way to reach exactly this slot."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from serving.datatypes import NUMPY_TYPES
from serving.manifest import Tensor
from serving.release import Release

Array = np.ndarray[Any, Any]


class Inference(Protocol):
    """One connection to a model server or gateway, used by one thread; `serving.endpoint.Endpoint` is one."""

    def infer(self, model: str, inputs: Mapping[str, Array], manifest_inputs: Sequence[Tensor]) -> dict[str, Array]:
        """Ask a model; raises when there is no answer."""
        ...

    def infer_encoded(self, model: str, body: bytes) -> dict[str, Array]:
        """Ask a model with a body that is already written; raises when there is no answer."""
        ...

    def metadata(self, model: str) -> dict[str, Any]:
        """Ask for a model's inputs and outputs; raises when there is no answer."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


@dataclass(frozen=True, kw_only=True)
class PinnedSlot:
    """A slot, the release it runs, and how to reach it and no other.

    Attributes:
        slot: its name.
        model: the served name.
        release: what it runs.
        connect: opens a connection that leads to this slot only.
    """

    slot: str
    model: str
    release: Release
    connect: Callable[[], Inference]


def fault(tensors: Sequence[Tensor], outputs: Mapping[str, Array], rows: int) -> str | None:
    """Say what makes an answer no answer: an output that is missing, of another type or shape, or not a number."""
    for tensor in tensors:
        found = outputs.get(tensor.name)
        shape = (rows, *tensor.shape[1:])
        if found is None:
            return f"output {tensor.name} is missing"
        if found.dtype != np.dtype(NUMPY_TYPES[tensor.datatype]):
            return f"output {tensor.name} is {found.dtype}, not {tensor.datatype}"
        if found.shape != shape:
            return f"output {tensor.name} has shape {list(found.shape)}, not {list(shape)}"
        if tensor.datatype.startswith("FP") and not np.isfinite(found).all():
            return f"output {tensor.name} has values that are no numbers (NaN or infinite)"
    return None
