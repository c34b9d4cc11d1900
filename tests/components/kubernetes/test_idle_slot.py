import pytest

from components.kubernetes.idle_slot import cold_rollback, idle_problems, idle_scaling


def test_an_idle_slot_goes_after_its_hours_and_not_before() -> None:
    assert idle_scaling(24) == {"minReplicaCount": 0, "cooldownPeriod": 86400, "initialCooldownPeriod": 86400}
    assert idle_scaling(0.5)["cooldownPeriod"] == 1800


@pytest.mark.parametrize(
    ("hours", "autoscaler", "sentence"),
    [
        (24, "none", r"idle_warm_hours is 24, but platform.autoscaler is none, so nothing would take"),
        (0, "keda", r"idle_warm_hours is 0; give more than 0, or leave it out"),
        (-1, "keda", r"idle_warm_hours is -1; give more than 0"),
    ],
)
def test_a_time_that_nothing_keeps_is_refused(hours: float, autoscaler: str, sentence: str) -> None:
    (problem,) = idle_problems("models.digits", hours, autoscaler)
    assert sentence in problem


@pytest.mark.parametrize(("hours", "autoscaler"), [(24, "keda"), (None, "none"), (None, "keda")])
def test_a_time_that_is_kept_and_no_time_at_all_are_right(hours: float | None, autoscaler: str) -> None:
    assert list(idle_problems("models.digits", hours, autoscaler)) == []


def test_the_price_of_a_cold_slot_is_said() -> None:
    assert "up to 8 min" in cold_rollback("digits", 24, 480)
