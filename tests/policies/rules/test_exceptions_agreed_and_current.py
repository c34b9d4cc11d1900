from pathlib import Path

import pytest
from mechanics import exceptions
from planned_stack import good_stack, messages

ID = "exceptions-in-order"
ENTRY = """
[[exception]]
rule = "{rule}"
urn_pattern = "urn:pulumi:local::*"
reason = "{reason}"
owner = "ml"
until = {until}
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(exceptions, "FILE", tmp_path / "exceptions.toml")
    return tmp_path / "exceptions.toml"


def test_a_whole_exception_passes(written: Path) -> None:
    written.write_text(ENTRY.format(rule="tls-min-version", reason="old client", until="9999-12-31"))
    assert messages(ID, good_stack()) == []


@pytest.mark.parametrize(
    ("rule", "reason", "until", "problem"),
    [
        ("tls-min-version", "", "9999-12-31", "it has no reason"),
        ("tls-min-version", "old client", "2026-01-31", "it ended on 2026-01-31"),
        ("tls-min-versoin", "old client", "9999-12-31", 'there is no rule "tls-min-versoin"'),
        (ID, "we are in a hurry", "9999-12-31", f'there is no rule "{ID}" that an exception could be for'),
    ],
)
def test_another_stops_the_stack_with_its_place(
    written: Path, rule: str, reason: str, until: str, problem: str
) -> None:
    written.write_text(ENTRY.format(rule=rule, reason=reason, until=until))
    (found,) = messages(ID, good_stack())
    assert f"an exception excuses nothing: {problem}" in found
    assert "Where: stack local, exceptions.toml, entry 1." in found
