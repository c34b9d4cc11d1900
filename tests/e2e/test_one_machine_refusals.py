"""What is refused, when, and in which words: before anything changes where that can be known, else without harm."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stack import StackUnderTest, asked_all_the_time, stack_under_test
from tests.support.tiny_releases import linear_model, make_release, make_release_that_does_not_load, rows

pytestmark = [pytest.mark.e2e]

ONE_ROW = {"x": rows(1)}
BLUE_1 = {"blue": {"release": "releases/tiny/1"}}
# A model server that crashes is noticed at once; the rest is the engine, on a machine that is busy with other tests.
CRASH_SECONDS = 90


@pytest.fixture(scope="module")
def project() -> Iterator[StackUnderTest]:
    with stack_under_test({}, {}) as made:
        make_release(linear_model(), made.folder / "releases" / "tiny" / "1")
        yield made


@pytest.fixture
def stack(project: StackUnderTest) -> StackUnderTest:
    """A stack with right settings that is not up yet."""
    project.models = {"tiny": {"slots": dict(BLUE_1), "live": "blue"}}
    project.gateway = {"clients": {"demo": {"models": ["tiny"], "may_pin_slots": True}}}
    return project


def assert_nothing_there(stack: StackUnderTest) -> None:
    exported = json.loads(stack.pulumi("stack", "export", "--stack", stack.name).text)
    types = {resource["type"] for resource in exported["deployment"].get("resources", [])}
    assert types <= {"pulumi:pulumi:Stack"}, "nothing may be made before everything is known to be right"
    assert stack.processes() == []


def test_five_mistakes_are_told_at_once_and_in_sentences(stack: StackUnderTest) -> None:
    stack.models["tiny"] = {"slots": {**BLUE_1, "gren": {"release": "releases/tiny/1"}}, "live": "blu"}
    stack.models["other"] = {"slots": {"blue": {"release": "releases/none/1"}}, "live": "green"}
    stack.gateway["clients"]["demo"]["models"] = ["tinny"]
    stack.gateway["request_timeout_seconds"] = 0
    refused = stack.up(policies=True, fails=True).text
    assert "5 settings to correct; nothing was changed:" in refused
    for sentence in (
        'models.tiny.slots.gren is not a setting (did you mean "green"?)',
        'models.tiny.live is "blu", but allowed are blue and green (did you mean "blue"?); set it in',
        'models.other.live is "green", but that slot has no release',
        'gateway.clients.demo.models names "tinny", but the models are other and tiny (did you mean "tiny"?)',
        "gateway.request_timeout_seconds is 0",
    ):
        assert sentence in refused
    assert "Traceback" not in refused
    assert_nothing_there(stack)


def test_a_release_that_is_not_there_is_refused_before_anything_changes(stack: StackUnderTest) -> None:
    stack.models["tiny"]["slots"]["green"] = {"release": "releases/tiny/7"}
    refused = stack.up(policies=True, fails=True).text
    assert "models.tiny.slots.green.release: " in refused
    assert "releases/tiny/7 is not a release: release.json cannot be read" in refused
    assert "Traceback" not in refused
    assert_nothing_there(stack)


def test_a_corrupted_model_file_is_refused_before_anything_changes(stack: StackUnderTest) -> None:
    release = make_release(linear_model(), stack.folder / "releases" / "tiny" / "3", version="3")
    stack.models["tiny"]["slots"]["blue"] = {"release": "releases/tiny/3"}
    model = release.directory / "model.onnx"
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.write_bytes(content)
    refused = stack.up(policies=True, fails=True).text
    assert "model.onnx: has sha256" in refused
    assert "restore it from where it was packed" in refused
    assert "Traceback" not in refused
    assert_nothing_there(stack)


def test_a_taken_port_is_named_with_the_process_that_holds_it(stack: StackUnderTest) -> None:
    with socket.create_server(("127.0.0.1", stack.port)):
        refused = stack.up(policies=True, fails=True).text
    assert f"gateway.port is {stack.port}, but 127.0.0.1:{stack.port} is taken by process {os.getpid()} (" in refused
    assert "Traceback" not in refused
    assert_nothing_there(stack)


def test_a_spoiled_stack_is_stopped_by_the_policies_before_anything_changes(stack: StackUnderTest) -> None:
    program = stack.folder / "__main__.py"
    right = program.rename(stack.folder / "right_main.py")
    program.write_text(
        "from components.local import triton\n\n"
        'triton.ADDRESS = "0.0.0.0"\n\n'
        "from infra import program\n\nprogram.run()\n"
    )
    refused = stack.up(policies=True, fails=True).text
    right.replace(program)
    assert "admin-interfaces-not-reachable" in refused
    assert "listen on 127.0.0.1" in refused
    assert_nothing_there(stack)


def test_a_model_that_crashes_at_load_fails_the_up_and_nothing_else(stack: StackUnderTest) -> None:
    stack.up()
    make_release_that_does_not_load(stack.folder / "releases" / "tiny" / "2", version="2")
    stack.models["tiny"]["slots"]["green"] = {"release": "releases/tiny/2"}
    server = {process.pid for process in stack.processes("bin/tritonserver")}
    with asked_all_the_time(stack, "tiny", ONE_ROW) as answered:
        failed = stack.up(fails=True)
    assert "tiny green: the model server ended while it loaded the model" in failed.text
    assert "weights.bin" in failed.text, "the model server's own reason must be shown"
    assert failed.seconds < CRASH_SECONDS
    assert all(answered), f"{answered.count(False)} of {len(answered)} requests to the live slot failed meanwhile"
    assert {process.pid for process in stack.processes("bin/tritonserver")} == server
    kept = stack.stack_dir.logs / "tiny-green-failed.log"
    assert str(kept) in failed.text
    assert Path(kept).stat().st_size > 0
    assert "Traceback" not in failed.text.partition("The model server said:")[0]
