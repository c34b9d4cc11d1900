"""Every command of docs/operations.md and README's release commands, run in the order in which they stand there."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.waiting import free_port, free_range

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What a command must have said, by a part of the command.
SAID = {
    "make status": "tumours  blue   live",
    "make release": "live: green",
    "make preview": "digits-traffic",
    "make rollback": "live: blue",
    "make down": "deleted",
}
COMMAND_SECONDS = 240

pytestmark = [pytest.mark.e2e]


@pytest.fixture(scope="module")
def project() -> Iterator[Path]:
    """A checkout of its own, with the sample stack up on ports of its own."""
    folder = Path(tempfile.mkdtemp(prefix="slipway-"))
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in {line.split("/")[0] for line in names.splitlines()} - {"Pulumi.local.yaml", "toolchain"} | {".venv"}:
        (folder / name).symlink_to(ROOT / name)
    # The toolchain works for the checkout that it lies in.
    shutil.copytree(ROOT / "toolchain", folder / "toolchain")
    text = (ROOT / "Pulumi.local.yaml").read_text().split("encryptionsalt")[0]
    ports = f"kind: local\n    slot_ports: {{first: {free_range(60)}, count: 60}}"
    text = text.replace("kind: local", ports).replace("port: 8080", f"port: {free_port()}")
    (folder / "Pulumi.local.yaml").write_text(text)
    try:
        assert "Answer" in run(folder, "make up")
        yield folder
    finally:
        run(folder, "make down", must_end_well=False)
        shutil.rmtree(folder)


def run(folder: Path, script: str, *, must_end_well: bool = True) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "MAKE"))}
    done = subprocess.run(
        ["bash", "-ec", script],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    assert done.returncode == 0 or not must_end_well, f"{script}\nended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def test_every_command_of_the_operations_page_does_what_the_page_says(project: Path) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "operations.md").read_text())
    assert len(blocks) >= 7, "the page has lost its commands"
    for block in blocks:
        said = run(project, block, must_end_well="pulumi cancel" not in block)
        for part, words in SAID.items():
            assert part not in block or words in said, f"{block}\nsaid:\n{said}"
