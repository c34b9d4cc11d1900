"""Plain arrays out of a NumPy .npz archive, never objects that would have to be unpickled."""

import zipfile
import zlib
from typing import Any, BinaryIO

import numpy as np

Array = np.ndarray[Any, Any]


def read_arrays(file: BinaryIO) -> dict[str, Array]:
    """Read every array of an archive.

    Raises:
        ValueError: not an archive of arrays, damaged, or with pickled objects in it.
    """
    try:
        archive = np.lib.npyio.NpzFile(file, allow_pickle=False)  # type: ignore[arg-type]  # its stub asks for text
        with archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"not a NumPy .npz of plain arrays ({error})") from error
