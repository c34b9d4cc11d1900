"""What a cluster is asked before anything is made on it, and what is said of what it lacks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.cluster_prerequisites import ENVOY_GATEWAY, GATEWAY, KEDA, Definition, missing, screen, too_old
from infra.kubernetes_settings import KubernetesPlatform
from tests.support.small_api_server import Answers, small_api_server

DIGEST = "0" * 64
IMAGES = {name: f"registry.example.com/{name}@sha256:{DIGEST}" for name in ("triton", "rollout")}


def known(definition: Definition) -> dict[str, Any]:
    resources = [
        {"name": name, "namespaced": True, "kind": "", "singularName": "", "verbs": []} for name in definition.resources
    ]
    return {"kind": "APIResourceList", "groupVersion": definition.group, "resources": resources}


def allowed(asked: dict[str, Any]) -> dict[str, Any]:
    attributes = asked["spec"]["resourceAttributes"]
    return {
        "kind": "SelfSubjectAccessReview",
        "spec": asked["spec"],
        "status": {"allowed": attributes["resource"] != "jobs"},
    }


@pytest.fixture
def answers() -> Answers:
    version = dict.fromkeys(("buildDate", "compiler", "gitCommit", "gitTreeState", "goVersion", "platform"), "")
    return {
        "/version/": {**version, "major": "1", "minor": "34", "gitVersion": "v1.34.4"},
        **{f"/apis/{definition.group}": known(definition) for definition in GATEWAY},
        "POST": lambda asked: {**allowed(asked), "status": {"allowed": True}},
    }


@pytest.fixture
def kubeconfig(tmp_path: Path, answers: Answers) -> Iterator[str]:
    with small_api_server(tmp_path, answers) as path:
        yield path


def platform(kubeconfig: str, **changes: Any) -> KubernetesPlatform:
    values = {"kind": "kubernetes", "cluster": {"kubeconfig": kubeconfig}, "images": IMAGES}
    return KubernetesPlatform.model_validate({**values, **changes})


def test_a_cluster_that_has_everything_is_asked_for_nothing(kubeconfig: str) -> None:
    assert list(missing(platform(kubeconfig))) == []


def test_everything_that_is_missing_is_said_at_once(kubeconfig: str, answers: Answers) -> None:
    answers["/version/"]["gitVersion"] = "v1.28.3+k3s1"
    del answers[f"/apis/{GATEWAY[1].group}"]
    answers["POST"] = allowed
    keda = {"kind": "keda", "prometheus_url": "http://prometheus:9090"}
    found = list(missing(platform(kubeconfig, autoscaler=keda)))
    assert found == [
        "The cluster is Kubernetes v1.28.3+k3s1; 1.30 or newer is needed.",
        f"The cluster does not know {', '.join(GATEWAY[1].resources)} of {GATEWAY[1].group}; {ENVOY_GATEWAY}.",
        f"The cluster does not know scaledobjects of {KEDA.group}; install KEDA, or set platform.autoscaler: none.",
        "These credentials may not create jobs in the namespace models; ask its administrator for that.",
    ]


@pytest.mark.parametrize(
    ("apis", "missed"), [("{enableLua: true}", False), ("{enableBackend: true}", True), ("", True)]
)
def test_a_gateway_that_would_not_run_the_guard_is_told(
    kubeconfig: str, answers: Answers, apis: str, missed: bool
) -> None:
    config = {"envoy-gateway.yaml": f"extensionApis: {apis}"}
    where = "/api/v1/namespaces/envoy-gateway-system/configmaps/envoy-gateway-config"
    answers[where] = {"kind": "ConfigMap", "metadata": {"name": "envoy-gateway-config"}, "data": config}
    found = list(missing(platform(kubeconfig)))
    assert bool(found) == missed
    assert all("set config.envoyGateway.extensionApis.enableLua: true in its chart's values." in each for each in found)


def test_a_gateway_that_this_stack_installs_need_not_be_there(kubeconfig: str, answers: Answers) -> None:
    for definition in GATEWAY:
        del answers[f"/apis/{definition.group}"]
    assert list(missing(platform(kubeconfig, controllers="install"))) == []


def test_a_cluster_that_does_not_answer_ends_the_questions(tmp_path: Path) -> None:
    (sentence,) = missing(platform(str(tmp_path / "none")))
    assert sentence.startswith("The cluster does not answer: platform.cluster: ")


def test_a_stack_that_exports_no_kubeconfig_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> object:
        return type("Done", (), {"returncode": 255, "stdout": ""})()

    monkeypatch.setattr("infra.cluster_prerequisites.subprocess.run", refused)
    (sentence,) = missing(platform("", cluster={"stack": "prod-cloud"}))
    assert sentence == "The cluster does not answer: The stack prod-cloud exports no kubeconfig; bring it up first."


@pytest.mark.parametrize(
    ("version", "old"), [("v1.29.9", True), ("v1.30.0", False), ("v1.34+", False), ("v2.0.0", False)]
)
def test_versions_are_compared_as_numbers(version: str, old: bool) -> None:
    assert bool(list(too_old(version))) == old


def test_the_screen_says_where_and_from_which_images(kubeconfig: str) -> None:
    said = "\n".join(screen(platform(kubeconfig), "prod"))
    assert said.startswith(f"prod will be made in {kubeconfig}:")
    assert IMAGES["triton"] in said
