"""What a test run ends with, besides its passes and failures."""

import pytest
from hypothesis import settings

from tests.support.proofs import PROPERTY, table

# A busy machine makes no property false.
settings.register_profile("slipway", deadline=None)
settings.load_profile("slipway")


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
