"""What the end-to-end tests share."""

from collections.abc import Callable
from typing import Protocol

import pytest

from tests.support.load import Tally
from tests.support.proofs import PROPERTY, document


class Prove(Protocol):
    """Puts what came of a load into the table that ends the test run."""

    def __call__(self, scenario: str, tally: Tally, *, planned: bool = True, remark: str = "") -> None:
        """Note it; in a planned scenario every request must have been answered rightly."""


@pytest.fixture
def prove(record_property: Callable[[str, object], None]) -> Prove:
    def noted(scenario: str, tally: Tally, *, planned: bool = True, remark: str = "") -> None:
        record_property(PROPERTY, document(scenario, tally, planned=planned, remark=remark))
        print(f"{scenario}: {tally}")
        assert tally.counted == tally.total, "each request must be counted once"
        if planned:
            assert tally.failures == {}, f"{scenario} must cost no request, but: {tally}"

    return noted
