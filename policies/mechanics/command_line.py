"""How a rule reads the command line of a process."""

from collections.abc import Sequence

from mechanics.facts import Value

Flags = list[tuple[str, str]]


def flags(arguments: Sequence[Value]) -> Flags:
    """Return every flag with its value, from `--flag=value` and from `--flag value`; repeated ones repeatedly."""
    words = [word if isinstance(word, str) else "" for word in arguments]
    found = []
    for word, following in zip(words, [*words, ""][1:], strict=True):
        if word.startswith("--"):
            flag, equals, value = word.partition("=")
            found.append((flag, value if equals or following.startswith("--") else following))
    return found


def values(found: Flags, name: str) -> list[str]:
    """Return all values of one flag."""
    return [value for flag, value in found if flag == name]
