"""What the written repository does in a real Triton."""

import re
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tritonclient.grpc

from serving.arrays import Array
from serving.endpoint import Endpoint, InferenceError
from serving.formats import format_named
from serving.pack import pack
from serving.release import Release, golden
from serving.repository import Runtime
from tests.support.model_server import ModelServer, serving
from tests.support.onnx_models import write_external_classifier
from tests.support.releases import classifier_packing, pack_echo, pack_lookup

pytestmark = [pytest.mark.e2e]

CALLS = 100
# A batch waits this long for others, so that requests sent together meet in one.
RUNTIME = Runtime(max_batch=16, max_queue_delay_microseconds=50_000)


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Release]:
    folder = tmp_path_factory.mktemp("releases")
    model = write_external_classifier(folder / "external.onnx", "external.onnx.data")
    packed = (pack(classifier_packing(folder, model=model)), pack_lookup(folder), pack_echo(folder))
    return {release.manifest.name: release for release in packed}


@pytest.fixture(scope="module")
def server(releases: dict[str, Release], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    with serving(list(releases.values()), tmp_path_factory.mktemp("served"), RUNTIME) as running:
        yield running


def ask(server: ModelServer, release: Release, inputs: dict[str, Array]) -> dict[str, Array]:
    with Endpoint(server.url) as endpoint:
        return endpoint.infer(release.manifest.name, inputs, release.manifest.inputs)


def in_process(release: Release, inputs: dict[str, Array]) -> dict[str, Array]:
    manifest = release.manifest
    return format_named(manifest.format).open_model(release.directory / manifest.model_file).run(inputs)


def together(calls: list[Callable[[], Any]]) -> list[Any]:
    """Make calls at the same moment, each in a thread of its own; a refusal is a result."""
    barrier = threading.Barrier(len(calls))

    def call(one: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return one()
        except InferenceError as refusal:
            return refusal

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(call, calls))


def counter(server: ModelServer, name: str, model: str) -> float:
    with urllib.request.urlopen(f"http://{server.metrics}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found = re.search(rf'^{name}{{model="{model}".*}} ([\d.e+]+)$', text, re.MULTILINE)
    assert found, f"no {name} of {model}"
    return float(found[1])


@pytest.mark.parametrize("name", ["classifier", "lookup", "echo"])
def test_the_golden_rows_have_the_answers_of_onnx_runtime_in_process(
    server: ModelServer, releases: dict[str, Release], name: str
) -> None:
    rows = golden(releases[name]).inputs
    served, own = ask(server, releases[name], rows), in_process(releases[name], rows)
    assert served.keys() == own.keys()
    for output, array in own.items():
        assert served[output].dtype == array.dtype
        assert np.array_equal(served[output], array)


@pytest.mark.parametrize("name", ["classifier", "lookup", "echo"])
def test_the_metadata_is_that_of_the_manifest(server: ModelServer, releases: dict[str, Release], name: str) -> None:
    with Endpoint(server.url) as endpoint:
        metadata = endpoint.metadata(name)
    for role in ("inputs", "outputs"):
        tensors = getattr(releases[name].manifest, role)
        assert metadata[role] == [tensor.model_dump(mode="json") for tensor in tensors]


def test_by_grpc_the_answers_are_the_same(server: ModelServer, releases: dict[str, Release]) -> None:
    rows = golden(releases["classifier"]).inputs["x"]
    with tritonclient.grpc.InferenceServerClient(server.grpc) as client:
        tensor = tritonclient.grpc.InferInput("x", list(rows.shape), "FP32")
        tensor.set_data_from_numpy(rows)
        answer = client.infer("classifier", [tensor])
    assert np.array_equal(answer.as_numpy("label"), in_process(releases["classifier"], {"x": rows})["label"])


def test_requests_sent_together_are_computed_together_and_answered_apart(
    server: ModelServer, releases: dict[str, Release]
) -> None:
    release = releases["classifier"]
    random = np.random.default_rng(0)
    requests = [random.normal(size=(size, 3)).astype(np.float32) for size in (1, 2, 3, 1, 2, 3)]
    before = counter(server, "nv_inference_exec_count", "classifier")
    answers = together([lambda rows=rows: ask(server, release, {"x": rows}) for rows in requests])  # type: ignore[misc]
    runs = counter(server, "nv_inference_exec_count", "classifier") - before
    for rows, answer in zip(requests, answers, strict=True):
        assert np.array_equal(answer["scores"], in_process(release, {"x": rows})["scores"])
    assert runs < len(requests), "at least two of them shared a batch"


def test_one_bad_request_in_a_batch_fails_alone(server: ModelServer, releases: dict[str, Release]) -> None:
    release, ids = releases["lookup"], (0, 99, 1, 2)
    before = counter(server, "nv_inference_exec_count", "lookup")
    answers = together([lambda row=row: ask(server, release, {"id": np.array([[row]])}) for row in ids])  # type: ignore[misc]
    runs = counter(server, "nv_inference_exec_count", "lookup") - before
    assert runs < len(ids), "the bad one had company"
    values = [None if isinstance(answer, InferenceError) else answer["value"].tolist() for answer in answers]
    assert values == [[[10]], None, [[20]], [[30]]]
    assert str(answers[1]) == "status 400: the model cannot compute this input"


def test_more_rows_than_a_batch_may_have_are_refused(server: ModelServer, releases: dict[str, Release]) -> None:
    with pytest.raises(InferenceError, match=r"status 400: .*batch-size must be <= 16"):
        ask(server, releases["lookup"], {"id": np.zeros((17, 1))})


def test_no_answer_names_a_file_of_this_machine(server: ModelServer, releases: dict[str, Release]) -> None:
    refused = together([lambda: ask(server, releases["lookup"], {"id": np.array([[99]])})])[0]
    assert "/" not in refused.message
    assert "out of data bounds" in server.log.read_text(), "the reason is in the log"


def test_a_caller_is_not_kept_waiting_between_batches(releases: dict[str, Release], tmp_path: Path) -> None:
    release = releases["lookup"]
    with serving([release], tmp_path, Runtime()) as idle, Endpoint(idle.url) as endpoint:
        started = time.monotonic()
        for _ in range(CALLS):
            endpoint.infer("lookup", {"id": np.array([[1]])}, release.manifest.inputs)
        seconds = time.monotonic() - started
    assert seconds < CALLS * 0.05, "a batcher that sleeps takes 0.1 s a call on average, one that does not 0.001 s"
