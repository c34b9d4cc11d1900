import json
from pathlib import Path
from typing import Any

import generate_config
import pytest
from mechanics.registry import EXEMPT, checked, load
from mechanics.rule import KINDS, Kind

RULES = {rule.id: rule for rule in load()}
TYPES: dict[str, type | tuple[type, ...]] = {"number": (int, float), "boolean": bool, "string": str, "array": list}


def _shipped(kind: Kind) -> dict[str, Any]:
    text = (generate_config.HERE / "config" / f"{kind}.json").read_text()
    shipped: dict[str, Any] = json.loads(text)
    return shipped


@pytest.mark.parametrize("path", generate_config.documents(), ids=lambda path: str(path.name))
def test_what_is_generated_is_not_stale(path: Path) -> None:
    assert path.read_text() == generate_config.documents()[path], "run policies/generate_config.py"


@pytest.mark.parametrize("kind", KINDS)
def test_a_configuration_names_every_rule_and_nothing_else(kind: Kind) -> None:
    assert set(_shipped(kind)) == set(RULES), "the engine accepts a misspelt rule in silence"


@pytest.mark.parametrize("kind", KINDS)
def test_a_configuration_sets_every_option_of_a_rule_with_its_type_and_nothing_else(kind: Kind) -> None:
    for rule_id, entry in _shipped(kind).items():
        rule = RULES[rule_id]
        options = {option.name: option for option in rule.options}
        assert entry.pop("enforcementLevel") == rule.levels.of(kind)
        assert set(entry) == set(options), "the engine accepts a misspelt option in silence"
        for name, value in entry.items():
            assert isinstance(value, TYPES[options[name].schema["type"]]), (rule_id, name)


def test_levels_never_fall_on_the_way_to_prod() -> None:
    order = ["disabled", "advisory", "mandatory"]
    for rule in load():
        levels = [order.index(rule.levels.of(kind)) for kind in KINDS]
        assert levels == sorted(levels), rule.id


def test_every_exemption_has_a_reason_an_owner_and_a_date() -> None:
    for exemption in EXEMPT:
        assert all((exemption.reason, exemption.owner, exemption.reviewed))
        assert exemption.type not in checked(), "a type is looked at or exempt, not both"


def test_a_stale_file_is_told_by_check_and_written_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config").mkdir()
    monkeypatch.setattr(generate_config, "HERE", tmp_path)
    monkeypatch.setattr("sys.argv", ["generate_config.py", "--check"])
    assert generate_config.main() == 1
    assert "config/local.json: stale" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["generate_config.py"])
    assert generate_config.main() == 0
    monkeypatch.setattr("sys.argv", ["generate_config.py", "--check"])
    assert generate_config.main() == 0
