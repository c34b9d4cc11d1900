"""The table of `make status`."""

from dataclasses import dataclass

from components.status_table import table


@dataclass(frozen=True)
class Row:
    model: str
    slot: str
    requests: int | None


def test_the_table_has_aligned_columns() -> None:
    lines = table(Row, [Row("tiny", "blue", 7), Row("m", "green", 0)]).splitlines()
    assert lines[0].split() == ["model", "slot", "requests"]
    assert len({line.index(word) for line, word in zip(lines, ("slot", "blue", "green"), strict=True)}) == 1


def test_what_could_not_be_read_is_not_a_figure() -> None:
    assert table(Row, [Row("tiny", "blue", None)]).splitlines()[1].split() == ["tiny", "blue", "unknown"]


def test_a_table_without_rows_has_its_header() -> None:
    assert table(Row, []) == "model  slot  requests"
