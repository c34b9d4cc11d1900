"""A stack whose making is interrupted: it goes on where it failed, or goes away without a trace."""

import random
import secrets
from collections.abc import Callable

import pytest

from tests.e2e_aws.account import dev_platform, nothing_left
from tests.e2e_aws.stacks import program
from tests.support.aws_stand_in.server import StandIn
from tests.support.aws_stand_in.translate import StandInError
from tests.support.engine import Engine

pytestmark = pytest.mark.e2e
Make = Callable[[str], Engine]
_INTERRUPTIONS = 10
_STEPS, _AT_ONCE = 6, "4"
"""At most so many creations of an `up` go well before one fails, and so many more end beside it: ten times that is less
than the stack."""
_HALF = 85


class _Interruptions:
    """Fails one creation of each `up`, a few steps after its start, and none of a resource twice.

    Args:
        chance: Says after how many.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._left: int | None = None
        self.victims: list[str] = []

    def arm(self) -> None:
        """Fail one creation of the next `up`."""
        self._left = self._chance.randint(1, _STEPS)

    def __call__(self, name: str) -> None:
        if self._left is None or name in self.victims:
            return
        self._left -= 1
        if not self._left:
            self._left = None
            self.victims.append(name)
            raise StandInError("interrupted by the test")


def test_ten_ups_that_each_fail_at_another_resource_are_followed_by_one_that_completes(
    engine: Make, stand_in: StandIn
) -> None:
    seed = secrets.randbelow(2**32)
    print(f"the places of the failures follow from random.Random({seed})")
    stack = engine(program("dev", dev_platform(stand_in)))
    stand_in.provider.before_create = interruptions = _Interruptions(random.Random(seed))  # noqa: S311
    for number in range(1, _INTERRUPTIONS + 1):
        before = len(stand_in.provider.life_cycle.alive)
        interruptions.arm()
        failed = stack.run("up", "--yes", "--skip-preview", "--parallel", _AT_ONCE, check=False)
        assert failed.returncode != 0
        assert failed.text.count("interrupted by the test") >= 1
        assert len(interruptions.victims) == number, "each up must fail at one resource, and at another than before"
        assert len(stand_in.provider.life_cycle.alive) >= before, "what was made must stay"
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

    stack = engine(program("dev", dev_platform(stand_in)))
    stand_in.provider.before_create = half_way
    assert stack.up(check=False).returncode != 0
    assert len(stack.resources()) >= _HALF, "half of the stack should be there"
    stack.destroy()
    nothing_left(stand_in)
