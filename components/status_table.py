"""Draws what `make status` shows, the same on every platform: one line a row, one column a field."""

from collections.abc import Sequence
from dataclasses import astuple, fields
from typing import Any

UNKNOWN = "unknown"
"""In the place of what could not be read."""


def table(kind: type[Any], rows: Sequence[Any]) -> str:
    """Return the lines of a table with aligned columns.

    Args:
        kind: The dataclass of the rows; its fields are the header.
        rows: What there is; None in a field is what could not be read.
    """
    header = tuple(field.name for field in fields(kind))
    lines = [header, *(tuple(UNKNOWN if cell is None else str(cell) for cell in astuple(row)) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
