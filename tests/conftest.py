"""What a test run begins and ends with, besides its passes and failures."""

import os
from collections.abc import Sequence

import pytest
from hypothesis import settings

from tests.support.kubernetes_stand_in.official import which_provider
from tests.support.proofs import PROPERTY, table

# A busy machine makes no property false.
settings.register_profile("slipway", deadline=None)
settings.load_profile("slipway")


def pytest_report_collectionfinish(items: Sequence[pytest.Item]) -> str | None:
    """Say, before the tests on a cluster, which provider their results are about."""
    on_cluster = any(item.get_closest_marker("cluster") for item in items)
    return which_provider(os.environ) if on_cluster else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests with load proved, whichever processes they ran in."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call"
    ]
    found = [value for report in reports for name, value in report.user_properties if name == PROPERTY]
    if found:
        terminalreporter.section("requests through every switch, fault and bad release")
        terminalreporter.write_line("\n".join(table(found)))
