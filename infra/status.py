"""What runs now of a stack, wherever it runs: `python -m infra.status --stack local`.

A stack on one machine is looked at here, one on a cluster by the cluster's API. Nothing is changed.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from components.local import status as one_machine
from infra.stack_values import is_elsewhere
from serving.errors import ConfigurationError

if TYPE_CHECKING:
    from components.kubernetes.status import StackStatus


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 0 when every slot answers rightly, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m infra.status", description=__doc__)
    parser.add_argument("--stack", default="local", help="the stack's name (default: local)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    if not is_elsewhere(options.stack):
        return one_machine.main(["--stack", options.stack, *(["--json"] if options.json else [])])
    try:
        found = cluster_status(options.stack)
    except ConfigurationError as error:
        print(error)
        return 1
    print(json.dumps(asdict(found), indent=2) if options.json else found.text())
    return 0 if found.well else 1


def cluster_status(stack: str) -> "StackStatus":
    """Return what runs of a stack on a cluster.

    Raises:
        ConfigurationError: The cluster does not answer, is another one, or has no such stack.
    """
    # Only here: the client of clusters takes time that a stack on one machine does not need.
    from components.kubernetes.stack_view import look  # noqa: PLC0415
    from components.kubernetes.status import stack_status  # noqa: PLC0415
    from infra.cluster_stack import site  # noqa: PLC0415
    from infra.cluster_view import entered  # noqa: PLC0415
    from infra.stack_settings import cluster_settings_of  # noqa: PLC0415

    settings = cluster_settings_of(stack)
    place = site(stack, settings.platform, settings.gateway)
    return stack_status(look(entered(settings.platform, stack), place), sorted(settings.models))


if __name__ == "__main__":
    sys.exit(main())
