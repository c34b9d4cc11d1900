"""The code that runs inside Triton answers all requests in one run, and a bad one harms nobody else.

Triton's module exists only inside Triton: here something takes its place. `test_served.py` asks the real one.
"""

import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.support.onnx_models import write_classifier, write_echo, write_lookup


@dataclass
class StandInTensor:
    name: str
    array: np.ndarray[Any, Any]

    def as_numpy(self) -> np.ndarray[Any, Any]:
        return self.array


class StandInError(Exception):
    INVALID_ARG, INTERNAL = "invalid argument", "internal"

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class StandInResponse:
    tensors: Sequence[StandInTensor] = ()
    error: StandInError | None = None

    def answers(self) -> dict[str, list[Any]]:
        return {tensor.name: tensor.array.tolist() for tensor in self.tensors}


@dataclass
class CountingSession:
    """A session that counts its runs."""

    session: Any
    rows_of_runs: list[int] = field(default_factory=list)

    def run(self, outputs: list[str], inputs: dict[str, np.ndarray[Any, Any]]) -> Any:
        self.rows_of_runs.append(len(next(iter(inputs.values()))))
        return self.session.run(outputs, inputs)


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> Iterator[Any]:
    stand_in = SimpleNamespace(
        Tensor=StandInTensor,
        TritonError=StandInError,
        InferenceResponse=StandInResponse,
        Logger=SimpleNamespace(log_error=log.append),
        get_input_tensor_by_name=lambda request, name: StandInTensor(name, request[name]),
    )
    monkeypatch.setitem(sys.modules, "triton_python_backend_utils", stand_in)
    name = "serving.formats.onnx_model"
    yield importlib.import_module(name)
    sys.modules.pop(name)


def loaded(code: Any, path: Path, outputs: Sequence[str], **instance: str) -> Any:
    """Load a model the way Triton does, from `<repository>/1/`."""
    (path.parent / "1").mkdir()
    path.rename(path.parent / "1" / path.name)
    parameters = {"model_file": {"string_value": path.name}, "threads": {"string_value": "1"}}
    config = {"parameters": parameters, "output": [{"name": name} for name in outputs]}
    model = code.TritonPythonModel()
    where = {"model_repository": str(path.parent), "model_version": "1"}
    model.initialize({"model_config": json.dumps(config), **where, **instance})
    model._session = CountingSession(model._session)
    return model


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_an_instance_that_is_to_run_on_a_gpu_does_not_go_on_with_the_cpu(code: Any, tmp_path: Path) -> None:
    gpu = {"model_instance_kind": "GPU", "model_instance_device_id": "0"}
    with pytest.raises(RuntimeError, match="CUDAExecutionProvider cannot be used here"):
        loaded(code, write_classifier(tmp_path / "m.onnx"), ["label"], **gpu)


def _out_of_memory(*_: object) -> None:
    raise MemoryError("/srv/models/m.onnx")


def x(*rows: Sequence[float]) -> dict[str, np.ndarray[Any, Any]]:
    return {"x": np.array(rows, np.float32)}


def test_all_requests_are_computed_in_one_run_and_told_apart(code: Any, tmp_path: Path) -> None:
    model = loaded(code, write_classifier(tmp_path / "m.onnx"), ["label", "scores"])
    responses = model.execute([x([1, 0, 0]), x([0, 1, 0], [0, 0, 1]), x([0, 9, 1])])
    assert [response.answers()["label"] for response in responses] == [[[0]], [[1], [2]], [[1]]]
    assert responses[1].answers()["scores"] == [[0, 1, 0], [0, 0, 1]]
    assert model._session.rows_of_runs == [4]


def test_a_single_request_is_computed_as_it_is(code: Any, tmp_path: Path) -> None:
    model = loaded(code, write_classifier(tmp_path / "m.onnx"), ["scores"])
    assert model.execute([x([1, 0, 0])])[0].answers() == {"scores": [[1, 0, 0]]}


def test_a_bad_request_fails_alone(code: Any, tmp_path: Path, log: list[str]) -> None:
    model = loaded(code, write_lookup(tmp_path / "m.onnx"), ["value"])
    responses = model.execute([{"id": np.array([[row]])} for row in (0, 99, 2)])
    assert [response.answers() for response in responses] == [{"value": [[10]]}, {}, {"value": [[30]]}]
    assert responses[1].error.code == StandInError.INVALID_ARG
    assert len(log) == 1


def test_what_the_caller_reads_of_a_failure_is_short_and_what_the_log_has_is_whole(
    code: Any, tmp_path: Path, log: list[str]
) -> None:
    model = loaded(code, write_lookup(tmp_path / "m.onnx"), ["value"])
    error = model.execute([{"id": np.array([[99]])}])[0].error
    assert str(error) == "the model cannot compute this input"
    assert "Gather" in log[0]


def test_a_failure_that_is_not_the_callers_is_internal(code: Any, tmp_path: Path) -> None:
    model = loaded(code, write_classifier(tmp_path / "m.onnx"), ["label"])
    model._session = SimpleNamespace(run=_out_of_memory)
    error = model.execute([x([1, 0, 0])])[0].error
    assert error is not None
    assert (str(error), error.code) == ("the model failed on this input", StandInError.INTERNAL)


def test_text_arrives_as_bytes_and_is_understood(code: Any, tmp_path: Path) -> None:
    model = loaded(code, write_echo(tmp_path / "m.onnx"), ["label"])
    texts = [np.array([[b"na\xc3\xafve"]], object), np.array([[b"\xff"]], object)]
    responses = model.execute([{"text": text} for text in texts])
    assert [response.answers()["label"] for response in responses] == [[["naïve"]], [["\ufffd"]]]


def test_a_model_without_its_file_does_not_load(code: Any, tmp_path: Path) -> None:
    path = write_classifier(tmp_path / "m.onnx")
    model = loaded(code, path, ["label"])
    (tmp_path / "1" / "m.onnx").unlink()
    parameters = {"model_file": {"string_value": "m.onnx"}, "threads": {"string_value": "1"}}
    config = json.dumps({"parameters": parameters, "output": []})
    with pytest.raises(Exception, match=r"m\.onnx"):
        model.initialize({"model_config": config, "model_repository": str(tmp_path), "model_version": "1"})
