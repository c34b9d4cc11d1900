from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mechanics.autoscaling import Replicas
from mechanics.facts import Stack
from mechanics.pods import Selection, containers, gpus, in_containers, in_pods, is_drained, selects, template, wants_gpu
from planned_stack import find, good_stack, resource, spoil

GPU = {"limits": {"nvidia.com/gpu": 2}}


def _pod(**spec: Any) -> Any:
    return template(resource("kubernetes:core/v1:Pod", "pod", {"spec": spec}))


@pytest.mark.parametrize(
    ("token", "path"),
    [
        ("core/v1:Pod", ""),
        ("core/v1:PodTemplate", "template"),
        ("batch/v1:CronJob", "spec.jobTemplate.spec.template"),
        ("keda.sh/v1alpha1:ScaledJob", "spec.jobTargetRef.template"),
        ("apps/v1:DeploymentPatch", "spec.template"),
    ],
)
def test_the_template_of_every_kind_is_found(token: str, path: str) -> None:
    assert template(resource(f"kubernetes:{token}", "pods", {})).prefix == path
    assert ".".join(filter(None, (path, "spec.containers.image"))) in in_containers("image")


def test_paths_of_pods_are_named_once() -> None:
    found = in_pods("spec.tolerations")
    assert len(found) == len(set(found)) == 5


def test_a_pod_takes_what_its_containers_take_or_what_one_takes_before_them() -> None:
    assert gpus(_pod(containers=[{"resources": GPU}, {"resources": GPU}])) == 4
    assert gpus(_pod(initContainers=[{"resources": GPU}], containers=[{}])) == 2
    assert (
        gpus(_pod(initContainers=[{"resources": GPU, "restartPolicy": "Always"}], containers=[{"resources": GPU}])) == 4
    )
    assert gpus(_pod(containers=[{"resources": {"limits": {"nvidia.com/gpu": "many"}}}])) == 0


def test_a_claim_is_a_wish_for_a_device() -> None:
    assert wants_gpu(_pod(resourceClaims=[{"name": "gpu"}]))
    assert wants_gpu(_pod(containers=[{"resources": {"requests": {"nvidia.com/mig-1g.5gb": 1}}}]))
    assert not wants_gpu(_pod(containers=[{"resources": {"limits": {"memory": "1Gi"}}}]))


def test_what_is_no_container_is_skipped() -> None:
    assert containers(_pod(containers=["text", None, {"name": "real"}], initContainers="text"))[0].get("name") == "real"


def test_an_empty_selector_selects_nothing() -> None:
    assert not selects({}, {"a": "b"})
    assert selects({"a": "b"}, {"a": "b", "c": "d"})


@given(
    selectors=st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), max_size=3), max_size=6),
    found=st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), max_size=3),
)
def test_what_selects_a_pod_is_found_whatever_it_is_found_by(
    selectors: list[dict[str, str]], found: dict[str, str]
) -> None:
    things = [resource("kubernetes:core/v1:Service", str(i), {"spec": each}) for i, each in enumerate(selectors)]
    pod = resource("kubernetes:core/v1:Pod", "pod", {"metadata": {"labels": found}})
    named = {each.name for each in Selection(things, "spec").of(pod)}
    assert named == {str(i) for i, each in enumerate(selectors) if selects(each, found)}


def test_replicas_come_from_the_autoscaler_where_there_is_one() -> None:
    stack = good_stack()
    deployment = find(stack, "tumours-blue")
    assert (Replicas(stack).fewest(deployment), Replicas(stack).most(deployment)) == (2, 3)
    assert Replicas(Stack((deployment,))).fewest(deployment) == 1
    scaled = resource(
        "kubernetes:keda.sh/v1alpha1:ScaledObject",
        "keda",
        {"metadata": deployment.props["metadata"], "spec": {"scaleTargetRef": {"name": "tumours-blue"}}},
    )
    bounds = Replicas(Stack((deployment, scaled)))
    assert (bounds.fewest(deployment), bounds.most(deployment)) == (0, 100), "KEDA's own defaults"


def test_a_model_whose_slots_have_no_pods_is_put_away() -> None:
    stack = good_stack()
    assert not is_drained(stack, find(stack, "cluster-model"))
    away = spoil("tumours-blue", "spec.replicas", 0, spoil("tumours-green", "spec.replicas", 0))
    assert is_drained(away, find(away, "cluster-model"))
    assert not is_drained(away, find(away, "digits"))
