"""What whoever brings up a stack must be allowed to do, and how it is said what is not."""

from typing import Any

import pytest

from components.kubernetes.document import Document
from infra.cluster_permissions import MANAGE, Permission, forbidden, permissions
from infra.kubernetes_settings import KubernetesPlatform
from tests.support.cluster_examples import EVERYTHING, documents, model_spec, recorded

IMAGES = {name: f"registry.example.com/{name}@sha256:{'0' * 64}" for name in ("triton", "rollout")}
EVERY_KIND = {
    "metrics": "prometheus_operator",
    "autoscaler": {"kind": "keda", "prometheus_url": "http://prometheus:9090"},
}


class Judge:
    """Allows what it was told, and remembers what it was asked."""

    def __init__(self, *refused: str) -> None:
        self.refused, self.asked = {*refused}, 0

    def may(self, *, verb: str, group: str, resource: str, namespace: str = "", name: str = "") -> bool:
        self.asked += 1
        if verb == "*":
            return not self.refused
        return (
            not {verb, resource, f"{verb} {resource} {namespace}", f"{verb} {group}/{resource} {name}"} & self.refused
        )


def platform(**changes: Any) -> KubernetesPlatform:
    values = {"kind": "kubernetes", "cluster": {"kubeconfig": "none"}, "images": IMAGES}
    return KubernetesPlatform.model_validate({**values, **changes})


def told(*refused: str, **changes: Any) -> list[str]:
    return list(forbidden(Judge(*refused), permissions(platform(**changes))))  # type: ignore[arg-type]


def plural(document: Document) -> str:
    kind = str(document["kind"]).lower()
    if kind.endswith("y") and kind != "gateway":
        return f"{kind.removesuffix('y')}ies"
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"


def test_whoever_may_everything_is_asked_one_question() -> None:
    judge = Judge()
    assert list(forbidden(judge, permissions(platform()))) == []  # type: ignore[arg-type]
    assert judge.asked == 1


def test_a_credential_that_may_all_that_is_needed_and_not_everything_is_enough() -> None:
    assert told("nothing of ours") == []


@pytest.mark.parametrize("verb", MANAGE)
def test_each_verb_that_pulumi_uses_is_asked_for(verb: str) -> None:
    assert f"These credentials may not {verb} secrets in the namespace models; ask its administrator for that." in told(
        f"{verb} secrets models"
    )


def test_what_is_refused_alike_is_one_sentence() -> None:
    (sentence,) = told("create httproutes models", "create grpcroutes models")
    assert sentence.startswith("These credentials may not create httproutes and grpcroutes in the namespace models;")


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        ("get /namespaces kube-system", "may not get namespaces kube-system in the cluster;"),
        ("patch services envoy-gateway-system", "may not patch services in the namespace envoy-gateway-system;"),
        ("gatewayclasses", "patch and delete gatewayclasses in the cluster;"),
        ("events", "may not get, list and watch events in the namespace models;"),
    ],
)
def test_what_lies_outside_of_the_stacks_namespace_is_asked_for_too(refused: str, sentence: str) -> None:
    assert [each for each in told(refused) if sentence in each]


def test_to_install_envoy_gateway_takes_more_than_to_use_it() -> None:
    refused = ("clusterroles", "customresourcedefinitions", "create deployments envoy-gateway-system")
    assert told(*refused) == []
    assert len(told(*refused, controllers="install")) == 3


def test_every_object_that_a_stack_makes_is_asked_for_where_it_is_made() -> None:
    made = documents(recorded(model_spec(resources=SCALED), site=EVERYTHING))
    asked = {(each.namespace, resource) for each in permissions(platform(**EVERY_KIND)) for resource in each.resources}
    lacking = {(each["metadata"].get("namespace", ""), plural(each)) for each in made} - asked
    assert lacking == set()


def test_a_permission_reads_as_a_person_says_it() -> None:
    assert str(Permission(("get",), "", ("namespaces",), "kube-system", "kube-system")) == (
        "get namespaces kube-system in the cluster"
    )


SCALED = {**model_spec()["resources"], "replicas": {"min": 2, "max": 4}}
