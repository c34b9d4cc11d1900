"""A release as a Triton model repository: `<directory>/<model>/config.pbtxt`, `1/model.py` and `1/files/…`.

Source: https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/model_configuration.html
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from serving.arrays import Array
from serving.datatypes import triton_type
from serving.formats import model_code
from serving.release import Manifest, Release, Tensor, copy_file, golden

VERSION_DIRECTORY = "1"
# Apart from model.py: Triton puts the folder of model.py on Python's path, where a file of a release could become code.
FILES_DIRECTORY = "files"
WARMUP_DIRECTORY = "warmup"


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """How one model is run; the defaults suit small models on few cores.

    Attributes:
        threads: of one inference; large models gain from as many as there are cores, small ones lose.
        instances: copies of the model in processes of their own.
        max_batch: rows that one inference may have, and that requests are gathered up to.
        max_queue_delay_microseconds: how long a request may wait for others to share a batch with.
        device: what computes it; an instance that finds no GPU does not start.
    """

    threads: int = 1
    instances: int = 1
    max_batch: int = 64
    max_queue_delay_microseconds: int = 0
    device: Literal["cpu", "gpu"] = "cpu"


def write_repository(release: Release, directory: Path, runtime: Runtime) -> None:
    """Write a release as a model repository; a repository of that model that is there already is replaced.

    Every byte is checked against the manifest on its way, and the model appears in one rename.

    Args:
        release: what to serve.
        directory: the model repository; created when missing.
        runtime: how to run it.

    Raises:
        ConfigurationError: unsupported format, or a file of the release differs from its manifest.
    """
    manifest = release.manifest
    code = model_code(manifest.format)
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory, prefix=".writing-") as scratch:
        model = Path(scratch) / manifest.name
        version = model / VERSION_DIRECTORY
        version.mkdir(parents=True)
        shutil.copyfile(code, version / "model.py")
        for path in model_files(manifest):
            target = version / FILES_DIRECTORY / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as copy:
                copy_file(release, path, copy)
        _write_warmup(model / WARMUP_DIRECTORY, golden(release).inputs, manifest.inputs)
        (model / "config.pbtxt").write_text(triton_config(release, runtime), encoding="utf-8")
        shutil.rmtree(directory / manifest.name, ignore_errors=True)
        model.rename(directory / manifest.name)


def model_files(manifest: Manifest) -> list[str]:
    """Name the files that the model itself needs: all but the golden set and the training profile."""
    return [file.path for file in manifest.files if file.path not in {manifest.golden.path, manifest.profile}]


def triton_config(release: Release, runtime: Runtime) -> str:
    """Write the model configuration, `config.pbtxt`; its parameter `release` is the digest of what runs."""
    manifest = release.manifest
    model_file = f"{FILES_DIRECTORY}/{manifest.model_file}"
    parameters = {"model_file": model_file, "threads": str(runtime.threads), "release": release.digest}
    return "\n".join(
        [
            f"name: {json.dumps(manifest.name)}",
            'backend: "python"',
            f"max_batch_size: {runtime.max_batch}",
            *(_tensor("input", tensor) for tensor in manifest.inputs),
            *(_tensor("output", tensor) for tensor in manifest.outputs),
            f"instance_group [ {{ kind: KIND_{runtime.device.upper()} count: {runtime.instances} }} ]",
            # No queue policy: with a size or time limit Triton 2.51 sleeps for up to 0.5 s between batches (measured:
            # 9 requests a second from one caller instead of 1,400). The gateway limits what may wait.
            f"dynamic_batching {{ max_queue_delay_microseconds: {runtime.max_queue_delay_microseconds} }}",
            _warmup(manifest.inputs),
            *(
                f"parameters {{ key: {json.dumps(key)} value {{ string_value: {json.dumps(value)} }} }}"
                for key, value in parameters.items()
            ),
            "",
        ]
    )


def _tensor(role: str, tensor: Tensor) -> str:
    datatype = triton_type(tensor.datatype)
    return f"{role} [ {{ name: {json.dumps(tensor.name)} data_type: {datatype} dims: {_sizes(tensor)} }} ]"


def _sizes(tensor: Tensor) -> list[int]:
    return list(tensor.shape[1:]) or [1]


def _warmup(inputs: tuple[Tensor, ...]) -> str:
    entries = (
        f"  inputs {{ key: {json.dumps(tensor.name)} value {{ data_type: {triton_type(tensor.datatype)} "
        f"dims: {_sizes(tensor)} input_data_file: {json.dumps(str(index))} }} }}"
        for index, tensor in enumerate(inputs)
    )
    return "\n".join(['model_warmup [ { name: "a golden row" batch_size: 1', *entries, "} ]"])


def _write_warmup(directory: Path, rows: Mapping[str, Array], inputs: tuple[Tensor, ...]) -> None:
    """Store one golden row the way Triton reads it: zeros could be an input that the model refuses."""
    directory.mkdir()
    for index, tensor in enumerate(inputs):
        (directory / str(index)).write_bytes(_raw(rows[tensor.name][:1], tensor))


def _raw(row: Array, tensor: Tensor) -> bytes:
    if tensor.datatype != "BYTES":
        return row.tobytes()
    values = [str(value).encode() for value in row.ravel()]
    return b"".join(len(value).to_bytes(4, "little") + value for value in values)
