"""What somebody has agreed to although a rule is against it: where, why, who answers for it, and until when.

The agreed exceptions stand in `exceptions.toml` beside the pack. One that is incomplete or over excuses nothing.
"""

import threading
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from mechanics.facts import Value, Violation

FILE: Final = Path(__file__).parents[1] / "exceptions.toml"
NEVER_EXCUSED: Final = ("exceptions-in-order", "policy-config-sane")
_URN = "urn:pulumi:"


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """One agreed exception; what its entry leaves out is empty."""

    rule: str
    urn_pattern: str
    reason: str
    owner: str
    until: date | None

    def problems(self, rules: Collection[str], today: date) -> Iterator[str]:
        """Yield what is wrong with the entry.

        Args:
            rules: The ids of all rules; some of them allow no exception.
            today: The day on which the stack is checked.
        """
        if self.rule not in rules or self.rule in NEVER_EXCUSED:
            yield f'there is no rule "{self.rule}" that an exception could be for'
        if not self.urn_pattern.startswith(_URN):
            yield f'urn_pattern is "{self.urn_pattern}", which matches no resource: URNs begin with {_URN}'
        yield from (f"it has no {name}" for name in ("reason", "owner") if not getattr(self, name).strip())
        if self.until is None:
            yield "it has no last day (until = 2027-01-31)"
        elif self.until < today:
            yield f"it ended on {self.until}"

    def covers(self, rule: str, found: Violation) -> bool:
        """Tell whether a finding of a rule is what was agreed to."""
        return rule == self.rule and bool(found.urn) and fnmatchcase(found.urn, self.urn_pattern)


def read(text: str) -> tuple[Agreed, ...]:
    """Return the entries of an exceptions file."""
    return tuple(_agreed(entry) for entry in tomllib.loads(text).get("exception", []))


def shipped() -> tuple[Agreed, ...]:
    """Return the entries of the file beside the pack.

    Raises:
        ValueError: The file is not TOML; the message says where.
    """
    try:
        return read(FILE.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"policies/{FILE.name} cannot be read: {error}.") from None


def _agreed(entry: dict[str, Value]) -> Agreed:
    until = entry.get("until")
    texts = {name: str(entry.get(name, "")) for name in ("rule", "urn_pattern", "reason", "owner")}
    return Agreed(**texts, until=until if isinstance(until, date) and not isinstance(until, datetime) else None)


class Ledger:
    """Lets what was agreed to pass, and counts it. Rules run in several threads."""

    def __init__(self, agreed: Collection[Agreed]) -> None:
        self._agreed = agreed
        self._excused: Counter[Agreed] = Counter()
        self._lock = threading.Lock()

    def sift(self, rule: str, found: Collection[Violation], today: date) -> list[Violation]:
        """Return what of a rule's findings nobody agreed to."""
        left = []
        for each in found:
            covering = [one for one in self._agreed if one.covers(rule, each) and not any(one.problems([rule], today))]
            if not covering:
                left.append(each)
                continue
            with self._lock:
                self._excused[covering[0]] += 1
        return left

    def settle(self) -> list[str]:
        """Return one sentence for each exception that was used since the last time."""
        with self._lock:
            excused, self._excused = self._excused, Counter()
        return [
            f"{count} finding{'s' if count > 1 else ''} of {each.rule} excused until {each.until}: "
            f"{each.reason} ({each.owner})"
            for each, count in sorted(excused.items(), key=lambda pair: (pair[0].rule, pair[0].urn_pattern))
        ]
