"""Another stack whose cluster this one stands on, and the way into a cluster of which it says nothing else."""

import json
from collections.abc import Mapping

import pulumi

from components.kubernetes.cluster_access import ClusterAccess
from serving.errors import ConfigurationError

KUBECONFIG = "kubeconfig"
"""The stack output that says how to enter the cluster."""


def other_stack(name: str) -> pulumi.StackReference:
    """Return the reference to another stack: of this project, unless its name says which."""
    whole = name if "/" in name else f"{pulumi.get_organization()}/{pulumi.get_project()}/{name}"
    return pulumi.StackReference(whole)


async def exported_access(reference: pulumi.StackReference, name: str) -> ClusterAccess:
    """Return how the cluster of a stack is entered that exports a kubeconfig.

    Args:
        reference: to the stack.
        name: of it.

    Raises:
        ConfigurationError: It exports none.
    """
    details = await reference.get_output_details(KUBECONFIG)
    found = details.secret_value or details.value
    if not found:
        raise ConfigurationError(
            f"platform.cluster.stack is {name}, which exports no kubeconfig; bring {name} up first, let it export one, "
            "or enter the cluster by a kubeconfig."
        )
    # Other programs export it as a mapping; JSON is YAML.
    content = json.dumps(found) if isinstance(found, Mapping) else str(found)
    kubeconfig: pulumi.Output[str] = pulumi.Output.secret(content)
    return ClusterAccess(kubeconfig=kubeconfig, context=None, entry=f"stack {name}")
