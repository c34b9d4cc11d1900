import pytest
from planned_stack import good_stack, messages, spoil, without

ID = "budget-present"


def test_a_budget_with_somebody_to_tell_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


def test_a_cluster_without_a_budget_is_refused() -> None:
    (found,) = messages(ID, without("budget"))
    assert "a cluster is made, but no budget. Where: stack local." in found


def test_a_stack_without_a_cluster_needs_none() -> None:
    assert messages(ID, without("budget", "cluster", "cost", "anomalies"), "prod") == []


def test_only_production_needs_to_hear_of_unusual_costs() -> None:
    assert messages(ID, without("anomalies"), "dev") == []
    (found,) = messages(ID, without("anomalies"), "prod")
    assert "nobody is told of unusual costs" in found


@pytest.mark.parametrize("amount", ["2001", "0", "", "much", None])
def test_a_limit_that_is_none_or_too_high_is_refused(amount: str | None) -> None:
    (found,) = messages(ID, spoil("budget", "limitAmount", amount))
    assert "at most 2,000 are allowed" in found


def test_gpu_limits_far_above_the_plan_are_refused_until_accepted() -> None:
    dear = spoil("cost", "spec.ceiling_usd_per_month", 901)
    (found,) = messages(ID, dear)
    assert "GPU limits allow 901 USD a month, but 600 are planned. Where: Budget cost," in found
    assert messages(ID, spoil("cost", "spec.accept_ceiling", True, dear)) == []
    assert messages(ID, spoil("cost", "spec.ceiling_usd_per_month", 900)) == []


def test_a_notice_without_a_receiver_is_none() -> None:
    (found,) = messages(ID, spoil("budget", "notifications[1]", {"notificationType": "FORECASTED", "threshold": 100}))
    assert "nobody is told at 100 % of forecasted costs" in found
