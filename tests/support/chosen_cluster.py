"""The cluster that a test may use: one that somebody names, or the one of `make cluster-up`."""

import os
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.layout import Layout, standard

VARIABLE = "SLIPWAY_TEST_KUBECONFIG"


def is_own_cluster() -> bool:
    """Whether the cluster to test on is the one that `make cluster-up` makes on this machine."""
    return not os.environ.get(VARIABLE)


def cluster_kubeconfig() -> Path:
    """Return the kubeconfig of the cluster to test on.

    Raises:
        ClusterError: There is none; the message says how to get one.
    """
    return kubeconfig_of(os.environ.get(VARIABLE, ""), standard())


def kubeconfig_of(named: str, layout: Layout) -> Path:
    """Return what is named, or what the cluster of this checkout has.

    Raises:
        ClusterError: There is neither, or what is named is no file.
    """
    if named and not Path(named).is_file():
        raise ClusterError(f'{VARIABLE} is "{named}", which is no file; name the kubeconfig of a cluster for tests.')
    found = Path(named) if named else layout.kubeconfig
    if not found.is_file():
        raise ClusterError(
            "There is no cluster to test on: `make cluster-up` makes one on this machine (root and Linux), "
            f"or set {VARIABLE} to the kubeconfig of a cluster that may be tested on."
        )
    return found
