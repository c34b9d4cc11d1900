import pytest
from cluster_mutants import BLUE
from planned_stack import MISSING, good_stack, messages, spoil, without

ID = "pdb-vs-replicas"
BUDGET, SCALER = f"{BLUE}-budget", f"{BLUE}-autoscaler"


def test_a_budget_of_one_pod_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize(("path", "value"), [("maxUnavailable", 0), ("minAvailable", 2), ("minAvailable", "100%")])
def test_a_budget_that_blocks_every_drain_is_refused(path: str, value: object) -> None:
    (found,) = messages(ID, spoil(BUDGET, f"spec.{path}", value))
    assert "with 2 pods of tumours/blue the budget allows no pod to go, so no node can be drained" in found
    assert f"Where: PodDisruptionBudget {BUDGET}, spec.{path}." in found


def test_a_budget_that_lets_every_pod_go_is_refused() -> None:
    assert "lets all of them go at once" in messages(ID, spoil(BUDGET, "spec.maxUnavailable", 2))[0]


def test_a_single_pod_needs_no_budget_and_may_have_one_that_lets_it_go() -> None:
    alone = spoil(SCALER, "spec.minReplicas", 1)
    assert messages(ID, alone) == []
    assert messages(ID, without(BUDGET, stack=alone)) == []
    assert "blocks" not in messages(ID, spoil(BUDGET, "spec.minAvailable", 1, alone))[0]


def test_a_slot_without_a_budget_is_refused() -> None:
    assert "tumours/blue has 0 disruption budgets" in messages(ID, without(BUDGET))[0]


def test_a_slot_that_never_has_pods_needs_none() -> None:
    off = spoil(BLUE, "spec.replicas", 0, without(SCALER))
    assert messages(ID, off) == []
    assert messages(ID, without(BUDGET, stack=off)) == []


def test_a_pod_that_never_became_ready_holds_up_no_drain() -> None:
    assert "keeps its node from being drained" in messages(
        ID, spoil(BUDGET, "spec.unhealthyPodEvictionPolicy", MISSING)
    )[0]  # fmt: skip


def test_budgets_of_other_namespaces_do_not_count() -> None:
    assert "has 0 disruption budgets" in messages(ID, spoil(BUDGET, "metadata.namespace", "other"))[0]
