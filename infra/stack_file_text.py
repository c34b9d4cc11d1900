"""Changes a stack file as text: what is not meant stays, comments, quotes and order too."""

import difflib
import io
from collections.abc import Callable
from typing import Any

from ruamel.yaml import YAML

_WIDE = 10_000


def rewritten(text: str, change: Callable[[dict[str, Any]], None]) -> str:
    """Return a stack file's text with its document changed.

    Args:
        text: The whole file.
        change: Changes the document that is read from it; what it raises leaves the file as it was.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    # Lists as the shipped stack files write them.
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(text)
    change(document)
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def shown_change(before: str, after: str, name: str, *, around: int = 2) -> str:
    """Return what differs between two texts of a file, as a diff with some lines around."""
    old, new = (text.splitlines(keepends=True) for text in (before, after))
    return "".join(difflib.unified_diff(old, new, name, name, n=around))
