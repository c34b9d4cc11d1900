"""One stack with two real models on a cluster: what its users may do and may not do, and that nothing of it stays."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from examples.digits import train as digits
from examples.tumours import train as tumours
from serving.release import Release, golden, load
from tests.e2e.test_one_machine_serving import assert_same, first_rows
from tests.support.callers import ask, by_binary_tensors, by_grpc, infer, outputs_of
from tests.support.cluster_stack import Cluster, ClusterStack, stack_on_cluster
from tests.support.waiting import until

pytestmark = [pytest.mark.cluster]

GUEST_RATE = 5
MODELS: dict[str, Any] = {
    "digits": {
        "slots": {"blue": {"release": "releases/digits/1"}, "green": {"release": "releases/digits/2"}},
        "live": "blue",
        "gate": {"min_quality": {"accuracy": 0.93}, "max_p99_ms": 5000, "load_seconds": 0.5},
    },
    "tumours": {
        "slots": {"blue": {"release": "releases/tumours/1"}},
        "live": "blue",
        "gate": {"min_quality": {"accuracy": 0.93}, "max_p99_ms": 5000, "load_seconds": 0.5},
    },
}
GATEWAY: dict[str, Any] = {
    "max_request_bytes": 65536,
    "clients": {
        "demo": {"models": ["digits", "tumours"], "may_pin_slots": True},
        "ward": {"models": ["tumours"]},
        "guest": {"models": ["digits"]},
    },
}


@pytest.fixture(scope="module")
def stack(cluster: Cluster) -> Iterator[ClusterStack]:
    rates = {"requests_per_second": 1000, "clients": {"guest": GUEST_RATE}}
    with stack_on_cluster(cluster, MODELS, GATEWAY, platform={"rate_limit": rates}) as made:
        digits.ensure(made.folder / "releases" / "digits")
        tumours.ensure(made.folder / "releases" / "tumours")
        print(made.up(policies=True, refresh=False).text)
        yield made


@pytest.fixture(scope="module")
def release(stack: ClusterStack) -> Release:
    return load(stack.folder / "releases" / "digits" / "1")


@pytest.fixture(scope="module")
def rows(release: Release) -> dict[str, Any]:
    return first_rows(golden(release))


def test_rest_json_answers_what_onnx_runtime_answers(stack: ClusterStack, release: Release, rows: Any) -> None:
    reply = stack.ask("digits", rows)
    assert_same(outputs_of(reply), release.directory, rows)
    assert reply.headers["x-slipway-slot"] == "blue"
    assert reply.headers["x-slipway-release"] == release.digest[:12]


def test_rest_with_binary_tensors_answers_what_onnx_runtime_answers(
    stack: ClusterStack, release: Release, rows: Any
) -> None:
    assert_same(by_binary_tensors(stack.url, stack.keys["demo"], "digits", rows), release.directory, rows)


def test_grpc_answers_what_onnx_runtime_answers(stack: ClusterStack, release: Release, rows: Any) -> None:
    assert_same(by_grpc(stack.url, stack.keys["demo"], "digits", rows), release.directory, rows)


def test_the_second_model_answers_by_its_own_release(stack: ClusterStack) -> None:
    release = load(stack.folder / "releases" / "tumours" / "1")
    rows = first_rows(golden(release))
    assert_same(outputs_of(stack.ask("tumours", rows, "ward")), release.directory, rows)


def test_a_client_that_may_pin_slots_reaches_the_idle_slot(stack: ClusterStack, rows: Any) -> None:
    idle = load(stack.folder / "releases" / "digits" / "2")
    reply = stack.ask("digits", rows, x_slipway_slot="green")
    assert_same(outputs_of(reply), idle.directory, rows)
    assert reply.headers["x-slipway-release"] == idle.digest[:12]


REFUSALS = {
    "no key": (401, "digits", {}),
    "a wrong key": (401, "digits", {"x_api_key": "guess"}),
    "a model of others": (403, "digits", {"x_api_key": "ward"}),
    "a slot not to be pinned": (403, "tumours", {"x_api_key": "ward", "x_slipway_slot": "blue"}),
    "a client that names itself": (401, "digits", {"x_slipway_client": "demo"}),
    "a slot without a release": (404, "tumours", {"x_api_key": "demo", "x_slipway_slot": "green"}),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_who_may_not_is_refused(stack: ClusterStack, rows: Any, case: str) -> None:
    status, model, headers = REFUSALS[case]
    known = {name: stack.keys.get(value, value) for name, value in headers.items() if name == "x_api_key"}
    sent = {**headers, **known}
    reply = infer(stack.url, model, rows, **sent)
    assert reply.status == status, reply.content


def test_a_client_beyond_its_rate_is_told_to_wait_and_others_are_not(stack: ClusterStack, rows: Any) -> None:
    statuses = [stack.ask("digits", rows, "guest").status for _ in range(4 * GUEST_RATE)]
    assert statuses[0] == 200
    assert 429 in statuses
    assert stack.ask("digits", rows).status == 200


def test_a_body_that_could_end_a_model_server_is_refused_by_the_guard(stack: ClusterStack) -> None:
    deep = b'{"inputs":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
    reply = ask(
        stack.url, "/v2/models/digits/infer", deep, content_type="application/json", x_api_key=stack.keys["demo"]
    )
    assert reply.status == 400, reply.content


def test_a_body_beyond_the_limit_is_refused(stack: ClusterStack) -> None:
    reply = stack.ask("digits", {"pixels": np.zeros((1024, 64), np.float32)})
    assert reply.status == 413, reply.status


def test_an_administration_path_leads_nowhere(stack: ClusterStack) -> None:
    reply = ask(stack.url, "/v2/repository/index", x_api_key=stack.keys["demo"])
    assert reply.status == 404


def test_a_second_up_changes_nothing(stack: ClusterStack) -> None:
    preview = stack.preview()
    assert "to create" not in preview.text, preview.text
    assert "to update" not in preview.text, preview.text
    assert "to replace" not in preview.text, preview.text
    assert "to delete" not in preview.text, preview.text


def test_destroy_leaves_nothing(stack: ClusterStack) -> None:
    stack.destroy()
    # The gateway's controller takes the proxies away, not the engine.
    until(lambda: not stack.left(), 60, "the end of the proxies")
