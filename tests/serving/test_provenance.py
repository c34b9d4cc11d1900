"""A release knows the commit of the code that made it."""

import subprocess
from pathlib import Path

import pytest

from serving.provenance import git_commit, sha256_of


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    done = subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    for folder in ("digits", "tumours"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "train.py").write_text("1\n")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", f"Train {folder}")
    return tmp_path


def test_the_commit_is_the_last_one_that_changed_the_code(checkout: Path) -> None:
    assert git_commit(checkout / "tumours") == git(checkout, "rev-parse", "HEAD")
    assert git_commit(checkout / "digits") == git(checkout, "rev-parse", "HEAD~1")
    assert git_commit(checkout / "digits" / "train.py") == git(checkout, "rev-parse", "HEAD~1")


def test_code_that_was_changed_since_is_dirty(checkout: Path) -> None:
    (checkout / "digits" / "train.py").write_text("2\n")
    assert git_commit(checkout / "digits") == git(checkout, "rev-parse", "HEAD~1") + "-dirty"
    commit = git_commit(checkout / "tumours")
    assert commit is not None
    assert not commit.endswith("-dirty"), "only the code asked about counts"


def test_new_files_such_as_a_model_do_not_make_code_dirty(checkout: Path) -> None:
    (checkout / "digits" / "model.onnx").write_bytes(b"")
    assert git_commit(checkout / "digits") == git(checkout, "rev-parse", "HEAD~1")


def test_outside_a_checkout_there_is_no_commit(tmp_path: Path) -> None:
    assert git_commit(tmp_path) is None


def test_without_git_there_is_no_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    assert git_commit(checkout) is None


def test_a_file_is_hashed(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert sha256_of(tmp_path / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
