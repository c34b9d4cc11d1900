import pytest
from cluster_mutants import BLUE, GREEN, POD
from planned_pods import DIGESTS
from planned_stack import MISSING, good_stack, messages, spoil, without

ID = "slots-wired"
MODEL = "cluster-model"


def test_slots_that_run_what_is_declared_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []


def test_the_services_of_both_slots_exist_whatever_runs() -> None:
    idle = spoil(MODEL, "spec.slots.green", None, without(GREEN))
    assert messages(ID, idle) == []
    (found,) = messages(ID, without(f"{GREEN}-service", stack=idle))
    assert "slot green has no Service, so a route to it would be an error. Where: model tumours" in found


def test_a_service_finds_the_pods_of_its_slot() -> None:
    blind = {"slipway.dev/model": "tumours", "slipway.dev/slot": "blue", "app": "triton"}
    (found,) = messages(ID, spoil(f"{BLUE}-service", "spec.selector", blind))
    assert "the Service does not find the pods of tumours/blue" in found


def test_a_slot_with_a_release_has_one_deployment() -> None:
    (found,) = messages(ID, without(GREEN))
    assert "0 Deployments run slot green" in found


def test_pods_follow_the_release_that_is_declared() -> None:
    stale = spoil(MODEL, "spec.slots.blue.release.sha256", "9" * 64)
    problems = messages(ID, stale)
    assert any("labelled with another release than the model declares" in each for each in problems)
    assert any("the pods would stay when the release changes" in each for each in problems)
    assert any(f'the release is fetched with the digest "{DIGESTS["blue"]}"' in each for each in problems)


@pytest.mark.parametrize("arguments", [MISSING, ["--uri", "s3://b/1"], ["--sha256", "latest"]])
def test_a_release_is_fetched_by_its_digest(arguments: object) -> None:
    (found,) = messages(ID, spoil(BLUE, f"{POD}.initContainers[0].args", arguments))
    assert f"Where: Deployment {BLUE}, {POD}.initContainers[0].args. Fix: pass the digest" in found


def test_something_fetches_the_release() -> None:
    assert "nothing fetches and verifies the release" in messages(ID, spoil(BLUE, f"{POD}.initContainers", []))[0]


def test_a_models_name_is_written_with_dashes_in_a_cluster() -> None:
    renamed = spoil(MODEL, "spec.model", "tumours_")
    assert any("slot blue has no Service" in each for each in messages(ID, renamed))


def test_models_of_one_machine_are_left_alone() -> None:
    assert messages(ID, spoil("digits", "spec.slots.blue.release.sha256", "9" * 64)) == []
