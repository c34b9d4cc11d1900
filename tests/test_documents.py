"""What the documents tell the reader to run or to open exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCUMENTS = sorted(path for pattern in ("*.md", "docs/**/*.md", "policies/*.md") for path in ROOT.glob(pattern))
FIRST_COMMAND_LINE = 15
# Made by setup or by a run, so a fresh clone lacks them.
GENERATED = (".slipway", ".venv", "releases", "bench/out", "policies/.venv")


def blocks(document: Path) -> list[str]:
    """The shell commands of a document: the contents of its ```sh blocks."""
    return re.findall(r"^```sh\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL)


def targets() -> set[str]:
    """The commands that the Makefile offers."""
    return set(re.findall(r"^([a-z0-9-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))


def mentioned_paths(document: Path) -> set[str]:
    """Paths of this repository that a document links to, or names in backticks."""
    text = document.read_text()
    linked = {target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target}
    folders = "|".join(re.escape(path.name) for path in ROOT.iterdir() if path.is_dir() and path.name != ".git")
    quoted = set(re.findall(rf"`((?:{folders})/[\w./-]*)`", text))
    return {path for path in linked | quoted if path and not path.startswith(GENERATED)}


def exists(document: Path, path: str) -> bool:
    """Whether a path is there, seen from the document or from the root."""
    return (document.parent / path).exists() or (ROOT / path).exists()


def test_the_readme_is_there() -> None:
    assert README.exists(), "README.md is missing; it is what a newcomer reads first"


def test_the_first_command_comes_early() -> None:
    lines = README.read_text().splitlines()
    first = lines.index("```sh") + 2
    assert first <= FIRST_COMMAND_LINE, f"the first command of README.md stands on line {first}; move it up"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_command_in_a_document_exists(document: Path) -> None:
    used = {
        target
        for block in blocks(document)
        for target in re.findall(r"^(?:\$ )?make ([a-z0-9-]+)", block, re.MULTILINE)
    }
    assert not used - targets(), f"{document.name} names make targets that the Makefile does not have"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_that_a_document_runs_exists(document: Path) -> None:
    modules = {name for block in blocks(document) for name in re.findall(r"python3? -m ([\w.]+)", block)}
    ours = {name for name in modules if (ROOT / name.split(".")[0]).is_dir()}
    missing = {
        name
        for name in ours
        if not (ROOT / f"{name.replace('.', '/')}.py").exists()
        and not (ROOT / name.replace(".", "/") / "__main__.py").exists()
    }
    assert not missing, f"{document.name} runs modules that do not exist"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_in_a_document_exists(document: Path) -> None:
    missing = {path for path in mentioned_paths(document) if not exists(document, path)}
    assert not missing, f"{document.name} names paths that do not exist"
