import pytest
from cluster_mutants import BLUE, POD, SERVER
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "image-digest-pinned"
PINNED = f"other.example.com/triton@sha256:{'a' * 64}"


def test_images_by_digest_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize("image", ["triton", "triton:26.10", "triton@sha256:abc", f"triton@sha256:{'G' * 64}", ""])
def test_an_image_that_can_move_is_refused(image: str) -> None:
    (found,) = messages(ID, spoil(BLUE, f"{SERVER}.image", image))
    assert f"which names no digest. Where: Deployment {BLUE}, {SERVER}.image." in found


def test_containers_that_start_and_that_debug_a_pod_count_too() -> None:
    assert len(messages(ID, spoil(BLUE, f"{POD}.initContainers[0].image", MISSING))) == 1
    assert len(messages(ID, spoil(BLUE, f"{POD}.ephemeralContainers", [{"image": "busybox"}]))) == 1


def test_a_registry_that_is_not_on_the_list_is_refused() -> None:
    elsewhere = spoil(BLUE, f"{SERVER}.image", PINNED)
    assert messages(ID, elsewhere) == []
    (found,) = messages(ID, elsewhere, registries=["registry.example.com/"])
    assert 'the image "other.example.com/triton" comes from a registry that is not on the list' in found


@pytest.mark.parametrize(
    ("token", "path"),
    [
        ("core/v1:Pod", "spec"),
        ("core/v1:PodTemplate", "template.spec"),
        ("apps/v1beta2:DaemonSetPatch", "spec.template.spec"),
        ("extensions/v1beta1:Deployment", "spec.template.spec"),
        ("batch/v2alpha1:CronJob", "spec.jobTemplate.spec.template.spec"),
        ("keda.sh/v1alpha1:ScaledJob", "spec.jobTargetRef.template.spec"),
        ("apps/v1:StatefulSetList", "items[0].spec.template.spec"),
    ],
)
def test_every_kind_of_pod_is_looked_at(token: str, path: str) -> None:
    props: dict[str, object] = {"containers": [{"image": "busybox"}]}
    for key in reversed(path.split(".")):
        props = {"items": [props]} if key == "items[0]" else {key: props}
    (found,) = messages(ID, put(resource(f"kubernetes:{token}", "pods", props)))
    assert f" pods, {path}.containers[0].image. Fix:" in found


def test_the_proxies_own_image_is_the_charts_unless_it_is_set() -> None:
    path = "spec.provider.kubernetes.envoyDeployment.container"
    assert messages(ID, spoil("proxies", path, {})) == []
    assert "which names no digest" in messages(ID, spoil("proxies", path, {"image": "envoy:v1.37"}))[0]


DIGEST = f"sha256:{'a' * 64}"


def chart(kind: str = "helm.sh/v4:Chart", **values: object) -> list[str]:
    return messages(ID, put(resource(f"kubernetes:{kind}", "chart", {"chart": "oci://x/y", "values": values})))


@pytest.mark.parametrize(
    ("image", "passes"),
    [
        (f"registry.example.com/a:1@{DIGEST}", True),
        ("registry.example.com/a:1", False),
        ({"repository": "registry.example.com/a", "tag": f"1@{DIGEST}"}, True),
        ({"repository": "registry.example.com/a", "tag": "1", "digest": DIGEST}, True),
        ({"registry": "registry.example.com", "repository": "a", "digest": DIGEST}, True),
        ({"repository": "registry.example.com/a", "tag": "1"}, False),
        ({"repository": "registry.example.com/a"}, False),
        ({"tag": "1"}, False),
        ({"pullPolicy": "IfNotPresent"}, True),
        ({}, True),
        (None, True),
    ],
)
def test_what_a_chart_is_told_to_run_is_named_by_its_digest(image: object, passes: bool) -> None:
    assert (chart(image=image) == []) is passes
    assert (chart("helm.sh/v3:Release", controller={"image": image}) == []) is passes
    assert (chart(sidecars=[{"image": image}], hook={"initImage": image}) == []) is passes


def test_an_image_of_a_chart_is_shown_with_its_place() -> None:
    (found,) = chart(proxies=[{"image": {"registry": "registry.example.com", "repository": "a", "tag": "1"}}])
    assert 'the image is "registry.example.com/a:1", which names no digest.' in found
    assert "Where: Chart chart, values.proxies[0].image." in found


def test_a_chart_takes_its_images_from_the_registries_that_are_listed() -> None:
    props = {"chart": "oci://x/y", "values": {"image": {"repository": "other.example.com/a", "digest": DIGEST}}}
    stack = put(resource("kubernetes:helm.sh/v4:Chart", "chart", props))
    assert messages(ID, stack, registries=["registry.example.com/"]) != []
    assert messages(ID, stack, registries=["registry.example.com/", "other.example.com/"]) == []


def test_what_runs_no_pods_is_left_alone() -> None:
    props = {"spec": {"containers": [{"image": "busybox"}]}}
    assert messages(ID, put(resource("kubernetes:core/v1:ConfigMap", "none", props))) == []
