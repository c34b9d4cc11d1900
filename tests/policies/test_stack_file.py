"""What the defaults of a stack file become must pass the rules for its kind: a warning for everybody is none."""

from typing import Any

from mechanics.facts import Stack
from planned_stack import fired, spoil

from infra.settings import Settings

STACK_FILE: dict[str, Any] = {
    "platform": {"kind": "local"},
    "gateway": {"clients": {"demo": {"models": ["digits"]}}},
    "models": {
        "digits": {
            "slots": {"blue": {"release": "releases/digits/1"}, "green": {"release": "releases/digits/2"}},
            "live": "blue",
            "gate": {"min_quality": {"accuracy": 0.93}},
        }
    },
}


def _planned(stack_file: dict[str, Any]) -> Stack:
    model = Settings.model_validate(stack_file).models["digits"]
    gate, shift = model.gate.model_dump(mode="json"), model.shift.model_dump(mode="json")
    stack = spoil("digits", "spec.gate", gate, spoil("digits", "spec.shift", shift))
    return spoil("digits-gate", "limits", gate, spoil("digits-traffic", "plan", shift, stack))


def test_the_defaults_of_gate_and_shift_pass_without_a_warning() -> None:
    assert fired(_planned(STACK_FILE)) == set()


def test_the_values_that_the_readme_shows_pass_without_a_warning() -> None:
    shift = {
        "steps_percent": [1, 5, 25, 50, 100],
        "hold_seconds": 2,
        "max_error_rate": 0.001,
        "max_p99_ms": 50,
        "max_p99_ratio": 1.5,
    }
    model = STACK_FILE["models"]["digits"] | {"shift": shift}
    assert fired(_planned(STACK_FILE | {"models": {"digits": model}})) == set()
