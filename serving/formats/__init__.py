"""Model formats: how a model file is read while packing, and how Triton runs it.

A format is one module here, named in `_MODULES`, with `open_model`, and beside it `<format>_model.py` for Triton.
Modules are imported on use: where a model is only served, what reads its file while packing need not be installed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from serving.arrays import Array
from serving.errors import ConfigurationError
from serving.manifest import Tensor

_MODULES: Mapping[str, str] = {"onnx": "serving.formats.onnx"}


@dataclass(frozen=True, kw_only=True)
class OpenModel:
    """A model file, read and ready to compute in this process.

    Attributes:
        inputs: the signature, from the model file itself.
        data_files: files the model needs beside it, as paths relative to its folder.
        frameworks: package name to version, of what wrote the file and what runs it.
        run: `{input name: [rows, …]}` to `{output name: [rows, …]}`.
    """

    inputs: tuple[Tensor, ...]
    data_files: tuple[str, ...]
    frameworks: Mapping[str, str]
    run: Callable[[Mapping[str, Array]], dict[str, Array]]


class Format(Protocol):
    """What a module of this package offers."""

    def open_model(self, path: Path) -> OpenModel:
        """Read a model file; ConfigurationError if it cannot be read, or has no signature that can be batched."""


def supported() -> tuple[str, ...]:
    """Name the formats that can be packed and served."""
    return tuple(_MODULES)


def format_named(name: str) -> Format:
    """Find a format.

    Raises:
        ConfigurationError: it is not supported; the message says which are.
    """
    return cast("Format", import_module(_module(name)))


def model_code(name: str) -> Path:
    """Find the file that Triton's python backend runs as `model.py`.

    Raises:
        ConfigurationError: as for `format_named`.
    """
    return Path(__file__).with_name(f"{_module(name).rpartition('.')[2]}_model.py")


def _module(name: str) -> str:
    if name not in _MODULES:
        raise ConfigurationError(
            f"format is {name!r}, but supported are: {', '.join(supported())}; convert the model to one of these."
        )
    return _MODULES[name]
