"""Run a model in this process on rows, and see that it may be served in batches."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from serving.arrays import Array
from serving.errors import ConfigurationError
from serving.formats import OpenModel

ROWS_ALONE = 8


def run_rows(opened: OpenModel, inputs: Mapping[str, Array], source: Path) -> dict[str, Array]:
    """Compute the outputs of all rows, `{output name: [rows, …]}`.

    Raises:
        ConfigurationError: the model fails on them, or does not answer one for one; `source` says where they are from.
    """
    try:
        outputs = opened.run(inputs)
    except Exception as error:
        raise ConfigurationError(
            f"{source}: the model cannot compute these rows ({error}); leave out those it is not made for."
        ) from error
    rows = len(next(iter(inputs.values())))
    for name, array in outputs.items():
        if len(array) != rows:
            raise ConfigurationError(
                f"output {name} has {len(array)} rows for {rows} rows of input; allowed is one for one, as requests "
                "are batched. Export the model with rows first in every output."
            )
    return outputs


def check_rows_alone(opened: OpenModel, inputs: Mapping[str, Array], together: Mapping[str, Array]) -> None:
    """See that the first rows, computed one by one, have the outputs they had together.

    Raises:
        ConfigurationError: a row's answer depends on the rows beside it.
    """
    for row in range(min(ROWS_ALONE, len(next(iter(inputs.values()))))):
        alone = opened.run({name: array[row : row + 1] for name, array in inputs.items()})
        for name, array in alone.items():
            if not _close(array, together[name][row : row + 1]):
                raise ConfigurationError(
                    f"output {name} of a row changes with the rows beside it, but the server batches requests; "
                    "export the model for inference (no training mode, nothing normalised over the batch)."
                )


def _close(one: Array, other: Array) -> bool:
    if one.dtype.kind == "f":
        return np.allclose(one, other, rtol=1e-3, atol=1e-4, equal_nan=True)
    return bool(np.array_equal(one, other))
