"""What runs on every cluster of the field and so on this one: names of Services, and Envoy Gateway's controller."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from string import Template

from tests.cluster.binaries import HELM, built
from tests.cluster.engine import imported
from tests.cluster.errors import ClusterError
from tests.cluster.kubectl import Kubectl
from tests.cluster.layout import DNS_ADDRESS, DOMAIN, Layout
from tests.cluster.node_images import NodeImages

MANIFESTS = Path(__file__).parent / "manifests"
GATEWAY_NAMESPACE = "envoy-gateway-system"
READY_SECONDS = 180


def coredns(image: str) -> str:
    """The objects of CoreDNS, as a text that kubectl reads."""
    text = (MANIFESTS / "coredns.yaml").read_text()
    return Template(text).substitute(image=image, domain=DOMAIN, address=DNS_ADDRESS)


def gateway_values(controller_image: str, envoy_image: str) -> dict[str, object]:
    """The values of Envoy Gateway's chart: local images, and less memory held back than a large cluster needs."""
    return {
        "global": {
            "images": {
                "envoyGateway": {"image": controller_image, "pullPolicy": "IfNotPresent"},
                "envoyProxy": {"image": envoy_image},
            }
        },
        "topologyInjector": {"enabled": False},
        "deployment": {"envoyGateway": {"resources": {"requests": {"cpu": "10m", "memory": "64Mi"}}}},
        "config": {
            "envoyGateway": {
                "extensionApis": {"enableBackend": True, "enableEnvoyPatchPolicy": True, "enableLua": True}
            }
        },
    }


def install_addons(layout: Layout, kubectl: Kubectl, chart: Path, images: NodeImages) -> None:
    """Give the images to the node and start what runs from them; return when all of it is ready.

    Raises:
        ClusterError: Something does not start.
    """
    kubectl("apply", "--server-side", "--filename=-", text=coredns(imported(layout, images.coredns)))
    values = gateway_values(imported(layout, images.envoy_gateway), imported(layout, images.envoy))
    _install_gateway(layout, chart, values)
    for namespace in ("kube-system", GATEWAY_NAMESPACE):
        wait = ("wait", "--for=condition=Available", "deployment", "--all", f"--timeout={READY_SECONDS}s")
        kubectl(*wait, f"--namespace={namespace}")


def _install_gateway(layout: Layout, chart: Path, values: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(chart, Path(folder, "chart"))
        # The module has the template that the project's own release fills in.
        template = Template((copy / "values.tmpl.yaml").read_text())
        image = {"GatewayImage": "", "GatewayImagePullPolicy": ""}
        (copy / "values.yaml").write_text(template.substitute(image))
        ours = Path(folder, "ours.json")
        ours.write_text(json.dumps(values))
        _helm(layout, "upgrade", "--install", "envoy-gateway", str(copy), f"--values={ours}")


def _helm(layout: Layout, *words: str) -> None:
    namespace = ["--namespace", GATEWAY_NAMESPACE, "--create-namespace", "--skip-crds"]
    # Its own folders are below the home folder, where somebody's real ones may be.
    environment = {**os.environ, "HELM_CACHE_HOME": f"{layout.root}/helm", "HELM_CONFIG_HOME": f"{layout.root}/helm"}
    command = [str(built(HELM) / "helm"), f"--kubeconfig={layout.kubeconfig}", *words, *namespace]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        raise ClusterError(f"helm {words[0]} failed: {result.stderr.strip()}")
