"""The definitions of custom resources, out of the Go modules of the programs that would serve them.

Everything that Slipway puts on a cluster can then be tried against a real API server, whether or not its controller
runs there.
"""

import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.cluster.binaries import CACHE, MODULES, go
from tests.cluster.errors import ClusterError
from tests.cluster.kubectl import Kubectl
from tests.support.waiting import until
from toolchain.cache import filled, locked, user_cache
from toolchain.progress import CommandError, run, step

MODULE = MODULES / "definitions"
GATEWAY = "github.com/envoyproxy/gateway"
CHART = "charts/gateway-helm"
FOLDERS = {
    GATEWAY: CHART,
    "github.com/aws/karpenter-provider-aws": "pkg/apis/crds",
    "github.com/kedacore/keda/v2": "config/crd/bases",
    "github.com/prometheus-operator/prometheus-operator": "example/prometheus-operator-crd",
    "sigs.k8s.io/kwok": "kustomize",
}
CRDS = ("gateway/charts/crds/crds", "karpenter-provider-aws", "keda", "prometheus-operator", "kwok/crd/bases")
SERVED = (
    "{{range .items}}definition {{range .status.conditions}}"
    '{{if eq .type "Established"}}{{.status}} {{end}}{{end}}{{end}}'
)
SERVED_SECONDS = 120


def definitions() -> Path:
    """A folder with the definitions and charts, one folder a project.

    Raises:
        ClusterError: Go is missing, or the modules cannot be had.
    """
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(MODULE.iterdir())))
    digest.update(json.dumps(FOLDERS).encode())
    folder = user_cache() / CACHE / f"definitions-{digest.hexdigest()[:16]}"
    with locked(user_cache() / f"{CACHE}-definitions.lock"):
        if not folder.is_dir():
            with step("Getting the definitions of custom resources from Go modules", "1 minute"):
                _fetch(folder)
    return folder


def project(module: str) -> str:
    """The short name of a project; a major version at a module's end is no name."""
    words = module.split("/")
    return words[-2] if words[-1].startswith("v") and words[-1][1:].isdigit() else words[-1]


def apply_definitions(kubectl: Kubectl, folder: Path) -> None:
    """Give every definition to an API server, and wait until it serves them.

    Raises:
        ClusterError: It refuses one, or does not serve them in time.
    """

    def apply(crds: str) -> None:
        # The server checks them; kubectl would first fetch the schema of everything, and check them as well.
        kubectl("apply", "--server-side", "--validate=false", "--recursive", f"--filename={folder / crds}")

    def served() -> bool:
        words = kubectl("get", "crd", f"--output=go-template={SERVED}").split()
        return words.count("True") == words.count("definition")

    with ThreadPoolExecutor() as pool:
        list(pool.map(apply, CRDS))
    try:
        # Not `kubectl wait`, which asks for them one after the other.
        until(served, SERVED_SECONDS, "the definitions of custom resources")
    except TimeoutError as error:
        raise ClusterError(str(error)) from error


def _fetch(folder: Path) -> None:
    try:
        answer = run([go(), "mod", "download", "-json", *FOLDERS], cwd=MODULE)
    except CommandError as error:
        raise ClusterError(str(error)) from error
    # One JSON document follows the other.
    found = json.loads("[" + answer.replace("}\n{", "},{") + "]")
    modules = {module["Path"]: Path(module["Dir"]) for module in found}
    with filled(folder) as partial:
        for module, source in FOLDERS.items():
            shutil.copytree(modules[module] / source, partial / project(module), copy_function=shutil.copyfile)
            _make_writable(partial / project(module))


def _make_writable(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
