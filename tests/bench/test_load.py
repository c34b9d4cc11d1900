"""The load on one URL: how wrk is called, and what is read from its output; a stand-in says what it was given."""

import os
import shutil
from pathlib import Path

import pytest

from bench.load import Load, put_load, require_wrk
from serving.errors import ConfigurationError

STAND_IN = """#!/bin/sh
echo "$@" > {folder}/arguments
for last; do :; done
while [ "$1" != -- ]; do shift; done
cp "$2" {folder}/body
echo 'Running 2s test'
echo '{{"requests":200,"seconds":2.0,"p50_ms":1.5,"p99_ms":4.25,"errors":3}}'
"""


@pytest.fixture
def wrk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "wrk").write_text(STAND_IN.format(folder=tmp_path))
    (tmp_path / "wrk").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def arguments(wrk: Path) -> list[str]:
    return (wrk / "arguments").read_text().split()


@pytest.mark.usefixtures("wrk")
def test_what_wrk_saw_is_read_from_its_last_line() -> None:
    seen = put_load("http://127.0.0.1:1/x", b"{}", {}, connections=32, seconds=2)
    assert seen == Load(requests=200, seconds=2.0, p50_ms=1.5, p99_ms=4.25, errors=3)


def test_the_body_reaches_wrk_as_it_is(wrk: Path) -> None:
    body = b'{"inputs": [" $HOME \\n"]}'
    put_load("http://127.0.0.1:1/x", body, {}, connections=1, seconds=1)
    assert (wrk / "body").read_bytes() == body


def test_headers_come_last_as_pairs_with_the_content_type(wrk: Path) -> None:
    put_load("http://127.0.0.1:1/x", b"{}", {"x-api-key": "secret"}, connections=1, seconds=1)
    assert arguments(wrk)[-4:] == ["content-type", "application/json", "x-api-key", "secret"]


def test_connections_and_seconds_are_passed_on(wrk: Path) -> None:
    put_load("http://127.0.0.1:1/x", b"{}", {}, connections=7, seconds=3)
    assert "--connections 7 --duration 3s" in " ".join(arguments(wrk))


def test_a_missing_wrk_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(ConfigurationError, match="apt install wrk"):
        require_wrk()
