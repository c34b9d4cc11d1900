"""How the specs of this package say what is wrong: sentences, all of them, then one error."""

from collections.abc import Iterable

from serving.errors import ConfigurationError


def require(problems: Iterable[str]) -> None:
    """Raise one error that lists every problem; do nothing when there is none.

    Raises:
        ConfigurationError: at least one problem was given.
    """
    found = list(problems)
    if found:
        raise ConfigurationError("\n".join(found))


def listed(names: Iterable[str]) -> str:
    """Return names as a reader lists them: `a`, `a and b`, `a, b and c`."""
    *first, last = list(names)
    return f"{', '.join(first)} and {last}" if first else last
