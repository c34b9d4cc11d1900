"""Make a release from a model file: `python -m serving.pack MODEL …`.

The signature is read from the model file, the quality is measured by running the golden set through it. The same
inputs make the same release, digest and all: there are no times in it.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from serving.arrays import Array
from serving.errors import ConfigurationError, ReleaseError
from serving.formats import OpenModel, format_named
from serving.labelled_rows import LabelledRows, expected_like, read_rows
from serving.manifest import GoldenSet, Manifest, ReleaseFile, Source, Task, problems
from serving.provenance import git_commit, sha256_of
from serving.quality import MEASURED_FOR, measure, predictions, scores
from serving.release import MANIFEST, Release, load, verify
from serving.roles import Roles, assign_roles, tensors_of
from serving.training_profile import build_profile
from serving.trial_run import check_rows_alone, run_rows

GOLDEN_FILE = "golden.npz"
PROFILE_FILE = "profile.json"
MIN_ROWS = 50
QUALITY_DECIMALS = 6


@dataclass(frozen=True, kw_only=True)
class Packing:
    """What goes into a release, and where it is to be.

    Attributes:
        model: the model file.
        format: one of `serving.formats.supported()`.
        name: the name it is served by.
        version: a word for people; the digest is what pins.
        golden: rows the model never trained on, .csv or .npz.
        profile_from: the training rows, .csv or .npz.
        out: the release directory to make.
        task: what the answers are; None: read from the outputs.
        prediction: the output with the answers; None: the only one that can be.
        scores: the output with scores per class; None: the only one that can be.
        data_set: where the rows come from, in words.
        expected: the CSV column of right answers.
        slice_column: the CSV column of slices.
        min_rows: fewer golden rows are refused.
        code: the file or folder whose git commit is recorded.
        frameworks: package name to version, besides those that the model file names.
    """

    model: Path
    format: str
    name: str
    version: str
    golden: Path
    profile_from: Path
    out: Path
    task: Task | None = None
    prediction: str | None = None
    scores: str | None = None
    data_set: str | None = None
    expected: str = "expected"
    slice_column: str | None = None
    min_rows: int = MIN_ROWS
    code: Path = Path()
    frameworks: Mapping[str, str] = field(default_factory=dict)


def pack(packing: Packing) -> Release:
    """Make a release, or find that exactly this one is there already.

    Raises:
        ConfigurationError: the model cannot be read; rows do not fit it; something else is at `out`.
    """
    try:
        return _make(packing)
    except ValidationError as error:
        raise ConfigurationError("\n".join(problems(error))) from None


def _make(packing: Packing) -> Release:
    opened = format_named(packing.format).open_model(packing.model)
    golden = _golden(packing, opened)
    outputs = run_rows(opened, golden.inputs, packing.golden)
    check_rows_alone(opened, golden.inputs, outputs)
    roles = assign_roles(tensors_of(outputs), packing.task, packing.prediction, packing.scores)
    expected = expected_like(predictions(roles, outputs), golden, packing.golden)
    packing.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=packing.out.parent, prefix=f".{packing.out.name}-") as scratch:
        directory = Path(scratch) / "release"
        directory.mkdir()
        model_file = _copy_model(packing, opened, directory)
        _write_golden(directory / GOLDEN_FILE, golden, expected, outputs[roles.prediction])
        _write_profile(directory / PROFILE_FILE, packing, opened, roles)
        manifest = Manifest(
            name=packing.name,
            version=packing.version,
            format=packing.format,
            task=roles.task,
            inputs=opened.inputs,
            outputs=tensors_of(outputs),
            prediction=roles.prediction,
            scores=roles.scores,
            model_file=model_file,
            files=_files(directory),
            golden=GoldenSet(path=GOLDEN_FILE, rows=golden.count),
            profile=PROFILE_FILE,
            quality=_quality(roles, outputs, expected),
            source=_source(packing, opened),
        )
        return _publish(directory, manifest, packing.out)


def _golden(packing: Packing, opened: OpenModel) -> LabelledRows:
    golden = read_rows(packing.golden, opened.inputs, packing.expected, packing.slice_column)
    if golden.count < packing.min_rows:
        raise ConfigurationError(
            f"{packing.golden}: has {golden.count} rows, allowed are {packing.min_rows} or more, as few rows prove "
            "little; add rows, or say --min-rows."
        )
    if packing.slice_column and golden.slices is None:
        raise ConfigurationError(
            f"{packing.golden}: has no column {packing.slice_column!r}; name the one with the slices, or leave --slice."
        )
    return golden


def _copy_model(packing: Packing, opened: OpenModel, directory: Path) -> str:
    model_file = f"model{packing.model.suffix}"
    shutil.copyfile(packing.model, directory / model_file)
    for path in opened.data_files:
        target = directory / path
        if target.exists() or not target.resolve().is_relative_to(directory.resolve()):
            raise ConfigurationError(
                f"{packing.model}: keeps weights in {path!r}, which cannot be a file of a release; export it with "
                "weights beside it, under another name."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(packing.model.parent / path, target)
    return model_file


def _write_golden(path: Path, golden: LabelledRows, expected: Array, answers: Array) -> None:
    arrays = {f"input:{name}": array for name, array in golden.inputs.items()}
    # Text comes as objects, which a plain .npz has no room for.
    arrays |= {"expected": expected, "answers": answers.astype(str) if answers.dtype == object else answers}
    if golden.slices is not None:
        arrays["slice"] = golden.slices
    np.savez(path, **arrays)


def _write_profile(path: Path, packing: Packing, opened: OpenModel, roles: Roles) -> None:
    training = read_rows(packing.profile_from, opened.inputs, packing.expected, packing.slice_column)
    predicted = predictions(roles, run_rows(opened, training.inputs, packing.profile_from))
    profile = build_profile(training, predicted, classes=roles.task == "classification")
    path.write_text(profile.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _quality(roles: Roles, outputs: Mapping[str, Array], expected: Array) -> dict[str, float]:
    predicted, scored = predictions(roles, outputs), scores(roles, outputs)
    quality = {}
    for metric in MEASURED_FOR[roles.task]:
        try:
            quality[metric] = round(measure(metric, expected, predicted, scored), QUALITY_DECIMALS)
        except ConfigurationError as error:
            print(f"left out: {error}", file=sys.stderr)
    return quality


def _source(packing: Packing, opened: OpenModel) -> Source:
    return Source(
        git_commit=git_commit(packing.code),
        data_set=packing.data_set,
        data_sha256=sha256_of(packing.profile_from),
        frameworks={**opened.frameworks, **packing.frameworks},
    )


def _files(directory: Path) -> tuple[ReleaseFile, ...]:
    return tuple(
        ReleaseFile(path=path.relative_to(directory).as_posix(), size_bytes=path.stat().st_size, sha256=sha256_of(path))
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    )


def _publish(directory: Path, manifest: Manifest, out: Path) -> Release:
    document = manifest.model_dump(mode="json", exclude_none=True)
    (directory / MANIFEST).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    made = load(directory)
    if not out.exists():
        directory.rename(out)
        return load(out)
    there = load(out)
    if there.digest != made.digest:
        raise ReleaseError(
            f"{out} is another release, {there.digest[:12]} and not {made.digest[:12]}; they differ in "
            f"{', '.join(_differences(there.manifest, made.manifest))}. A release is immutable: "
            "choose another --out, or remove it if nothing runs it."
        )
    verify(there)
    return there


def _differences(one: Manifest, other: Manifest) -> list[str]:
    here, there = one.model_dump(), other.model_dump()
    return [key for key in here if here[key] != there[key]]


if __name__ == "__main__":
    from serving.pack_command import main

    sys.exit(main())
