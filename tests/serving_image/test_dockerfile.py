"""What the image files promise and a build is not needed for: pinned bases and packages, no root, contents listed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "serving_image"
IMAGES = {"rollout": "rollout", "triton-cpu": "triton_cpu", "triton-gpu": "triton_gpu"}
LINTER = Path(sys.executable).with_name("hadolint")
RECIPES = [FOLDER / "Dockerfile", *sorted((ROOT / "tests").rglob("Dockerfile"))]
PACKAGE = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def joined() -> str:
    """The Dockerfile without comments, each instruction on one line."""
    lines = (line for line in (FOLDER / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#"))
    return re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))


def stages() -> dict[str, list[str]]:
    """Name of a stage to its instructions, the FROM first."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"^(?=FROM )", joined(), flags=re.MULTILINE)[1:]:
        lines = [line for line in block.splitlines() if line.strip()]
        found[lines[0].rpartition(" AS ")[2]] = lines
    return found


def locked(name: str) -> dict[str, str]:
    """Package to version of a lock file."""
    return dict(PACKAGE.findall((FOLDER / f"{name}.txt").read_text()))


def findings(recipe: Path) -> str:
    return subprocess.run([LINTER, "--no-color", recipe], capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_linter_of_image_files_finds_nothing(recipe: Path) -> None:
    assert not findings(recipe)


def test_the_linter_of_image_files_finds_what_is_wrong(tmp_path: Path) -> None:
    recipe = tmp_path / "Dockerfile"
    recipe.write_text("FROM debian:latest\nRUN cd /srv && apt-get install python3\n")
    assert {"DL3007", "DL3003", "DL3008"} <= set(re.findall(r"DL\d+", findings(recipe)))


def test_every_base_is_a_default_that_is_pinned_by_digest() -> None:
    bases = dict(re.findall(r"^ARG (\w*BASE_IMAGE)=(\S+)$", joined(), re.MULTILINE))
    assert set(bases) == {"BASE_IMAGE", "ROLLOUT_BASE_IMAGE", "GPU_BASE_IMAGE"}
    assert all(re.fullmatch(r"[\w.-]+/\S+:\S+@sha256:[0-9a-f]{64}", base) for base in bases.values()), bases


def test_every_stage_begins_with_a_base_or_another_stage() -> None:
    known = {"${BASE_IMAGE}", "${ROLLOUT_BASE_IMAGE}", "${GPU_BASE_IMAGE}", *stages()}
    assert all(lines[0].split()[1] in known for lines in stages().values())


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_as_user_1000_and_says_what_it_is_and_holds(image: str) -> None:
    lines = stages()[image]
    users = [line for line in lines if line.startswith("USER ")]
    assert users == ["USER 1000:1000"], "a number, so that a cluster can see that it is not root"
    (label,) = (line for line in lines if line.startswith("LABEL "))
    assert re.findall(r"org\.opencontainers\.image\.(\w+)=", label) == ["title", "description", "licenses"]
    assert f"COPY --from=contents /contents/{IMAGES[image]}.cdx.json /usr/share/sbom/slipway.cdx.json" in lines


def test_rollout_is_made_without_a_shell_as_its_base_has_none() -> None:
    assert not [line for line in stages()["rollout"] if line.startswith("RUN ")]


def test_commands_of_the_images_are_lists() -> None:
    final = [line for image in IMAGES for line in stages()[image]]
    assert all(line.split(maxsplit=1)[1].startswith("[") for line in final if line.startswith(("CMD ", "ENTRYPOINT ")))


def test_pip_takes_only_what_a_lock_file_names_with_its_hash() -> None:
    script = (FOLDER / "packages.sh").read_text()
    (pip,) = re.findall(r"pip install .*", script)
    assert "--require-hashes" in pip
    assert "--no-deps" in pip
    assert "pip " not in joined()


@pytest.mark.parametrize("lock", sorted(path.name for path in FOLDER.glob("*.txt")))
def test_a_lock_file_names_versions_and_hashes_and_no_place(lock: str) -> None:
    text = (FOLDER / lock).read_text()
    assert len(re.findall(r"\\\n    --hash=sha256:", text)) >= len(PACKAGE.findall(text)) > 0
    assert "://" not in re.sub(r"#.*", "", text), "where packages come from is each machine's own matter"


@pytest.mark.parametrize("name", ["rollout", "triton_cpu", "triton_gpu", "sbom"])
def test_a_lock_file_has_what_was_asked_for(name: str) -> None:
    asked = re.findall(r"^([a-z][a-z0-9-]*)(?:==(\S+))?$", (FOLDER / f"{name}.in").read_text(), re.MULTILINE)
    versions = locked(name)
    assert asked
    assert all(package in versions and version in {"", versions[package]} for package, version in asked)


def test_images_and_the_machine_that_packs_releases_have_the_same_versions() -> None:
    here = dict(PACKAGE.findall((ROOT / "requirements.txt").read_text()))
    for name in IMAGES.values():
        differing = {
            package: version for package, version in locked(name).items() if here.get(package, version) != version
        }
        assert not differing, f"{name}.txt: run `make lock`"


def test_the_model_server_is_the_one_of_this_machine() -> None:
    entry = re.compile(r"^nvidia-pytriton==.*?(?=^\s*#|^\S)", re.MULTILINE | re.DOTALL)
    here = entry.search((ROOT / "requirements.txt").read_text())
    assert here
    hashes = re.findall(r"sha256:\w+", here[0])
    assert locked("triton_server") == {"nvidia-pytriton": here[0].split()[0].removeprefix("nvidia-pytriton==")}
    assert re.findall(r"sha256:\w+", (FOLDER / "triton_server.txt").read_text()) == hashes


def test_the_build_sees_nothing_of_a_checkout_but_what_it_copies() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert next(line for line in ignored if not line.startswith("#")) == "*"
    copied = set(re.findall(r"^COPY (?!--from)(?:--\S+ )?(\S+)", joined(), re.MULTILINE))
    assert copied == {"serving", "serving_image/packages.sh", "serving_image/*.txt", "serving_image/triton_gpu.txt"}
