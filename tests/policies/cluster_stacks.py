"""The stack on a cluster as the program really plans it, recorded instead of run, as the pack is shown it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from cloud_stacks import as_shown
from mechanics.facts import Stack

from tests.support.cluster_examples import recorded
from tests.support.recording import Graph
from tests.support.shipped_stacks import on_a_cluster, on_eks


@cache
def planned(*, preview: bool = False) -> Stack:
    """Return what the shipped file of production plans; in a preview, with what only an update would tell unknown."""
    return planned_with({}, preview=preview)


def planned_with(changes: Mapping[str, Any], *, preview: bool = False) -> Stack:
    """Return what the shipped file of production plans with other values of its blocks."""
    return _stack(on_a_cluster(changes, preview=preview), "prod")


@cache
def planned_on_eks(stack: str = "dev", *, preview: bool = False) -> Stack:
    """Return what a cloud's own stack plans with models on its cluster: its shipped file, and one model with a GPU."""
    return _stack(on_eks(stack, preview=preview), stack)


def planned_small(**changes: Any) -> Stack:
    """Return what a stack of two small models plans, their releases in ConfigMaps."""
    return _stack(recorded(**changes), "cluster")


def _stack(graph: Graph, name: str) -> Stack:
    return Stack(tuple(as_shown(each, name) for each in graph))
