"""What must reach into a node to do its work, and so is let off some rules; there is no other list of them."""

from mechanics.facts import Resource
from mechanics.pods import object_name
from mechanics.tokens import DAEMON_SET

# Part of a name in the cluster → why. https://docs.nvidia.com/datacenter/cloud-native/
AGENTS = {
    "device-plugin": "registers the node's GPUs with the kubelet, through a socket in its folder",
    "dcgm-exporter": "reads the GPUs' counters, and from the kubelet which pod has which",
    "mps-control": "mounts the memory that pods share when they share a GPU by MPS",
}
PRIVILEGED = ("mps-control",)
NAMESPACES = {"slipway-accelerators": "agents mount folders of their node, which no stricter profile admits"}


def is_agent(workload: Resource) -> bool:
    """Tell whether a workload runs on every node to serve it."""
    return workload.is_a(DAEMON_SET) and any(agent in object_name(workload) for agent in AGENTS)


def may_be_privileged(workload: Resource) -> bool:
    """Tell whether a workload cannot work otherwise."""
    return is_agent(workload) and any(agent in object_name(workload) for agent in PRIVILEGED)
