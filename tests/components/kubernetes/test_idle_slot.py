import pytest

from components.kubernetes.idle_slot import cold_rollback, idle_problems, idle_scaling


def test_an_idle_slot_goes_after_its_hours_and_not_before() -> None:
    assert idle_scaling(24) == {"minReplicaCount": 0, "cooldownPeriod": 86400, "initialCooldownPeriod": 86400}
    assert idle_scaling(0.5)["cooldownPeriod"] == 1800


@pytest.mark.parametrize(
    ("hours", "autoscaled", "sentence"),
    [
        (24, False, r"idle_warm_hours is 24, but platform.autoscaler is none, so nothing would take"),
        (0, True, r"idle_warm_hours is 0; give more than 0, or leave it out"),
        (-1, True, r"idle_warm_hours is -1; give more than 0"),
    ],
)
def test_a_time_that_nothing_keeps_is_refused(hours: float, autoscaled: bool, sentence: str) -> None:
    (problem,) = idle_problems("models.digits", hours, autoscaled=autoscaled)
    assert sentence in problem


@pytest.mark.parametrize(("hours", "autoscaled"), [(24, True), (None, False), (None, True)])
def test_a_time_that_is_kept_and_no_time_at_all_are_right(hours: float | None, autoscaled: bool) -> None:
    assert list(idle_problems("models.digits", hours, autoscaled=autoscaled)) == []


def test_the_price_of_a_cold_slot_is_said() -> None:
    assert "up to 8 min" in cold_rollback("digits", 24, 480)
