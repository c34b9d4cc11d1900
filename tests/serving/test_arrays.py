"""Arrays are read from archives, and whatever else a file holds is refused."""

import io
from pathlib import Path

import numpy as np
import pytest

from serving.arrays import read_arrays


def archive(**arrays: object) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]  # also what does not belong there
    return content.getvalue()


def single_array() -> bytes:
    content = io.BytesIO()
    np.save(content, np.zeros(3))
    return content.getvalue()


def test_every_array_is_read_by_its_name() -> None:
    arrays = read_arrays(io.BytesIO(archive(a=np.arange(3), b=np.array(["x"]))))
    assert {name: array.tolist() for name, array in arrays.items()} == {"a": [0, 1, 2], "b": ["x"]}


@pytest.mark.parametrize(
    "content",
    [b"", b"text", b"PK\x03\x04", single_array(), archive(a=np.array([{}], dtype=object)), archive(a=np.zeros(9))[:-9]],
    ids=["empty", "text", "no directory", "a single array", "pickled objects", "cut off"],
)
def test_what_is_no_archive_of_arrays_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a NumPy \.npz of plain arrays"):
        read_arrays(io.BytesIO(content))


def test_a_damaged_array_is_refused() -> None:
    content = bytearray(archive(a=np.zeros(1000)))
    content[500] ^= 1
    with pytest.raises(ValueError, match="Bad CRC"):
        read_arrays(io.BytesIO(bytes(content)))


def test_the_same_arrays_make_the_same_archive(tmp_path: Path) -> None:
    for name in ("one", "other"):
        np.savez(tmp_path / f"{name}.npz", a=np.arange(3))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes(), "digests rely on it"
