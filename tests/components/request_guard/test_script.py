from pathlib import Path

import pytest

from components import request_guard
from components.request_guard import GUARD, READINESS, SHARED, script

FOLDER = Path(request_guard.__file__).parent


def test_every_file_of_the_guard_is_part_of_a_script() -> None:
    assert {path.name for path in FOLDER.glob("*.lua")} == {*SHARED, *READINESS.values(), GUARD}


@pytest.mark.parametrize("readiness", READINESS)
def test_a_script_holds_one_answer_to_who_knows_whether_a_model_is_ready(readiness: str) -> None:
    text = script(readiness)
    assert text.count("local function is_ready(") == 1
    assert text.index("local function is_ready(") < text.index("not is_ready(handle, model)"), "Lua looks upwards only"


def test_a_guard_that_trusts_endpoints_calls_nobody() -> None:
    assert "httpCall" not in script("endpoints")
    assert "httpCall" in script("prober")
