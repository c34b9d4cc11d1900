"""The shape of a stack file: what may be left out, and what nobody can change afterwards."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from infra import settings
from infra.frozen import Frozen
from infra.settings import Settings
from serving.gate_limits import GateLimits
from serving.repository import Runtime
from serving.shift_plan import ShiftPlan

SMALLEST: dict[str, Any] = {
    "platform": {"kind": "local"},
    "gateway": {"clients": {"demo": {"models": ["digits"]}}},
    "models": {"digits": {"slots": {"blue": {"release": "releases/digits/1"}}, "live": "blue"}},
}
EVERY_MODEL = [kind for kind in vars(settings).values() if isinstance(kind, type) and issubclass(kind, Frozen)]


def test_the_smallest_stack_file_has_a_default_for_everything_else() -> None:
    found = Settings.model_validate(SMALLEST)
    assert (found.gateway.address, found.gateway.port) == ("127.0.0.1", 8080)
    assert not found.gateway.clients["demo"].may_pin_slots
    assert found.platform.probing.failures_to_restart == 3


def test_a_gate_and_a_shift_have_the_defaults_of_their_own_plans() -> None:
    model = Settings.model_validate(SMALLEST).models["digits"]
    assert GateLimits(**model.gate.model_dump()) == GateLimits()
    assert ShiftPlan(**model.shift.model_dump()) == ShiftPlan()


def test_the_settings_of_a_runtime_are_those_of_a_model_server() -> None:
    runtime = Settings.model_validate(SMALLEST).models["digits"].runtime
    assert Runtime(**runtime.model_dump()).threads == 1


def test_only_slots_with_a_release_are_configured_blue_first() -> None:
    slots = {"green": {"release": "releases/digits/2"}, "blue": {"release": "releases/digits/1"}}
    found = Settings.model_validate({**SMALLEST, "models": {"digits": {"slots": slots, "live": "green"}}})
    assert list(found.models["digits"].configured_slots()) == ["blue", "green"]
    assert list(Settings.model_validate(SMALLEST).models["digits"].configured_slots()) == ["blue"]


def test_a_release_may_be_named_by_place_and_digest() -> None:
    reference = {"uri": "file:///srv/digits/1", "sha256": "0" * 64}
    slots = {"blue": {"release": reference}}
    found = Settings.model_validate({**SMALLEST, "models": {"digits": {"slots": slots, "live": "blue"}}})
    release = found.models["digits"].slots.blue
    assert release is not None
    assert isinstance(release.release, settings.ReleaseReference)
    assert release.release.model_dump(exclude_none=True) == reference


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    found = Settings.model_validate(SMALLEST)
    with pytest.raises(ValidationError, match="frozen"):
        found.gateway.port = 1  # type: ignore[misc]


@pytest.mark.parametrize("kind", EVERY_MODEL, ids=lambda kind: kind.__name__)
def test_every_setting_is_described_and_no_other_key_is_ignored(kind: type[BaseModel]) -> None:
    assert [name for name, field in kind.model_fields.items() if not field.description] == []
    assert kind.model_config["extra"] == "forbid"
