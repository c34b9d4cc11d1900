"""The command line: `python -m tests.cluster up`, and `down`, `status` and `prepare`."""

import argparse
import sys

from tests.cluster import packages
from tests.cluster.binaries import HYPERKUBE, built
from tests.cluster.definitions import definitions
from tests.cluster.down import take_down
from tests.cluster.errors import NO_CLUSTER, ClusterError
from tests.cluster.kubectl import Kubectl
from tests.cluster.layout import standard
from tests.cluster.up import bring_up
from toolchain.cache import locked
from toolchain.progress import CommandError

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description="A single-node Kubernetes for tests.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (prepare, up, down, status):
        commands.add_parser(command.__name__, help=command.__doc__).set_defaults(command=command)
    arguments = parser.parse_args()
    try:
        with locked(standard().root.with_suffix(".lock")):
            arguments.command()
    except (ClusterError, CommandError, TimeoutError) as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("\nInterrupted; `make cluster-up` goes on from here, `make cluster-down` undoes it.", file=sys.stderr)
        return EXIT_INTERRUPTED
    return 0


def prepare() -> None:
    """build and install what an API server by itself needs"""
    packages.install(["etcd"])
    built(HYPERKUBE)
    definitions()


def up() -> None:
    """make the cluster and print its kubeconfig"""
    layout = standard()
    bring_up(layout)
    print(f"The cluster runs: export KUBECONFIG={layout.kubeconfig} PATH={layout.programs}:$PATH")


def down() -> None:
    """end it; nothing of it stays but what is cached"""
    take_down(standard())
    print("No cluster runs.")


def status() -> None:
    """show its node and its pods"""
    layout = standard()
    if not layout.kubeconfig.exists():
        raise ClusterError(NO_CLUSTER)
    kubectl = Kubectl(layout.programs / "kubectl", layout.kubeconfig)
    print(kubectl("get", "nodes,pods", "--all-namespaces", "--output=wide"))


if __name__ == "__main__":
    sys.exit(main())
