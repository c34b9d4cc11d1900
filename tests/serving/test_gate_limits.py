"""Limits that nothing could keep, or that measure nothing, are refused."""

import re
from typing import Any

import pytest

from serving.errors import ConfigurationError
from serving.gate_limits import GateLimits


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"min_quality": {"accurracy": 0.9}}, "min_quality names accurracy; allowed are accuracy, f1_macro, roc_auc"),
        ({"min_slice_quality": {"auc": 0.9}}, "min_slice_quality names auc; allowed are"),
        ({"max_disagreement": 1.5}, "max_disagreement is 1.5; allowed is a share from 0 to 1, or null."),
        ({"max_disagreement": float("nan")}, "max_disagreement is nan"),
        ({"max_mean_abs_difference": -1.0}, "max_mean_abs_difference is -1; it must be 0 or more, or null."),
        ({"load_concurrency": 0}, "load_concurrency is 0; it must be 1 or more."),
        ({"max_p99_ms": 0}, "max_p99_ms is 0; it must be above 0 and finite."),
        ({"load_seconds": float("inf")}, "load_seconds is inf"),
        ({"timeout_seconds": float("nan")}, "timeout_seconds is nan"),
        ({"timeout_seconds": 2}, "timeout_seconds is 2, but the load alone takes 2 (load_seconds); raise it."),
    ],
)
def test_an_impossible_limit_is_refused(limits: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^gate.{re.escape(message)}"):
        GateLimits(**limits)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"(?s)gate\.load_concurrency.*\ngate\.max_p99_ms"):
        GateLimits(load_concurrency=0, max_p99_ms=-1)


def test_limits_that_are_switched_off_are_fine() -> None:
    assert GateLimits(max_disagreement=None, max_mean_abs_difference=None).max_disagreement is None
