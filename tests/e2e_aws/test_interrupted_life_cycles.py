"""A stack whose making is interrupted: it goes on where it failed, or goes away without a trace."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e_aws.account import dev_platform, nothing_left
from tests.e2e_aws.stacks import program
from tests.support.aws_stand_in.server import StandIn
from tests.support.aws_stand_in.translate import StandInError
from tests.support.engine import Engine

pytestmark = pytest.mark.e2e
Make = Callable[[str], Engine]
_INTERRUPTIONS = 10
_ONE_IN = 12
"""How rarely a creation fails, so that ten failures fall all over the stack."""
_HALF = 60
_SMALLER: dict[str, Any] = {"edge": "none", "alerts": "none"}


class _Interruptions:
    """Fails creations here and there, each one only once.

    Args:
        chance: Says where, the same places each time.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.victims: set[str] = set()

    def __call__(self, name: str) -> None:
        if name not in self.victims and len(self.victims) < _INTERRUPTIONS and not self._chance.randrange(_ONE_IN):
            self.victims.add(name)
            raise StandInError("interrupted by the test")


def test_up_goes_on_where_it_failed_until_all_is_there(engine: Make, stand_in: StandIn) -> None:
    stack = engine(program("dev", dev_platform(stand_in, **_SMALLER)))
    stand_in.provider.before_create = interruptions = _Interruptions(random.Random(5))  # noqa: S311
    while len(interruptions.victims) < _INTERRUPTIONS:
        failed = stack.run("up", "--yes", "--skip-preview", "--continue-on-error", check=False)
        assert failed.returncode != 0
        assert "interrupted by the test" in failed.text
    stack.up()
    assert stack.preview().changes() == {}, "an up after ten failures must complete"
    stack.destroy()
    nothing_left(stand_in)


def test_destroy_after_a_half_made_up_leaves_nothing(engine: Make, stand_in: StandIn) -> None:
    made: list[str] = []

    def half_way(name: str) -> None:
        made.append(name)
        if len(made) > _HALF:
            raise StandInError("interrupted by the test")

    stack = engine(program("dev", dev_platform(stand_in, **_SMALLER)))
    stand_in.provider.before_create = half_way
    assert stack.up(check=False).returncode != 0
    assert stack.resources(), "half of the stack should be there"
    stack.destroy()
    nothing_left(stand_in)
