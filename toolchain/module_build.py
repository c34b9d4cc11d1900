"""The engine built from Go modules, for machines that reach a module proxy but no download site.

The module holds the engine only. Two helper programs come from the SDK's module; the Python language host is in
neither, so Slipway's stand-in takes its place.
"""

import shutil
from pathlib import Path

from toolchain.cache import filled
from toolchain.engine import DYNAMIC_PROVIDER, EXECUTOR, PINNED_VERSION
from toolchain.errors import UnavailableError
from toolchain.progress import CommandError, run, step

MODULE = Path(__file__).parent
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK = "github.com/pulumi/pulumi/sdk/v3"
HELPERS = {EXECUTOR: Path("python/cmd", EXECUTOR), DYNAMIC_PROVIDER: Path("python/dist", DYNAMIC_PROVIDER)}


def build(directory: Path) -> None:
    """Builds the engine into `directory`; the caller holds the cache's lock.

    Go keeps what it has downloaded and compiled, so a broken-off build goes on where it was.

    Raises:
        UnavailableError: Go is missing, or the modules cannot be had or built.
    """
    go = shutil.which("go")
    if not go:
        raise UnavailableError("`go` is not on PATH")
    # Only a release build knows its version; the engine compares it with what a project asks for.
    flags = f"-s -w -X {SDK}/go/common/version.Version=v{PINNED_VERSION}"
    try:
        with (
            step(f"Building Pulumi {PINNED_VERSION} from Go modules", "5 to 10 minutes on 2 cores"),
            filled(directory) as partial,
        ):
            run([go, "build", "-trimpath", "-ldflags", flags, "-o", partial / "pulumi", PACKAGE], cwd=MODULE)
            sdk = Path(run([go, "list", "-m", "-f", "{{.Dir}}", SDK], cwd=MODULE).strip())
            for name, path in HELPERS.items():
                _copy_program(sdk / path, partial / name)
    except CommandError as error:
        raise UnavailableError(str(error)) from error


def _copy_program(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o755)
