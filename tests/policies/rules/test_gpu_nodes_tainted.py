from dataclasses import replace

import pytest
from mechanics.facts import UNKNOWN, Stack
from planned_stack import MISSING, find, good_stack, messages, put, spoil, without

ID = "gpu-nodes-tainted"


def test_a_tainted_and_labelled_group_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize("taints", [MISSING, [], [{"key": "other", "effect": "NO_SCHEDULE"}]])
def test_a_group_that_any_pod_may_use_is_refused(taints: object) -> None:
    (found,) = messages(ID, spoil("gpus", "taints", taints))
    assert "any pod may take a place on a GPU node. Where: NodeGroup gpus, taints." in found


def test_a_group_may_grow_further_in_production() -> None:
    large = spoil("gpus", "scalingConfig.maxSize", 8)
    assert messages(ID, large, "prod") == []
    (found,) = messages(ID, large, "dev")
    assert "the group may grow to 8 nodes" in found


def test_nodes_without_gpus_are_left_alone() -> None:
    plain = spoil("gpus", "instanceTypes", ["m7i.xlarge"], spoil("gpus", "amiType", "AL2023_x86_64_STANDARD"))
    assert messages(ID, spoil("gpus", "taints", MISSING, plain)) == []


def test_what_only_applying_tells_of_nodes_without_gpus_need_not_be_known() -> None:
    plain = spoil("gpus", "instanceTypes", ["m7i.xlarge"], spoil("gpus", "amiType", "AL2023_x86_64_STANDARD"))
    assert messages(ID, spoil("gpus", "taints", UNKNOWN, plain)) == []
    for path, stack in (("taints", good_stack()), ("instanceTypes", plain)):
        (found,) = messages(ID, spoil("gpus", path, UNKNOWN, stack))
        assert "known only after apply" in found


def _with_template(size: object) -> Stack:
    found = find(good_stack(), "gpus")
    group = replace(
        found,
        props={**found.props, "launchTemplate": {"id": "lt-1"}, "diskSize": None},
        property_dependencies={"launchTemplate": (find(good_stack(), "template").urn,)},
    )
    volumes = [{"ebs": {"volumeSize": 4}}, {"ebs": {"volumeSize": size}}]
    return spoil("template", "blockDeviceMappings", volumes, put(group))


@pytest.mark.parametrize("size", [MISSING, None, 20, 79])
def test_a_group_without_room_for_images_is_refused(size: object) -> None:
    (found,) = messages(ID, spoil("gpus", "diskSize", size))
    assert "so the images of model servers may not fit. Where: NodeGroup gpus, diskSize." in found
    assert messages(ID, spoil("gpus", "diskSize", 80)) == []


def test_the_template_of_a_group_says_how_much_room_there_is() -> None:
    assert messages(ID, _with_template(80)) == []
    (found,) = messages(ID, _with_template(40))
    assert "is 40 GiB, so the images of model servers may not fit. Where: LaunchTemplate template," in found
    elsewhere = spoil("gpus", "launchTemplate", {"id": "lt-1"}, spoil("gpus", "diskSize", MISSING))
    assert messages(ID, elsewhere) == [], "a template of somebody else is not shown"


@pytest.mark.parametrize(("volumes", "size"), [(MISSING, "not set"), ([], "not set"), ([{}], "0.0 GiB")])
def test_a_class_without_a_volume_is_refused(volumes: object, size: str) -> None:
    (found,) = messages(ID, spoil("gpu-class", "spec.blockDeviceMappings", volumes))
    assert f"the largest volume of a GPU node is {size}, so" in found
    assert "Where: EC2NodeClass gpu-class, spec.blockDeviceMappings. Fix: give it at least 80 GiB" in found


@pytest.mark.parametrize(("size", "passes"), [("80Gi", True), ("79Gi", False), ("1Ti", True), ("2G", False)])
def test_the_largest_volume_of_a_class_holds_the_images(size: str, passes: bool) -> None:
    volumes = [{"ebs": {"volumeSize": "4Gi"}}, {"ebs": {"volumeSize": size}}]
    assert (messages(ID, spoil("gpu-class", "spec.blockDeviceMappings", volumes)) == []) is passes


def test_classes_of_pools_without_gpus_are_left_alone() -> None:
    assert messages(ID, spoil("gpu-class", "spec.blockDeviceMappings", [], without("gpu-pool"))) == []
    assert messages(ID, without("gpu-class")) == []


TAINTS = "spec.template.spec.taints"
TYPES = "node.kubernetes.io/instance-type"


@pytest.mark.parametrize("taints", [MISSING, [], [{"key": "nvidia.com/gpu", "effect": "PreferNoSchedule"}]])
def test_a_pool_of_karpenter_is_tainted_too(taints: object) -> None:
    (found,) = messages(ID, spoil("gpu-pool", TAINTS, taints))
    assert f"any pod may take a place on a GPU node. Where: NodePool gpu-pool, {TAINTS}." in found


def test_a_pool_of_karpenter_can_be_asked_for() -> None:
    (found,) = messages(ID, spoil("gpu-pool", "spec.template.metadata", MISSING))
    assert "pods cannot ask for this pool" in found


@pytest.mark.parametrize(
    ("requirement", "has_gpus"),
    [
        ({"key": TYPES, "operator": "In", "values": ["p5.48xlarge"]}, True),
        ({"key": TYPES, "operator": "In", "values": ["m7i.xlarge", "c7g.large"]}, False),
        ({"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g6"]}, True),
        ({"key": "karpenter.k8s.aws/instance-category", "operator": "In", "values": ["g", "m"]}, True),
        ({"key": "karpenter.k8s.aws/instance-gpu-count", "operator": "Gt", "values": ["0"]}, True),
        ({"key": TYPES, "operator": "NotIn", "values": ["p5.48xlarge"]}, False),
    ],
)
def test_gpus_are_known_by_what_a_pool_asks_of_its_nodes(requirement: dict[str, object], has_gpus: bool) -> None:
    plain = spoil("gpu-pool", TAINTS, [], spoil("gpu-pool", "spec.limits", {"cpu": "9"}))
    found = messages(ID, spoil("gpu-pool", "spec.template.spec.requirements", [requirement], plain))
    assert bool(found) is has_gpus
