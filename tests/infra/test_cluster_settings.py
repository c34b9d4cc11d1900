"""What is wrong with a stack file of a cluster, in sentences and all at once; and what becomes of one that is right."""

from pathlib import Path
from typing import Any

import pulumi
import pytest
from ruamel.yaml import YAML

from infra.aws_presets import merged
from infra.cluster_stack import cluster_access, platform_args, site
from infra.kubernetes_settings import ClusterOfKubeconfig
from infra.program import register
from infra.releases import cluster_releases
from infra.settings import ClusterSettings, Settings
from infra.settings_problems import problems
from serving.errors import ConfigurationError
from tests.support.recording import record
from tests.support.tiny_releases import linear_model, make_release

ROOT = Path(__file__).parents[2]
DIGEST = "0" * 64
SMALLEST: dict[str, Any] = {
    "platform": {
        "kind": "kubernetes",
        "cluster": {"kubeconfig": "kubeconfig", "context": "test"},
        "images": {name: f"registry.example.com/{name}@sha256:{DIGEST}" for name in ("triton", "rollout")},
    },
    "gateway": {"clients": {"demo": {"models": ["tiny"]}}},
    "models": {"tiny": {"slots": {"blue": {"release": "releases/tiny/1"}}, "live": "blue"}},
}
S3 = {"uri": "s3://bucket/tiny/9", "sha256": "9" * 64}


def told(changes: dict[str, Any]) -> list[str]:
    return problems(merged(SMALLEST, changes), "Pulumi.prod.yaml")


def settings(**changes: Any) -> ClusterSettings:
    return ClusterSettings.model_validate(merged(SMALLEST, changes))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_release(linear_model(), tmp_path / "releases" / "tiny" / "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def model(**changes: Any) -> dict[str, Any]:
    return {"models": {"tiny": changes}}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"platform": {"images": {"triton": "triton:latest"}}},
            'platform.images.triton is "triton:latest"; an image is named by digest',
        ),
        ({"platform": {"namespace": "Models"}}, 'platform.namespace is "Models"; a namespace has 2 to 40 of a-z'),
        ({"platform": {"namespace": "envoy-gateway-system"}}, "platform.namespace is the gateway's namespace too;"),
        (
            {"platform": {"gateway_service": "LoadBalancer"}},
            "platform.gateway_service is LoadBalancer and platform.tls is none, so keys would cross the network",
        ),
        ({"platform": {"api_server_ports": []}}, "platform.api_server_ports is []; it must have at least one entry."),
        (
            {"platform": {"autoscaler": {"kind": "keda", "prometheus_url": "p"}}},
            "an address begins with http:// or https://",
        ),
        (
            {"platform": {"rate_limit": {"clients": {"dmo": 5}}}},
            "platform.rate_limit.clients names dmo, who is no client",
        ),
        (
            {"platform": {"rate_limit": {"clients": {f"c{n}": 5 for n in range(16)}}}},
            "has 16 clients, and at most 15 can",
        ),
        (
            model(resources={"replicas": {"min": 1, "max": 2}}),
            "models.tiny.resources.replicas is 1 to 2, but platform.autoscaler is none",
        ),
        (model(resources={"gpu": 1}), "models.tiny.resources.gpu is set and pool is not;"),
        (model(resources={"idle_warm_hours": 2}), "resources.idle_warm_hours is 2, but platform.autoscaler is none"),
        (
            model(shift={"mirror_percent": 5, "mirror_seconds": 5}),
            "models.tiny.shift.mirror_percent is 5, but on a cluster",
        ),
        (
            model(shift={"max_prediction_distance": 0.1}),
            "models.tiny.shift.max_prediction_distance is 0.1, but on a cluster",
        ),
        (
            model(slots={"blue": {"release": {**S3, "claim": "c"}}}),
            "uri is s3://bucket/tiny/9, but the claim is mounted at /volume",
        ),
        (
            model(slots={"blue": {"release": {**S3, "uri": "file:///volume/9"}}}),
            "but no claim says which volume that is; add claim.",
        ),
        (model(slots={"blue": {"release": {**S3, "uri": "https://x/9"}}}), "a cluster fetches s3://…, and file://…"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_do(changes: dict[str, Any], sentence: str) -> None:
    found = told(changes)
    assert [problem for problem in found if sentence in problem], found
    assert all(problem.endswith("in Pulumi.prod.yaml.") for problem in found)


def test_two_models_of_one_kubernetes_name_are_told() -> None:
    one, other = (SMALLEST["models"]["tiny"] for _ in range(2))
    found = told({"models": {"fraud_score": one, "fraud-score": other}})
    assert [each for each in found if "would both have Kubernetes objects named fraud-score; rename one." in each]


def test_mistakes_of_several_sections_come_together() -> None:
    found = told({"platform": {"proxies": 0}, **model(resources={"gpu": 1}), "gateway": {"port": "x"}})
    assert {problem.partition(" ")[0] for problem in found} == {
        "platform.proxies",
        "models.tiny.resources.gpu",
        "gateway.port",
    }


def test_a_right_stack_file_has_no_problem() -> None:
    assert told({}) == []


def test_a_gateway_with_a_certificate_may_be_reached_from_outside() -> None:
    assert told({"platform": {"gateway_service": "LoadBalancer", "tls": {"secret": "ours"}}}) == []


def test_the_models_block_of_one_machine_is_that_of_a_cluster() -> None:
    local, cluster = (
        YAML(typ="safe").load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]["slipway:models"]
        for stack in ("local", "cluster")
    )
    assert local == cluster


def test_one_machine_reads_resources_and_gives_what_it_has() -> None:
    values = {"platform": {"kind": "local"}, "gateway": SMALLEST["gateway"], **merged(SMALLEST, {})}
    values["platform"] = {"kind": "local"}
    values["models"]["tiny"]["resources"] = {"gpu": 1, "pool": "gpu"}
    assert problems(values, "Pulumi.local.yaml") == []
    assert Settings.model_validate(values).models["tiny"].resources.gpu == 1


def test_a_model_is_planned_with_its_digest_its_device_and_its_grace(folder: Path) -> None:
    found = settings(**model(resources={"gpu": 1, "pool": "gpu"}))
    assert isinstance(found.platform.cluster, ClusterOfKubeconfig)
    args = platform_args("prod", found, cluster_releases(found, folder), cluster_access(found.platform.cluster))
    spec = args.models["tiny"]
    assert len(spec["slots"]["blue"]["release"]["sha256"]) == 64
    assert spec["runtime"]["device"] == "gpu"
    assert spec["grace_seconds"] >= 15 + 15 + 15, "a pod's stop outlasts the longest request"
    assert spec["resources"]["pool"] == "gpu"
    assert args.site.request_timeout_seconds == 15
    assert args.access.entry == "kubeconfig (test)"


def test_what_is_particular_about_a_cluster_reaches_its_objects() -> None:
    found = settings(
        platform={
            "gateway_service": "NodePort",
            "tls": {"secret": "ours"},
            "pull_secrets": ["registry"],
            "dns_namespace": "openshift-dns",
            "dns_labels": {"dns": "default"},
            "api_server_ports": [8443],
        }
    )
    place = site("prod", found.platform, found.gateway)
    assert (place.published, place.pull_secrets, place.api_server_ports) == (True, ("registry",), (8443,))
    assert (place.dns_namespace, place.dns_labels) == ("openshift-dns", {"dns": "default"})


def test_a_release_that_only_the_cluster_reads_is_taken_at_its_word(folder: Path) -> None:
    found = settings(**model(slots={"blue": {"release": S3}}))
    spec = cluster_releases(found, folder)["tiny"]["blue"].spec()
    assert spec == {"name": "tiny", "version": "9" * 12, "uri": S3["uri"], "sha256": S3["sha256"]}


def test_a_directory_that_is_too_large_is_told_before_anything_is_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.kubernetes.release_volume.CONFIG_MAP_BYTES", 100)
    with pytest.raises(
        ConfigurationError, match=r"models.tiny.slots.blue.release: releases/tiny/1 has .* at most 1 MiB"
    ):
        cluster_releases(settings(), folder)


@pytest.mark.usefixtures("folder")
def test_a_stack_says_how_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    exported: dict[str, Any] = {}
    monkeypatch.setattr(pulumi, "export", exported.__setitem__)
    graph = record(lambda: register(settings(), "prod"))
    assert [each.name for each in graph if each.type == "slipway:kubernetes:Model"] == ["tiny"]
    assert set(exported) == {"gateway_url", "gateway_address", "api_key_demo", "models"}
    said = exported["models"]["tiny"]
    assert (said["live"], said["release"], said["inputs"][0]["name"]) == ("blue", "1", "x")
