"""Model formats: how a model file is read while packing, and how Triton runs it.

A format is one module here, named in `_MODULES`, with `open_model` and `MODEL_CODE`. Modules are imported on use, so
that asking what is supported costs nothing.
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

    @property
    def MODEL_CODE(self) -> Path:  # noqa: N802 - a module's constant
        """The file that Triton's python backend runs as `model.py`."""

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
    if name not in _MODULES:
        raise ConfigurationError(
            f"format is {name!r}, but supported are: {', '.join(supported())}; convert the model to one of these."
        )
    return cast("Format", import_module(_MODULES[name]))
