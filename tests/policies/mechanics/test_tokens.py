import pytest
from mechanics.tokens import Type, canonical


@pytest.mark.parametrize(
    ("token", "group", "kind"),
    [
        ("slipway:local:Model", "slipway/local", "Model"),
        ("pulumi-python:dynamic/slipway/local:Traffic", "dynamic/slipway/local", "Traffic"),
        ("pulumi-python:dynamic:Resource", "dynamic", "Resource"),
        ("pulumi:pulumi:Stack", "pulumi/pulumi", "Stack"),
        ("pulumi:providers:pulumi-python", "pulumi/providers", "pulumi-python"),
        ("random:index/randomId:RandomId", "random/index/randomId", "RandomId"),
    ],
)
def test_a_token_is_split_into_group_and_kind(token: str, group: str, kind: str) -> None:
    assert canonical(token) == Type(group, kind)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1beta2:DeploymentPatch"),
        ("kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:ConfigMapList"),
        ("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "kubernetes:gateway.networking.k8s.io/v1beta1:HTTPRoute"),
        ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"),
        ("aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2"),
        ("aws:lb/listener:Listener", "aws:alb/listener:Listener"),
    ],
)
def test_versions_of_one_type_are_the_same_type(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


def test_a_kubernetes_type_that_is_called_like_a_form_keeps_its_name() -> None:
    assert canonical("kubernetes:core/v1:List").kind == "List"


def test_a_type_covers_itself_and_with_a_star_its_group() -> None:
    model = canonical("slipway:local:Model")
    assert model.covers(model)
    assert Type("slipway/local", "*").covers(model)
    assert not Type("slipway/local", "*").covers(canonical("slipway:kubernetes:Model"))
    assert not Type("slipway/local", "Gateway").covers(model)
