"""A model format for tests only: ONNX, served by a program that misbehaves as the model's metadata says.

What no computation expresses (a server that dies, hangs or grows) is done on purpose by the served program. The product
does not know this format: it is put into a copy of `serving` in the project folder of a test's stack.
"""

import json
import shutil

import onnx

from serving.release import MANIFEST, Release, load
from tests.support.bad_releases import UNUSUAL
from tests.support.project import CHECKOUT
from tests.support.stack import StackUnderTest

NAME = "misbehaving"
KEY = "misbehaviour"
# A model's server is killed when it has grown by so much; the kernel would do that at the end of this machine's memory.
GROWN_MIB = 160
GROWTH_KIB = 512

CRASHES_WHEN_LOADED = "crashes when loaded"
HANGS_WHEN_LOADED = "hangs when loaded"
CRASHES_AT_THE_FIRST_REQUEST = "crashes at the first request"
CRASHES_AT_AN_UNUSUAL_ROW = "crashes at an unusual row"
HANGS_AT_AN_UNUSUAL_ROW = "hangs at an unusual row"
GROWS = "grows until it is killed"

MODULE = "from serving.formats.onnx import open_model\n"

SERVED = f"""

class TritonPythonModel(TritonPythonModel):
    def initialize(self, args):
        super().initialize(args)
        self._how = self._session.get_modelmeta().custom_metadata_map.get("{KEY}")
        self._asked, self._kept = 0, []
        if self._how == "{CRASHES_WHEN_LOADED}":
            os.abort()
        if self._how == "{HANGS_WHEN_LOADED}":
            time.sleep(3600)

    def execute(self, requests):
        # The first one is the warm-up, by which Triton itself finds out whether the model works at all.
        self._asked += 1
        if self._how == "{CRASHES_AT_THE_FIRST_REQUEST}" and self._asked > 1:
            os.abort()
        if self._how == "{GROWS}":
            self._kept.append(b"x" * ({GROWTH_KIB} * 1024 * len(requests)))
            if sum(map(len, self._kept)) > {GROWN_MIB} * 1024 * 1024:
                os.kill(os.getpid(), signal.SIGKILL)
        if any((self._array(request, "x")[:, 0] > {UNUSUAL}).any() for request in requests):
            if self._how == "{CRASHES_AT_AN_UNUSUAL_ROW}":
                os.abort()
            if self._how == "{HANGS_AT_AN_UNUSUAL_ROW}":
                time.sleep(3600)
        return super().execute(requests)
"""


def install(stack: StackUnderTest) -> None:
    """Let a stack's program know the format, by a copy of `serving` in its project folder."""
    folder = stack.folder / "serving"
    folder.unlink()
    shutil.copytree(CHECKOUT / "serving", folder, ignore=shutil.ignore_patterns("__pycache__"))
    formats = folder / "formats"
    good = (formats / "onnx_model.py").read_text()
    # Its first statement must stay the first.
    imports = "import os\nimport signal\nimport time\n"
    (formats / f"{NAME}_model.py").write_text(good.replace("import json\n", f"{imports}import json\n", 1) + SERVED)
    (formats / f"{NAME}.py").write_text(MODULE)
    with (formats / "__init__.py").open("a") as known:
        known.write(f'\n_MODULES = {{**_MODULES, "{NAME}": "serving.formats.{NAME}"}}\n')


def misbehaving(release: Release) -> Release:
    """Let a release be served by the misbehaving program."""
    path = release.directory / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": NAME}))
    return load(release.directory)


def marked(model: onnx.ModelProto, how: str) -> onnx.ModelProto:
    """Write into a model how it is to misbehave."""
    entry = model.metadata_props.add()
    entry.key, entry.value = KEY, how
    return model
