"""What a cluster is asked before anything is made on it, and what is said of what it lacks."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from infra.cluster_prerequisites import (
    CONFIG,
    ENVOY_GATEWAY,
    FIELDS,
    GATEWAY,
    KEDA,
    Definition,
    claims_of,
    missing,
    screen,
    too_old,
)
from infra.kubernetes_settings import KubernetesPlatform
from infra.settings import ClusterSettings
from tests.support.small_api_server import Answers, small_api_server

DIGEST = "0" * 64
DESCRIBED = "/openapi/v3/apis/gateway.envoyproxy.io/v1alpha1"
SETTINGS = f"/api/v1/namespaces/envoy-gateway-system/configmaps/{CONFIG}"
SECRET = "/api/v1/namespaces/models/secrets/ours"
MAKE_IT = "make it, after the namespace where that is not there either: kubectl create secret tls"
EVERY_VERB = "create, get, list, watch, patch and delete"
FORBIDDEN = (403, '{"kind": "Status", "reason": "Forbidden"}')
IMAGES = {name: f"registry.example.com/{name}@sha256:{DIGEST}" for name in ("triton", "rollout")}


def known(definition: Definition) -> dict[str, Any]:
    resources = [
        {"name": name, "namespaced": True, "kind": "", "singularName": "", "verbs": []} for name in definition.resources
    ]
    return {"kind": "APIResourceList", "groupVersion": definition.group, "resources": resources}


def schema(kind: str, fields: Sequence[str]) -> dict[str, Any]:
    spec: dict[str, Any] = {"properties": {}}
    for path in fields:
        part = spec
        for name in path.split("."):
            part = part.setdefault("properties", {}).setdefault(name, {})
    return {"x-kubernetes-group-version-kind": [{"kind": kind}], "properties": {"spec": spec}}


def described(fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {"components": {"schemas": {kind: schema(kind, known) for kind, known in fields.items()}}}


@pytest.fixture
def answers() -> Answers:
    return {
        "/version": {"gitVersion": "v1.34.4"},
        **{f"/apis/{definition.group}": known(definition) for definition in GATEWAY},
        DESCRIBED: described(FIELDS),
        "POST": lambda asked: {**asked, "status": {"allowed": True}},
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
    answers["/version"]["gitVersion"] = "v1.28.3+k3s1"
    del answers[f"/apis/{GATEWAY[1].group}"]
    answers["POST"] = lambda asked: {
        "status": {"allowed": asked["spec"]["resourceAttributes"]["resource"] not in {"jobs", "*"}}
    }
    keda = {"kind": "keda", "prometheus_url": "http://prometheus:9090"}
    found = list(missing(platform(kubeconfig, autoscaler=keda, tls={"secret": "ours"})))
    assert found == [
        "The cluster is Kubernetes v1.28.3+k3s1; 1.30 or newer is needed.",
        f"The cluster does not know {', '.join(GATEWAY[1].resources)} of {GATEWAY[1].group}; {ENVOY_GATEWAY}.",
        f"The cluster does not know scaledobjects of {KEDA.group}; install KEDA, or set platform.autoscaler: none.",
        f"platform.tls.secret names ours, which the cluster does not have ({SECRET}); {MAKE_IT}.",
        f"These credentials may not {EVERY_VERB} jobs in the namespace models; ask its administrator for that.",
    ]


def test_an_older_envoy_gateway_is_known_by_the_fields_that_it_lacks(kubeconfig: str, answers: Answers) -> None:
    answers[DESCRIBED] = described(
        {**FIELDS, "EnvoyProxy": ["mergeType"], "BackendTrafficPolicy": ["responseOverride"]}
    )
    lacking = {
        "BackendTrafficPolicy": "requestBuffer",
        "EnvoyProxy": "luaValidation and provider.kubernetes.envoyPDB",
    }
    assert list(missing(platform(kubeconfig))) == [
        f"Envoy Gateway is too old: its {kind} has no {fields}; {ENVOY_GATEWAY}." for kind, fields in lacking.items()
    ]


def test_everything_that_the_stack_names_and_does_not_make_must_be_there(kubeconfig: str, answers: Answers) -> None:
    named = platform(
        kubeconfig,
        tls={"secret": "ours"},
        pull_secrets=["registry"],
        priority_classes={"live": "high", "idle": "low"},
    )
    places = {
        "/api/v1/namespaces/models/secrets/ours": "platform.tls.secret names ours",
        "/api/v1/namespaces/models/secrets/registry": "platform.pull_secrets names registry",
        "/apis/scheduling.k8s.io/v1/priorityclasses/high": "platform.priority_classes.live names high",
        "/apis/scheduling.k8s.io/v1/priorityclasses/low": "platform.priority_classes.idle names low",
        "/api/v1/namespaces/models/persistentvolumeclaims/disk": "a release lies on the claim disk",
    }
    told = list(missing(named, {"disk"}))
    assert [each.partition(", which the cluster does not have")[0] for each in told] == list(places.values())
    answers.update({place: {"kind": "there"} for place in places})
    assert list(missing(named, {"disk"})) == []


def test_the_claims_are_those_of_every_release_on_a_volume() -> None:
    release = {"uri": "file:///volume/1", "sha256": DIGEST, "claim": "disk"}
    model = {"slots": {"blue": {"release": release}, "green": {"release": "releases/digits/2"}}, "live": "blue"}
    settings = ClusterSettings.model_validate(
        {"platform": platform("none").model_dump(), "gateway": {"clients": {}}, "models": {"digits": model}}
    )
    assert claims_of(settings) == {"disk"}


def test_what_may_not_be_read_is_said_and_the_rest_is_asked_all_the_same(kubeconfig: str, answers: Answers) -> None:
    answers[SETTINGS] = answers[DESCRIBED] = FORBIDDEN
    del answers[f"/apis/{GATEWAY[0].group}"]
    undefined, fields, settings = missing(platform(kubeconfig))
    assert undefined.startswith("The cluster does not know gatewayclasses")
    assert fields == (
        "These credentials may not read the fields of gateway.envoyproxy.io/v1alpha1; ask the cluster's administrator "
        "for that."
    )
    assert settings.startswith(f"These credentials may not read the ConfigMap {CONFIG} in envoy-gateway-system, which")


@pytest.mark.parametrize("where", ["/apis/gateway.networking.k8s.io/v1", DESCRIBED, SETTINGS])
@pytest.mark.parametrize("answer", [(500, "{}"), "no JSON"])
def test_a_cluster_that_fails_half_way_is_said_in_a_sentence(
    kubeconfig: str, answers: Answers, where: str, answer: Any
) -> None:
    answers[where] = answer
    *_, last = missing(platform(kubeconfig))
    assert last.startswith("The cluster stopped answering: ")
    assert last.endswith("; everything else was not asked.")


@pytest.mark.parametrize(
    ("apis", "missed"), [("{enableLua: true}", False), ("{enableBackend: true}", True), ("", True)]
)
def test_a_gateway_that_would_not_run_the_guard_is_told(
    kubeconfig: str, answers: Answers, apis: str, missed: bool
) -> None:
    config = {"envoy-gateway.yaml": f"extensionApis: {apis}"}
    answers[SETTINGS] = {"kind": "ConfigMap", "metadata": {"name": "envoy-gateway-config"}, "data": config}
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
