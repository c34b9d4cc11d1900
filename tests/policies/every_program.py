"""Everything that any of the shipped programs plans, on one machine, in both clouds and on a cluster."""

from functools import cache

from cloud_stacks import planned as planned_cloud
from cluster_stacks import planned, planned_on_eks, planned_with
from local_stacks import planned_local
from mechanics.facts import Stack

from tests.support.shipped_stacks import COOLING


@cache
def every_program() -> Stack:
    """Return the resources of all of them, as if they were one stack."""
    stacks = (
        planned_local(),
        *map(planned_cloud, ("dev", "prod-cloud", "foundation")),
        planned(),
        planned_with(COOLING),
        *map(planned_on_eks, ("dev", "prod-cloud")),
    )
    return Stack(tuple(each for stack in stacks for each in stack.resources))
