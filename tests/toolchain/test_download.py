import hashlib
import socket
from pathlib import Path

import pytest

from tests.toolchain.release_server import Release, archive_of
from toolchain import download
from toolchain.download import ARCHIVE, CHECKSUMS
from toolchain.errors import UnavailableError

PROGRAMS = {"pulumi/pulumi": "engine" * 1000, "pulumi/pulumi-language-python": "host"}


def publish(release: Release, archive: bytes, checksum: str = "") -> None:
    """Puts an archive and its checksums on a server, the right checksum unless another is given."""
    checksum = checksum or hashlib.sha256(archive).hexdigest()
    release.files = {ARCHIVE: archive, CHECKSUMS: f"{'0' * 64}  pulumi-v9.tar.gz\n{checksum}  {ARCHIVE}\n".encode()}


def ranges(release: Release) -> list[str | None]:
    """The ranges in which the archive was asked for, in order."""
    return [wanted for name, wanted in release.requests if name == ARCHIVE]


def test_a_verified_release_is_unpacked_into_one_folder(release: Release, tmp_path: Path) -> None:
    publish(release, archive_of(PROGRAMS))
    download.official(tmp_path / "engine", [release.url])
    names = {path.name for path in (tmp_path / "engine").iterdir()}
    assert names == {"pulumi", "pulumi-language-python"}
    assert (tmp_path / "engine" / "pulumi").read_text() == PROGRAMS["pulumi/pulumi"]


def test_unpacked_programs_can_be_run(release: Release, tmp_path: Path) -> None:
    publish(release, archive_of(PROGRAMS))
    download.official(tmp_path / "engine", [release.url])
    assert (tmp_path / "engine" / "pulumi").stat().st_mode & 0o111 == 0o111


def test_nothing_but_the_engine_is_left_after_a_download(release: Release, tmp_path: Path) -> None:
    publish(release, archive_of(PROGRAMS))
    download.official(tmp_path / "engine", [release.url])
    assert [path.name for path in tmp_path.iterdir()] == ["engine"], "the archive would fill the cache"


def test_a_download_says_what_it_does_and_how_long_it_takes(
    release: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(release, archive_of(PROGRAMS))
    download.official(tmp_path / "engine", [release.url])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Downloading {release.url}/{ARCHIVE}: about 1 minute ..."
    assert lines[1].startswith("  done in ")


def test_a_wrong_checksum_is_refused_and_the_archive_thrown_away(release: Release, tmp_path: Path) -> None:
    publish(release, archive_of(PROGRAMS), checksum="f" * 64)
    with pytest.raises(UnavailableError, match=rf"sha256 [0-9a-f]{{64}}, but {CHECKSUMS} says f{{64}}; it was thrown"):
        download.official(tmp_path / "engine", [release.url])
    assert not list(tmp_path.iterdir()), "a spoiled archive must not be continued by the next run"


def test_checksums_that_do_not_name_the_archive_are_refused(release: Release, tmp_path: Path) -> None:
    release.files = {CHECKSUMS: b"ab  another.tar.gz\n", ARCHIVE: archive_of(PROGRAMS)}
    with pytest.raises(UnavailableError, match=f"{CHECKSUMS} does not list {ARCHIVE}"):
        download.official(tmp_path / "engine", [release.url])


def test_a_broken_off_download_is_continued_by_the_next_run(release: Release, tmp_path: Path) -> None:
    archive = archive_of(PROGRAMS)
    publish(release, archive)
    release.break_off_after = 100
    with pytest.raises(UnavailableError, match=f"broke off after 100 of {len(archive)} bytes"):
        download.official(tmp_path / "engine", [release.url])
    release.break_off_after = None
    download.official(tmp_path / "engine", [release.url])
    assert ranges(release) == ["bytes=0-", "bytes=100-"]
    assert (tmp_path / "engine" / "pulumi").exists()


def test_a_server_without_ranges_sends_everything_again(release: Release, tmp_path: Path) -> None:
    publish(release, archive_of(PROGRAMS))
    release.knows_ranges = False
    (tmp_path / f"{ARCHIVE}.part").write_bytes(b"the beginning of an earlier try")
    download.official(tmp_path / "engine", [release.url])
    assert (tmp_path / "engine" / "pulumi").exists()


def test_an_archive_that_is_complete_already_is_only_verified(release: Release, tmp_path: Path) -> None:
    archive = archive_of(PROGRAMS)
    publish(release, archive)
    (tmp_path / f"{ARCHIVE}.part").write_bytes(archive)
    download.official(tmp_path / "engine", [release.url])
    assert ranges(release) == [f"bytes={len(archive)}-"]
    assert (tmp_path / "engine" / "pulumi").exists()


def test_the_second_host_is_asked_when_the_first_has_nothing(release: Release, tmp_path: Path) -> None:
    publish(release, archive_of(PROGRAMS))
    download.official(tmp_path / "engine", [f"{release.url}/nothing-here", release.url])
    assert (tmp_path / "engine" / "pulumi").exists()


def test_every_host_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(
            UnavailableError, match=rf"{url}/a/{CHECKSUMS}: \[.*refused; {url}/b/{CHECKSUMS}: \[.*refused$"
        ):
            download.official(tmp_path / "engine", [f"{url}/a", f"{url}/b"])


def test_a_host_that_never_answers_costs_seconds_not_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "REACH_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(UnavailableError, match=r"no answer within 0 s|timed out"):
            download.official(tmp_path / "engine", [url])


def test_an_archive_without_the_language_host_leaves_no_engine_behind(release: Release, tmp_path: Path) -> None:
    publish(release, archive_of({"pulumi/pulumi": "engine"}))
    with pytest.raises(UnavailableError, match=f"{ARCHIVE} holds no pulumi-language-python"):
        download.official(tmp_path / "engine", [release.url])
    assert not (tmp_path / "engine").exists()


def test_names_in_the_archive_cannot_leave_the_folder(release: Release, tmp_path: Path) -> None:
    publish(release, archive_of({**PROGRAMS, "../../pulumi-escaped": "x"}))
    download.official(tmp_path / "cache" / "engine", [release.url])
    assert not list(tmp_path.glob("pulumi-escaped"))
