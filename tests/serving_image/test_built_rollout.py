"""What the image of a rollout promises and only a build shows; built as on the test cluster, from Debian's packages."""

import json
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cluster import engine
from tests.cluster.engine import buildah
from tests.cluster.errors import ClusterError
from tests.cluster.kept import PLACE
from tests.support.cluster_images import built

pytestmark = pytest.mark.cluster

Run = Callable[..., str]
PROGRAMS = ("fetch", "gate", "golden_probe", "shift")
TOOLS = ("sh", "bash", "dash", "busybox", "apt-get", "dpkg", "pip", "perl")


@pytest.fixture(scope="module")
def image() -> str:
    return built("rollout")


@pytest.fixture(scope="module")
def run(image: str) -> Iterator[Run]:
    container = f"slipway-test-{secrets.token_hex(4)}"
    buildah("from", "--pull-never", "--name", container, image)
    yield lambda *command: buildah("run", "--isolation=chroot", container, "--", *command)
    buildah("rm", container)


@contextmanager
def builder_without_a_past(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Build from nothing: in a store of its own, which goes with everything in it."""
    with tempfile.TemporaryDirectory(dir=PLACE) as folder, monkeypatch.context() as patch:
        patch.setattr(engine, "PLACE", Path(folder))
        yield
        buildah("rmi", "--all", "--force")


def test_the_same_content_is_the_same_image(image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with builder_without_a_past(monkeypatch):
        again = built("rollout")
    assert again == image, "its name ends with the digest of its content"


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_of_a_rollout_runs_in_it(run: Run, program: str) -> None:
    assert f"serving.{program}" in run("python3", "-m", f"serving.{program}", "--help")


def test_it_holds_no_shell_and_no_package_manager(run: Run) -> None:
    look = "import json, shutil, sys; print(json.dumps([name for name in sys.argv[1:] if shutil.which(name)]))"
    assert json.loads(run("python3", "-c", look, "python3", *TOOLS)) == ["python3"]
    with pytest.raises(ClusterError):
        run("python3", "-m", "pip", "--version")


def test_it_runs_as_a_user_without_rights(run: Run) -> None:
    assert run("python3", "-c", "import os; print(os.getuid(), os.getgid())").split() == ["1000", "1000"]
