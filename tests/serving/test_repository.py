"""A release becomes a Triton model repository, byte for byte what the manifest says."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st
from tritonclient.grpc import model_config_pb2

from serving.errors import ConfigurationError, ReleaseError
from serving.formats import model_code
from serving.manifest import Tensor
from serving.pack import pack
from serving.release import Release, load
from serving.repository import Runtime, model_files, triton_config, write_repository
from tests.support.onnx_models import write_external_classifier
from tests.support.releases import classifier_packing, manifest_document, pack_echo, pack_lookup, write_release

RUNTIME = Runtime()


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return pack(classifier_packing(tmp_path_factory.mktemp("release")))


def parsed(text: str) -> Any:
    """Read a model configuration as Triton does, by its protobuf schema."""
    return text_format.Parse(text, model_config_pb2.ModelConfig())


def test_the_layout_is_that_of_triton(release: Release, tmp_path: Path) -> None:
    write_repository(release, tmp_path, RUNTIME)
    paths = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    names = {"config.pbtxt", "1/model.py", "1/files/model.onnx", "warmup/0"}
    assert paths == {f"classifier/{name}" for name in names}, "no golden set, no profile, nothing half-written"


def test_the_model_code_and_the_model_file_are_copies(release: Release, tmp_path: Path) -> None:
    write_repository(release, tmp_path, RUNTIME)
    version = tmp_path / "classifier" / "1"
    assert (version / "model.py").read_bytes() == model_code("onnx").read_bytes()
    assert (version / "files" / "model.onnx").read_bytes() == (release.directory / "model.onnx").read_bytes()
    assert not (version / "files" / "model.onnx").is_symlink()


def test_a_model_is_computed_where_its_slot_asks_for_it(release: Release) -> None:
    config = parsed(triton_config(release, Runtime(device="gpu")))
    assert config.instance_group[0].kind == model_config_pb2.ModelInstanceGroup.KIND_GPU


def test_the_configuration_has_the_signature_of_the_manifest(release: Release) -> None:
    config = parsed(triton_config(release, RUNTIME))
    assert config.name == "classifier"
    assert config.backend == "python"
    assert [(node.name, node.data_type, list(node.dims)) for node in config.input] == [
        ("x", model_config_pb2.TYPE_FP32, [3])
    ]
    assert {node.name: (node.data_type, list(node.dims)) for node in config.output} == {
        "scores": (model_config_pb2.TYPE_FP32, [3]),
        "label": (model_config_pb2.TYPE_INT64, [1]),
    }


def test_the_configuration_has_what_the_runtime_says(release: Release) -> None:
    runtime = Runtime(threads=3, instances=2, max_batch=16, max_queue_delay_microseconds=500)
    config = parsed(triton_config(release, runtime))
    assert config.max_batch_size == 16
    assert config.instance_group[0].count == 2
    assert config.instance_group[0].kind == model_config_pb2.ModelInstanceGroup.KIND_CPU
    assert config.dynamic_batching.max_queue_delay_microseconds == 500
    assert config.parameters["threads"].string_value == "3"


def test_the_queue_of_the_model_server_has_no_limit_as_that_makes_it_sleep(release: Release) -> None:
    batching = parsed(triton_config(release, Runtime())).dynamic_batching
    assert not batching.HasField("default_queue_policy")


def test_a_running_model_can_say_which_release_it_is(release: Release) -> None:
    assert parsed(triton_config(release, RUNTIME)).parameters["release"].string_value == release.digest


def test_the_model_is_warmed_up_with_a_golden_row(release: Release, tmp_path: Path) -> None:
    write_repository(release, tmp_path, RUNTIME)
    warmup = parsed((tmp_path / "classifier" / "config.pbtxt").read_text()).model_warmup[0]
    assert warmup.inputs["x"].input_data_file == "0"
    stored = np.frombuffer((tmp_path / "classifier" / "warmup" / "0").read_bytes(), np.float32)
    assert stored.tolist() == [1, 0, 0]


def test_text_is_stored_for_the_warmup_with_its_length_before_it(tmp_path: Path) -> None:
    write_repository(pack_echo(tmp_path), tmp_path / "repository", RUNTIME)
    assert (tmp_path / "repository/echo/warmup/0").read_bytes() == b"\x06\x00\x00\x00na\xc3\xafve"


def test_one_value_per_row_has_a_size_of_one(tmp_path: Path) -> None:
    config = parsed(triton_config(pack_lookup(tmp_path), RUNTIME))
    assert list(config.input[0].dims) == list(config.output[0].dims) == [1]


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=20))
def test_any_name_that_a_manifest_allows_is_written_so_that_triton_reads_it(release: Release, name: str) -> None:
    tensor = Tensor(name=name, datatype="FP32", shape=(-1, 2))
    manifest = release.manifest.model_copy(update={"inputs": (tensor,), "outputs": (tensor,)})
    config = parsed(triton_config(replace(release, manifest=manifest), RUNTIME))
    assert config.input[0].name == config.output[0].name == name
    assert list(config.model_warmup[0].inputs) == [name]


def test_no_file_of_a_release_can_take_the_place_of_the_model_code(tmp_path: Path) -> None:
    folder = tmp_path / "packed"
    folder.mkdir()
    model = write_external_classifier(folder / "external.onnx", weights="model.py")
    write_repository(pack(replace(classifier_packing(folder), model=model)), tmp_path / "repository", RUNTIME)
    code = tmp_path / "repository/classifier/1/model.py"
    assert code.read_bytes() == model_code("onnx").read_bytes()
    assert (tmp_path / "repository/classifier/1/files/model.py").exists()


def test_a_repository_that_is_there_is_replaced_whole(release: Release, tmp_path: Path) -> None:
    write_repository(release, tmp_path, Runtime(threads=1))
    (tmp_path / "classifier" / "1" / "left_over").touch()
    write_repository(release, tmp_path, Runtime(threads=2))
    assert "left_over" not in {path.name for path in tmp_path.rglob("*")}
    assert parsed((tmp_path / "classifier" / "config.pbtxt").read_text()).parameters["threads"].string_value == "2"


def test_a_damaged_release_is_not_written_and_what_was_there_stays(tmp_path: Path) -> None:
    release = pack(classifier_packing(tmp_path))
    write_repository(release, tmp_path / "repository", RUNTIME)
    content = bytearray((release.directory / "model.onnx").read_bytes())
    content[-1] ^= 1
    (release.directory / "model.onnx").write_bytes(content)
    before = (tmp_path / "repository/classifier/1/files/model.onnx").read_bytes()
    with pytest.raises(ReleaseError, match=r"model\.onnx: has sha256"):
        write_repository(release, tmp_path / "repository", RUNTIME)
    assert (tmp_path / "repository/classifier/1/files/model.onnx").read_bytes() == before
    assert [path.name for path in (tmp_path / "repository").iterdir()] == ["classifier"]


def test_a_format_that_is_not_supported_is_refused(tmp_path: Path) -> None:
    release = load(write_release(tmp_path / "1", format="pmml"))
    with pytest.raises(ConfigurationError, match="format is 'pmml', but supported are: onnx"):
        write_repository(release, tmp_path / "repository", RUNTIME)
    assert not (tmp_path / "repository").exists()


def test_every_file_but_golden_set_and_profile_belongs_to_the_model(tmp_path: Path) -> None:
    directory = write_release(tmp_path / "1")
    document = manifest_document(directory)
    document["files"].append({"path": "weights/model.onnx.data", "size_bytes": 0, "sha256": "0" * 64})
    (directory / "release.json").write_text(json.dumps(document))
    assert model_files(load(directory).manifest) == ["model.onnx", "weights/model.onnx.data"]
