from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from mechanics import exceptions
from mechanics.exceptions import Agreed, Ledger, read, shipped
from mechanics.facts import Violation

TODAY = date(2026, 11, 25)
ENTRY = """
[[exception]]
rule = "no-ingress-from-everyone"
urn_pattern = "urn:pulumi:dev::*::partner-*"
reason = "addresses change daily"
owner = "ml"
until = 2026-11-25
"""
(AGREED,) = read(ENTRY)


def _found(urn: str) -> Violation:
    return Violation(urn=urn, where="there", path="cidr", problem="open", fix="close")


PARTNER, OTHER = _found("urn:pulumi:dev::slipway::aws:x::partner-1"), _found("urn:pulumi:dev::slipway::aws:x::other")


def test_an_entry_is_read_with_its_day() -> None:
    assert (AGREED.owner, AGREED.until) == ("ml", TODAY)
    assert list(AGREED.problems(["no-ingress-from-everyone"], TODAY)) == []


def test_the_pack_ships_without_an_exception() -> None:
    assert shipped() == ()


def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exceptions, "FILE", tmp_path / "exceptions.toml")
    (tmp_path / "exceptions.toml").write_text("[[exception]]\nrule = \n")
    with pytest.raises(ValueError, match=r"policies/exceptions\.toml cannot be read: .*line 2"):
        shipped()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": " "}, "it has no reason"),
        ({"owner": ""}, "it has no owner"),
        ({"until": None}, "it has no last day (until = 2027-01-31)"),
        ({"until": date(2026, 11, 24)}, "it ended on 2026-11-24"),
        ({"rule": "no-such-rule"}, 'there is no rule "no-such-rule" that an exception could be for'),
        ({"urn_pattern": "*"}, 'urn_pattern is "*", which matches no resource: URNs begin with urn:pulumi:'),
    ],
)
def test_an_incomplete_or_ended_entry_says_so_and_excuses_nothing(changes: dict[str, Any], sentence: str) -> None:
    wrong = replace(AGREED, **changes)
    assert list(wrong.problems(["no-ingress-from-everyone"], TODAY)) == [sentence]
    ledger = Ledger([wrong])
    assert ledger.sift("no-ingress-from-everyone", [PARTNER], TODAY) == [PARTNER]
    assert ledger.settle() == []


def test_the_rule_about_exceptions_itself_cannot_be_excused() -> None:
    entry = replace(AGREED, rule="exceptions-in-order")
    assert len(list(entry.problems(["exceptions-in-order"], TODAY))) == 1
    assert Ledger([entry]).sift("exceptions-in-order", [PARTNER], TODAY) == [PARTNER]


def test_a_day_written_as_text_is_none() -> None:
    (entry,) = read(ENTRY.replace("2026-11-25", '"2026-11-25"'))
    assert entry.until is None


def test_an_empty_entry_lacks_everything() -> None:
    (entry,) = read("[[exception]]")
    assert entry == Agreed(rule="", urn_pattern="", reason="", owner="", until=None)
    assert len(list(entry.problems([], TODAY))) == 5


def test_only_findings_of_its_rule_on_its_resources_are_excused_and_counted() -> None:
    ledger = Ledger([AGREED])
    whole = _found("")
    assert ledger.sift("no-ingress-from-everyone", [PARTNER, OTHER, PARTNER, whole], TODAY) == [OTHER, whole]
    assert ledger.sift("tls-min-version", [PARTNER], TODAY) == [PARTNER]
    told = "2 findings of no-ingress-from-everyone excused until 2026-11-25: addresses change daily (ml)"
    assert ledger.settle() == [told]
    assert ledger.settle() == [], "what was told once is not told again"
