"""What a change of the stack file does to a running stack, and what it leaves alone."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.callers import infer, outputs_of
from tests.support.stack import StackUnderTest, asked_all_the_time, stack_under_test
from tests.support.tiny_releases import constant_model, linear_model, make_release, rows

pytestmark = [pytest.mark.e2e]

ONE_ROW = {"x": rows(1)}
TRITON = "bin/tritonserver"


@pytest.fixture(scope="module")
def stack() -> Iterator[StackUnderTest]:
    models: dict[str, Any] = {"tiny": {"slots": {"blue": {"release": "releases/tiny/1"}}, "live": "blue"}}
    gateway: dict[str, Any] = {"clients": {"demo": {"models": ["tiny"], "may_pin_slots": True}}}
    with stack_under_test(models, gateway) as made:
        releases = made.folder / "releases"
        make_release(linear_model(), releases / "tiny" / "1")
        make_release(constant_model(2), releases / "tiny" / "2", version="2")
        make_release(constant_model(1), releases / "other" / "1", name="other")
        made.up()
        yield made


def servers(stack: StackUnderTest, model: str) -> set[int]:
    return {process.pid for process in stack.processes(TRITON, f"--load-model={model}")}


def test_a_second_model_is_added_by_the_stack_file_alone(stack: StackUnderTest) -> None:
    before = servers(stack, "tiny")
    stack.models["other"] = {"slots": {"blue": {"release": "releases/other/1"}}, "live": "blue"}
    stack.gateway["clients"]["demo"]["models"] = ["tiny", "other"]
    stack.up()
    assert outputs_of(stack.ask("other", ONE_ROW))["label"].tolist() == [[1]]
    assert stack.answers("tiny", ONE_ROW)
    assert servers(stack, "tiny") == before, "a new model must not touch the others"


def test_a_release_in_the_idle_slot_takes_no_traffic(stack: StackUnderTest) -> None:
    stack.models["tiny"]["slots"]["green"] = {"release": "releases/tiny/2"}
    stack.up()
    assert {stack.ask("tiny", ONE_ROW).headers["x-slipway-slot"] for _ in range(20)} == {"blue"}
    assert outputs_of(stack.ask("tiny", ONE_ROW, x_slipway_slot="green"))["label"].tolist() == [[2]]


def test_the_release_of_the_live_slot_cannot_change_in_place(stack: StackUnderTest) -> None:
    before = servers(stack, "tiny")
    stack.models["tiny"]["slots"]["blue"] = {"release": "releases/tiny/2"}
    refused = stack.preview(fails=True).text
    stack.models["tiny"]["slots"]["blue"] = {"release": "releases/tiny/1"}
    assert "put the new release into green and set models.tiny.live to green" in refused
    assert "Traceback" not in refused
    assert servers(stack, "tiny") == before


def test_a_gateway_setting_restarts_no_model_server(stack: StackUnderTest) -> None:
    before = servers(stack, "tiny") | servers(stack, "other")
    stack.gateway["request_timeout_seconds"] = 10
    stack.up()
    assert servers(stack, "tiny") | servers(stack, "other") == before


def test_another_runtime_takes_another_process_and_costs_no_request(stack: StackUnderTest) -> None:
    before = servers(stack, "tiny")
    stack.models["tiny"]["runtime"] = {"threads": 2}
    with asked_all_the_time(stack, "tiny", ONE_ROW) as answered:
        stack.up()
    assert all(answered), f"{answered.count(False)} of {len(answered)} requests failed meanwhile"
    assert servers(stack, "tiny").isdisjoint(before)


def test_a_raised_key_version_replaces_the_key_at_once(stack: StackUnderTest) -> None:
    old = stack.keys["demo"]
    stack.gateway["clients"]["demo"]["key_version"] = 2
    stack.up()
    del stack.keys
    assert stack.keys["demo"] != old
    assert stack.answers("tiny", ONE_ROW)
    assert infer(stack.url, "tiny", ONE_ROW, x_api_key=old).status == 401


def test_a_second_stack_beside_it_is_a_world_of_its_own(stack: StackUnderTest) -> None:
    models: dict[str, Any] = {"tiny": {"slots": {"blue": {"release": "releases/tiny/2"}}, "live": "blue"}}
    gateway: dict[str, Any] = {"clients": {"demo": {"models": ["tiny"]}}}
    # The same name and the same range of ports, as two checkouts of one project have them.
    with stack_under_test(models, gateway, first_slot_port=stack.first_slot_port) as second:
        (second.folder / "releases").symlink_to(stack.folder / "releases")
        second.up()
        assert second.ask("tiny", ONE_ROW).headers["x-slipway-release"] == release_of(stack, "green")
        assert stack.ask("tiny", ONE_ROW).headers["x-slipway-release"] == release_of(stack, "blue")
        assert infer(second.url, "tiny", ONE_ROW, x_api_key=stack.keys["demo"]).status == 401
        second.destroy()
    assert stack.answers("tiny", ONE_ROW), "taking one stack down must not touch the other"


def release_of(stack: StackUnderTest, slot: str) -> str:
    answer = stack.ask("tiny", ONE_ROW, x_slipway_slot=slot)
    assert answer.status == 200, answer
    return answer.headers["x-slipway-release"]


def test_a_removed_model_is_gone_and_the_others_stay(stack: StackUnderTest) -> None:
    before = servers(stack, "tiny")
    del stack.models["other"]
    stack.gateway["clients"]["demo"]["models"] = ["tiny"]
    stack.up()
    assert servers(stack, "other") == set()
    assert stack.ask("other", ONE_ROW).status == 404
    assert servers(stack, "tiny") == before
    assert stack.answers("tiny", ONE_ROW)
