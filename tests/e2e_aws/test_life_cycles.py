"""The stacks of the project by the real engine: up, nothing to do, changed, taken down without a trace."""

import random
from collections.abc import Callable, Collection
from typing import Any

import pytest

from tests.e2e_aws.engine import Engine
from tests.e2e_aws.iam_lint import problems
from tests.e2e_aws.stacks import merged, program, settings, with_zone
from tests.support.aws_stand_in.leftovers import leftovers
from tests.support.aws_stand_in.server import StandIn
from tests.support.aws_stand_in.translate import StandInError

pytestmark = pytest.mark.e2e
Make = Callable[[str], Engine]
_INTERRUPTIONS = 10
_MOST_BETWEEN = 18
"""Creations between two failures, so that ten of them fall all over the stack's 173."""
_HALF = 85


def _dev(stand_in: StandIn, **changes: Any) -> dict[str, Any]:
    return with_zone(stand_in.aws, settings("dev", **changes))


def _types(changes: dict[str, str], operation: str) -> set[str]:
    return {name.split("::")[0] for name, done in changes.items() if done == operation}


def _nothing_left(stand_in: StandIn) -> None:
    assert leftovers(stand_in.aws) == [], "a destroyed stack must leave nothing that costs money"
    assert stand_in.provider.life_cycle.alive == {}


def _empty_buckets(stand_in: StandIn) -> None:
    """What an operator does by hand in production, where no bucket is deleted with its objects."""
    s3 = stand_in.aws.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        held = s3.list_object_versions(Bucket=bucket["Name"])
        for each in [*held.get("Versions", []), *held.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=bucket["Name"], Key=each["Key"], VersionId=each["VersionId"])


def test_dev_comes_up_once_and_goes_without_a_trace(engine: Make, stand_in: StandIn) -> None:
    stack = engine(program("dev", _dev(stand_in)))
    stack.up()
    assert stack.preview().changes() == {}, "a second up must change nothing"
    assert list(problems(stand_in.aws)) == []
    stack.destroy()
    _nothing_left(stand_in)


def test_foundation_comes_up_once_and_keeps_the_state_until_told_otherwise(engine: Make, stand_in: StandIn) -> None:
    stack = engine(program("foundation", settings("foundation")))
    stack.up()
    assert stack.preview().changes() == {}, "a second up must change nothing"
    assert list(problems(stand_in.aws)) == []
    before = len(stack.resources())
    refused = stack.run("destroy", "--yes", check=False)
    assert refused.returncode != 0
    assert "pulumi state unprotect" in refused.text
    assert len(stack.resources()) == before, "a refused destroy must delete nothing"
    stack.run("state", "unprotect", "--all", "--yes")
    stack.destroy()
    _nothing_left(stand_in)


def test_production_refuses_to_go_until_it_is_drained(engine: Make, stand_in: StandIn) -> None:
    production = with_zone(stand_in.aws, settings("prod-cloud"))
    stack = engine(program("prod-cloud", production))
    stack.up()
    assert stack.preview().changes() == {}, "a second up must change nothing"
    assert list(problems(stand_in.aws)) == []
    before = len(stack.resources())
    refused = stack.run("destroy", "--yes", check=False)
    assert refused.returncode != 0
    assert "because it is protected" in refused.text
    assert len(stack.resources()) == before, "a refused destroy must delete nothing"
    stack.write(program("prod-cloud", merged(production, {"lifecycle": "drain"})))
    stack.up()
    still = stack.run("destroy", "--yes", check=False)
    assert "pulumi state unprotect" in still.text, "data stays protected, and the engine says how to give it up"
    stack.run("state", "unprotect", "--all", "--yes")
    _empty_buckets(stand_in)
    stack.destroy()
    _nothing_left(stand_in)


def test_deletion_protection_holds_even_without_the_engine_s(engine: Make, stand_in: StandIn) -> None:
    guarded = _dev(stand_in, edge="none", alerts="none", cluster={"deletion_protection": True})
    stack = engine(program("dev", guarded))
    stack.up()
    refused = stack.destroy(check=False)
    assert refused.returncode != 0
    assert "deletion protection is enabled; turn it off in an update first" in refused.text


def test_one_more_zone_adds_and_only_the_balancer_learns_of_it(engine: Make, stand_in: StandIn) -> None:
    dev = _dev(stand_in)
    stack = engine(program("dev", dev))
    stack.up()
    stack.write(program("dev", merged(dev, {"network": {"zones": ["use1-az1", "use1-az2", "use1-az4"]}})))
    changes = stack.preview().changes()
    touched = {name: done for name, done in changes.items() if done != "create"}
    assert touched == {"aws:lb/loadBalancer:LoadBalancer::cloud-edge-balancer": "update"}


def test_a_gateway_per_zone_only_adds_and_edits_routes(engine: Make, stand_in: StandIn) -> None:
    dev = _dev(stand_in, edge="none", alerts="none")
    stack = engine(program("dev", dev))
    stack.up()
    stack.write(program("dev", merged(dev, {"network": {"nat": {"kind": "per_zone"}}})))
    changes = stack.preview().changes()
    assert set(changes.values()) == {"create", "update"}
    assert _types(changes, "update") == {"aws:ec2/route:Route"}


def test_a_new_kubernetes_version_touches_the_control_plane_in_place(engine: Make, stand_in: StandIn) -> None:
    dev = _dev(stand_in, edge="none", alerts="none")
    stack = engine(program("dev", dev))
    stack.up()
    stack.write(program("dev", merged(dev, {"cluster": {"kubernetes_version": "1.36"}})))
    changes = stack.preview().changes()
    assert set(changes.values()) == {"update"}, "a new version must replace nothing"
    assert _types(changes, "update") == {"aws:eks/cluster:Cluster", "aws:eks/addon:Addon"}
    stack.up()
    assert stack.preview().changes() == {}


class _Interruption:
    """Fails one creation of an up: the one after so many others.

    Args:
        after: How many creations go well before.
        spared: Names that had their turn.
    """

    def __init__(self, after: int, spared: Collection[str] = ()) -> None:
        self._left = after
        self._spared = spared
        self.victim = ""

    def __call__(self, name: str) -> None:
        self._left -= 1
        if self._left < 0 and not self.victim and name not in self._spared:
            self.victim = name
            raise StandInError("interrupted by the test")


def test_up_goes_on_where_it_failed_and_destroy_takes_what_there_is(engine: Make, stand_in: StandIn) -> None:
    stack = engine(program("dev", _dev(stand_in)))
    chance = random.Random(5)  # noqa: S311 - the same places each time
    victims: set[str] = set()
    for _ in range(_INTERRUPTIONS):
        stand_in.provider.before_create = interruption = _Interruption(chance.randrange(_MOST_BETWEEN), victims)
        failed = stack.up(check=False)
        assert failed.returncode != 0
        assert "interrupted by the test" in failed.text
        victims.add(interruption.victim)
    assert len(victims) == _INTERRUPTIONS
    stand_in.provider.before_create = lambda _: None
    stack.up()
    assert stack.preview().changes() == {}, "an up after ten failures must complete"
    stack.destroy()
    _nothing_left(stand_in)


def test_destroy_after_a_half_made_up_leaves_nothing(engine: Make, stand_in: StandIn) -> None:
    stack = engine(program("dev", _dev(stand_in)))
    stand_in.provider.before_create = _Interruption(_HALF)
    assert stack.up(check=False).returncode != 0
    assert stack.resources(), "half of the stack should be there"
    stack.destroy()
    _nothing_left(stand_in)
