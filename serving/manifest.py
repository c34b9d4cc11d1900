"""The shape of `release.json`, the manifest of a release. Format only: reading and checking is `serving.release`.

Source: tensor datatypes and shapes are those of the KServe v2 protocol,
https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    StringConstraints,
    ValidationError,
    model_validator,
)

from serving.datatypes import Datatype

NAME_PATTERN = r"^[a-z][a-z0-9_-]{0,39}$"
VERSION_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

Task = Literal["classification", "regression"]


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if path != "/".join(parts) or path.startswith("/") or ".." in parts or not path.isprintable() or "\\" in path:
        raise ValueError(
            f"{path!r} is not a path inside the release: allowed are relative paths such as golden.npz, "
            "with no '..' and no leading '/'"
        )
    if path == "release.json":
        raise ValueError("release.json cannot list itself")
    return path


Inside = Annotated[str, Field(min_length=1), AfterValidator(_inside)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
TensorName = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{1,200}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Tensor(_Part):
    """One input or output of a model, rows first."""

    name: TensorName
    datatype: Datatype
    shape: Annotated[tuple[int, ...], Field(description="-1 first, for the rows of a request; then fixed sizes.")]

    @model_validator(mode="after")
    def _batched(self) -> Self:
        if not self.shape or self.shape[0] != -1 or any(size < 1 for size in self.shape[1:]):
            raise ValueError(f"shape {list(self.shape)} must begin with -1 (rows) and go on with fixed sizes above 0")
        return self


class ReleaseFile(_Part):
    """One file of a release, and what it must be."""

    path: Inside
    size_bytes: Annotated[int, Field(ge=0)]
    sha256: Sha256


class GoldenSet(_Part):
    """Where the rows are that the model never trained on, and how many."""

    path: Inside = "golden.npz"
    rows: PositiveInt


class Source(_Part):
    """Where a release comes from; None where the packer did not know."""

    git_commit: str | None = None
    data_set: str | None = None
    data_sha256: Sha256 | None = None
    frameworks: dict[str, str] = Field(default_factory=dict, description="Package name to version.")


class Manifest(_Part):
    """All of `release.json`. Its sha256 in canonical form is the release's digest."""

    schema_version: Literal[1] = 1
    name: Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
    version: Annotated[str, StringConstraints(pattern=VERSION_PATTERN)]
    format: Annotated[str, Field(description="How the model file is run; see serving.formats.")]
    task: Task
    inputs: Annotated[tuple[Tensor, ...], Field(min_length=1)]
    outputs: Annotated[tuple[Tensor, ...], Field(min_length=1)]
    prediction: Annotated[str, Field(description="The output with the label or value; or scores, one per class.")]
    scores: Annotated[str | None, Field(description="The output with one score per class, if there is one.")] = None
    model_file: Inside
    files: Annotated[tuple[ReleaseFile, ...], Field(min_length=1)]
    golden: GoldenSet
    profile: Annotated[Inside, Field(description="The training profile.")]
    quality: Annotated[dict[str, float], Field(description="Metric to value, measured on the golden set.")]
    source: Source

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        outputs = [tensor.name for tensor in self.outputs]
        files = [file.path for file in self.files]
        problems = [
            *_doubled("inputs", (tensor.name for tensor in self.inputs)),
            *_doubled("outputs", outputs),
            *_doubled("files", files),
            *_absent("prediction", self.prediction, "outputs", outputs),
            *_absent("scores", self.scores, "outputs", outputs),
            *_absent("model_file", self.model_file, "files", files),
            *_absent("golden.path", self.golden.path, "files", files),
            *_absent("profile", self.profile, "files", files),
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self


def problems(error: ValidationError) -> Iterator[str]:
    """Say what is wrong in a manifest: where, what rule, what was found."""
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"]) or "the manifest"
        found = f"; got {problem['input']!r:.80}" if isinstance(problem["input"], str | int | float) else ""
        yield f"{where}: {problem['msg'].removeprefix('Value error, ')}{found}"


def _doubled(where: str, names: Iterable[str]) -> list[str]:
    names = list(names)
    return [f"{where} names {name!r} more than once" for name in sorted(set(names)) if names.count(name) > 1]


def _absent(where: str, name: str | None, among: str, names: list[str]) -> list[str]:
    return [] if name is None or name in names else [f"{where} is {name!r}, but {among} are {', '.join(names)}"]
