"""One stack with two real models, brought up once: what its users may do, may not do, and what it keeps secret."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from examples.digits import train as digits
from examples.tumours import train as tumours
from serving.release import Golden, Release, golden, load
from tests.support.callers import ask, by_binary_tensors, by_grpc, infer, outputs_of
from tests.support.stack import QUICK_GATE, StackUnderTest, stack_under_test
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e]

# What one request may carry, by the default of `runtime.max_batch`.
BATCH = 64
MODELS: dict[str, Any] = {
    "digits": {
        "slots": {"blue": {"release": "releases/digits/1"}, "green": {"release": "releases/digits/2"}},
        "live": "blue",
        "gate": {"min_quality": {"accuracy": 0.93}, **QUICK_GATE},
    },
    "tumours": {"slots": {"blue": {"release": "releases/tumours/1"}}, "live": "blue"},
}
GATEWAY: dict[str, Any] = {
    "max_request_bytes": 65536,
    "clients": {
        "demo": {"models": ["digits", "tumours"], "may_pin_slots": True},
        "ward": {"models": ["tumours"]},
    },
}


@pytest.fixture(scope="module")
def stack() -> Iterator[StackUnderTest]:
    with stack_under_test(MODELS, GATEWAY) as made:
        digits.ensure(made.folder / "releases" / "digits")
        tumours.ensure(made.folder / "releases" / "tumours")
        made.up(policies=True)
        yield made


@pytest.fixture(scope="module")
def release(stack: StackUnderTest) -> Release:
    return load(stack.folder / "releases" / "digits" / "1")


@pytest.fixture(scope="module")
def rows(release: Release) -> dict[str, Any]:
    return first_rows(golden(release))


def first_rows(found: Golden) -> dict[str, Any]:
    return {name: array[:BATCH] for name, array in found.inputs.items()}


def computed(directory: Path, rows: dict[str, Any]) -> dict[str, Any]:
    """Return what ONNX Runtime answers in this process."""
    session = onnxruntime.InferenceSession(directory / "model.onnx", providers=["CPUExecutionProvider"])
    return dict(zip([node.name for node in session.get_outputs()], session.run(None, rows), strict=True))


def assert_same(answer: dict[str, Any], directory: Path, rows: dict[str, Any]) -> None:
    expected = computed(directory, rows)
    assert answer.keys() == expected.keys()
    for name, array in answer.items():
        np.testing.assert_allclose(array.reshape(expected[name].shape), expected[name], rtol=1e-4, atol=1e-5)


def test_rest_json_answers_what_onnx_runtime_answers(stack: StackUnderTest, release: Release, rows: Any) -> None:
    reply = stack.ask("digits", rows)
    assert_same(outputs_of(reply), release.directory, rows)
    assert reply.headers["x-slipway-slot"] == "blue"
    assert reply.headers["x-slipway-release"] == release.digest[:12]


def test_rest_with_binary_tensors_answers_what_onnx_runtime_answers(
    stack: StackUnderTest, release: Release, rows: Any
) -> None:
    assert_same(by_binary_tensors(stack.url, stack.keys["demo"], "digits", rows), release.directory, rows)


def test_grpc_answers_what_onnx_runtime_answers(stack: StackUnderTest, release: Release, rows: Any) -> None:
    assert_same(by_grpc(stack.url, stack.keys["demo"], "digits", rows), release.directory, rows)


def test_the_second_model_answers_by_its_own_release(stack: StackUnderTest) -> None:
    release = load(stack.folder / "releases" / "tumours" / "1")
    rows = first_rows(golden(release))
    reply = stack.ask("tumours", rows, "ward")
    assert_same(outputs_of(reply), release.directory, rows)


def test_a_client_that_may_pin_slots_reaches_the_idle_slot(stack: StackUnderTest, rows: Any) -> None:
    idle = load(stack.folder / "releases" / "digits" / "2")
    reply = stack.ask("digits", rows, x_slipway_slot="green")
    assert_same(outputs_of(reply), idle.directory, rows)
    assert reply.headers["x-slipway-release"] == idle.digest[:12]


def test_the_signature_and_readiness_are_open_to_clients(stack: StackUnderTest) -> None:
    described = ask(stack.url, "/v2/models/digits", x_api_key=stack.keys["demo"])
    assert [tensor["name"] for tensor in described.body["inputs"]] == ["pixels"]
    assert stack.outputs()["models"]["digits"]["inputs"][0]["name"] == "pixels"
    until(lambda: ask(stack.url, "/v2/health/ready").status == 200, 10, "readiness by the prober's golden answers")


REFUSALS = {
    "no key": (401, "digits", {}, "Send a valid key in the header x-api-key"),
    "a wrong key": (401, "digits", {"x_api_key": "guess"}, "Send a valid key"),
    "a model of others": (403, "digits", {"x_api_key": "ward"}, "add the model to gateway.clients.ward.models"),
    "a slot not to be pinned": (
        403,
        "tumours",
        {"x_api_key": "ward", "x_slipway_slot": "blue"},
        "may_pin_slots",
    ),
    "an unknown model": (404, "cats", {"x_api_key": "demo"}, "no such model"),
    "an unknown slot": (404, "digits", {"x_api_key": "demo", "x_slipway_slot": "gren"}, "blue and green"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_not_allowed_is_refused_in_a_sentence(stack: StackUnderTest, rows: Any, case: str) -> None:
    status, model, headers, sentence = REFUSALS[case]
    sent = {name: stack.keys.get(value, value) for name, value in headers.items()}
    reply = infer(stack.url, model, rows, **sent)
    assert reply.status == status
    assert sentence in reply.body["error"]
    assert reply.body["request_id"] == reply.headers["x-request-id"], "a caller must be able to name the request"


def test_a_body_over_the_limit_is_refused_with_the_limit(stack: StackUnderTest) -> None:
    reply = stack.ask("digits", {"pixels": np.ones((2000, 64), np.float32)})
    assert reply.status == 413
    assert "65536 bytes" in reply.body["error"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"inputs": [', id="not JSON"),
        pytest.param(b"{}", id="no inputs"),
        pytest.param(
            b'{"inputs": [{"name": "pixels", "datatype": "FP32", "shape": [1, 3], "data": [1, 2, 3]}]}', id="shape"
        ),
        pytest.param(
            b'{"inputs": [{"name": "pixels", "datatype": "FP32", "shape": [1, 64], "data": [1]}]}', id="length"
        ),
    ],
)
def test_a_body_that_is_no_inference_is_the_callers_mistake(stack: StackUnderTest, body: bytes) -> None:
    headers = {"content_type": "application/json", "x_api_key": stack.keys["demo"]}
    reply = ask(stack.url, "/v2/models/digits/infer", body, **headers)
    assert reply.status == 400, f"a caller who is told {reply.status} tries again for nothing"
    assert len(reply.body["error"]) > 20


def test_a_second_up_has_nothing_to_do(stack: StackUnderTest) -> None:
    before = {process.pid for process in stack.processes()}
    second = stack.up(policies=True)
    assert re.search(r"Resources:\n\s+\d+ unchanged\n", second.text), second.text
    assert {process.pid for process in stack.processes()} == before, "no process may be replaced for nothing"


def test_the_status_command_shows_slots_roles_weights_and_counts(stack: StackUnderTest) -> None:
    shown = stack.run(sys.executable, "-m", "components.local.status", "--json").text
    table = {(row["model"], row["slot"]): row for row in json.loads(shown)}
    assert {where: (row["role"], row["weight"], row["health"]) for where, row in table.items()} == {
        ("digits", "blue"): ("live", "100%", "ok"),
        ("digits", "green"): ("idle", "0%", "ok"),
        ("tumours", "blue"): ("live", "100%", "ok"),
    }
    assert table["digits", "blue"]["requests"] > 0


def test_the_access_log_tells_one_request_from_another(stack: StackUnderTest, release: Release, rows: Any) -> None:
    stack.ask("digits", rows, x_request_id="find-me")
    log = stack.stack_dir.logs / "gateway-access.log"
    until(lambda: "find-me" in log.read_text(), 5, "the request's line in the access log")
    (line,) = [entry for text in log.read_text().splitlines() if (entry := json.loads(text))["request_id"] == "find-me"]
    told = {name: line[name] for name in ("client", "model", "slot", "release", "status")}
    assert told == {
        "client": "demo", "model": "digits", "slot": "blue", "release": release.digest[:12], "status": 200
    }  # fmt: skip


def test_keys_are_in_no_log_no_plain_state_and_no_command_line(stack: StackUnderTest, rows: Any) -> None:
    key = stack.keys["demo"]
    infer(stack.url, "digits", rows, x_api_key=key)
    exported = stack.pulumi("stack", "export", "--stack", stack.name).text
    shown = stack.pulumi("stack", "output", "--stack", stack.name).text
    commands = " ".join(" ".join(process.cmdline()) for process in stack.processes())
    texts = {"state": exported, "outputs": shown, "command lines": commands, "stack file": stack.stack_file.read_text()}
    texts |= {path.name: path.read_text(errors="replace") for path in stack.stack_dir.logs.iterdir()}
    assert [where for where, text in texts.items() if key in text] == []


def test_files_with_keys_are_for_their_owner_alone(stack: StackUnderTest) -> None:
    key = stack.keys["demo"].encode()
    files = [path for path in stack.stack_dir.path.rglob("*") if path.is_file() and key in path.read_bytes()]
    assert files, "the gateway reads its keys from a file"
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
