"""What the node is told: the settings of containerd, kubelet and the pods' network, and the command lines."""

import json
from pathlib import Path

from tests.cluster.keys import AUTHORITY
from tests.cluster.layout import (
    DNS_ADDRESS,
    DOMAIN,
    NODE,
    NODE_ADDRESS,
    POD_LINK,
    POD_RANGE,
    SERVICE_RANGE,
    Layout,
)
from tests.cluster.packages import program

NETWORK_PROGRAMS = "/usr/lib/cni"
"""Where Debian's package puts the programs that wire pods."""
MOST_PODS = 100


def containerd_settings(layout: Layout, pause_image: str) -> str:
    """The settings of containerd, with nothing in the folders of another one.

    Source: https://github.com/containerd/containerd/blob/release/1.6/docs/cri/config.md
    """
    return f"""
version = 2
root = "{layout.containerd}/root"
state = "{layout.containerd}/state"
[grpc]
  address = "{layout.containerd_socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{layout.containerd}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  # A process without CAP_SYS_RESOURCE may not make itself less likely to be ended than its parent.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  sandbox_image = "{pause_image}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{NETWORK_PROGRAMS}"
    conf_dir = "{layout.network}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
"""


def network_settings(layout: Layout) -> str:
    """How pods are wired: one bridge, addresses of one range, and rules that let their packets pass."""
    addresses = {
        "type": "host-local",
        "dataDir": f"{layout.network}/addresses",
        "ranges": [[{"subnet": POD_RANGE}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {"type": "bridge", "bridge": POD_LINK, "isGateway": True, "ipMasq": True, "hairpinMode": True}
    plugins = [
        {**bridge, "ipam": addresses},
        {"type": "portmap", "capabilities": {"portMappings": True}},
        # Without it, a machine that forwards nothing by default loses packets between pods as well.
        {"type": "firewall", "backend": "iptables"},
    ]
    return json.dumps({"cniVersion": "0.4.0", "name": "slipway", "plugins": plugins}, indent=2)


def kubelet_settings(layout: Layout) -> str:
    """The settings of the kubelet; JSON, which is YAML as well.

    Source: https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
    """
    keys = layout.keys
    settings = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": NODE_ADDRESS,
        "healthzPort": 0,
        "tlsCertFile": f"{keys}/kubelet.crt",
        "tlsPrivateKeyFile": f"{keys}/kubelet.key",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{keys}/{AUTHORITY}.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": f"unix://{layout.containerd_socket}",
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "enforceNodeAllocatable": [],
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        # The images come from this machine only: one that is thrown away cannot be fetched again.
        "imageGCHighThresholdPercent": 100,
        "maxPods": MOST_PODS,
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": DOMAIN,
        "resolvConf": "",
        "podLogsDir": f"{layout.logs}/pods",
        "volumePluginDir": f"{layout.kubelet}/plugins",
    }
    return json.dumps(settings, indent=2)


def containerd_command(layout: Layout) -> list[str]:
    """The container engine."""
    return [program("containerd"), f"--config={layout.root}/containerd.toml"]


def kubelet_command(binaries: Path, layout: Layout) -> list[str]:
    """The agent that runs pods."""
    return [
        f"{binaries}/kubelet",
        f"--config={layout.root}/kubelet.json",
        f"--kubeconfig={layout.keys}/kubelet.kubeconfig",
        f"--hostname-override={NODE}",
        f"--node-ip={NODE_ADDRESS}",
        f"--root-dir={layout.kubelet}",
        f"--cert-dir={layout.kubelet}/certificates",
    ]


def proxy_command(binaries: Path, layout: Layout) -> list[str]:
    """The rules that carry Services; the limits of connection tracking stay the machine's own."""
    return [
        f"{binaries}/kube-proxy",
        f"--kubeconfig={layout.keys}/kube-proxy.kubeconfig",
        f"--hostname-override={NODE}",
        f"--cluster-cidr={POD_RANGE}",
        "--proxy-mode=iptables",
        "--healthz-bind-address=127.0.0.1:10256",
        "--metrics-bind-address=127.0.0.1:10249",
        "--conntrack-max-per-core=0",
        "--conntrack-tcp-timeout-established=0s",
        "--conntrack-tcp-timeout-close-wait=0s",
    ]


def policy_agent_command(kube_router: Path, layout: Layout) -> list[str]:
    """The agent that enforces NetworkPolicies, and does nothing else of what it could."""
    return [
        f"{kube_router}/kube-router",
        f"--kubeconfig={layout.keys}/kube-router.kubeconfig",
        f"--hostname-override={NODE}",
        "--run-firewall=true",
        "--run-router=false",
        "--run-service-proxy=false",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--health-port=0",
    ]
