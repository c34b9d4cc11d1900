import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.aws.build_tag import build_tag
from components.aws.image import Digest, Image, ImageArgs
from components.aws.registry_policy import PUSH, access_policy, lifecycle
from components.aws.registry_spec import mirror_parts, registry_problems
from serving.errors import ConfigurationError
from tests.support.aws_examples import DEPLOY_ROLE, DEV, PROD, REGISTRY, make_image, make_registry
from tests.support.recording import Graph, reaches, reaches_all, record

DIGEST = "sha256:" + "a" * 64
MIRROR = f"nvcr.io/nvidia/tritonserver@{DIGEST}"

OTHER = "210987654321.dkr.ecr.eu-west-1.amazonaws.com"


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record(lambda: make_registry("registry", PROD, replace(REGISTRY, mirrors=(MIRROR,), scan="enhanced")))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"keep_releases": 1}, "registry.keep_releases is 1; keep at least 4, or the idle slot's image disappears."),
        ({"upstreams": ("nvcr.io",)}, "registry.upstreams has nvcr.io, which ECR cannot cache; list the image under registry.mirrors."),
        ({"upstreams": ("github",)}, "registry.upstreams has github, which needs a password; give the ARN of a secret named ecr-pullthroughcache/… as registry.upstream_secrets.github."),
        ({"upstream_secrets": {"github": "arn:aws:secretsmanager:us-east-1:1:secret:mine"}}, 'registry.upstream_secrets.github is "arn:aws:secretsmanager:us-east-1:1:secret:mine"; the name of the secret must begin with ecr-pullthroughcache/ (upstreams with one: chainguard, docker-hub, github, gitlab and any .azurecr.io).'),
        ({"upstreams": (OTHER,)}, f"registry.upstreams has {OTHER}, another registry of ECR; give the ARN of the role that reads it as registry.upstream_roles.{OTHER}."),
        ({"mirrors": ("nvcr.io/nvidia/tritonserver:24.01",)}, "registry.mirrors[0] has no digest; write nvcr.io/nvidia/tritonserver@sha256:…."),
        ({"repositories": ("Slipway",)}, 'registry.repositories[0] is "Slipway"; write lower-case letters and digits, separated by . _ - or /, at most 256 characters.'),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_place_value_and_what_to_do(change: dict[str, Any], sentence: str) -> None:
    assert list(registry_problems(replace(REGISTRY, **change))) == [sentence]


def test_a_registry_of_azure_is_an_upstream_by_its_address() -> None:
    spec = replace(REGISTRY, upstreams=("models.azurecr.io",))
    assert "which needs a password" in next(registry_problems(spec))
    secret = "arn:aws:secretsmanager:us-east-1:1:secret:ecr-pullthroughcache/azure"
    named = replace(spec, upstream_secrets={"models.azurecr.io": secret})
    assert list(registry_problems(named)) == []
    (rule,) = record(lambda: make_registry("r", DEV, named)).of("PullThroughCacheRule")
    assert (rule.inputs["upstreamRegistryUrl"], rule.inputs["credentialArn"]) == ("models.azurecr.io", secret)


def test_another_registry_of_ecr_is_read_by_a_role() -> None:
    role = "arn:aws:iam::123456789012:role/reader"
    spec = replace(REGISTRY, upstreams=(OTHER,), upstream_roles={OTHER: role})
    assert list(registry_problems(spec)) == []
    (rule,) = record(lambda: make_registry("r", DEV, spec)).of("PullThroughCacheRule")
    assert (rule.inputs["upstreamRegistryUrl"], rule.inputs["customRoleArn"]) == (OTHER, role)
    assert "credentialArn" not in rule.inputs


def test_only_tags_of_build_caches_may_move_and_only_where_asked_for() -> None:
    asked = record(lambda: make_registry("r", DEV, replace(REGISTRY, cache_tags=True)))
    for found in asked.of("Repository"):
        assert found.inputs["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
        assert found.inputs["imageTagMutabilityExclusionFilters"] == [{"filter": "cache-*", "filterType": "WILDCARD"}]


def test_repositories_are_immutable_encrypted_and_kept(graph: Graph) -> None:
    assert len(graph.of("Repository")) == len(REGISTRY.repositories)
    for found in graph.of("Repository"):
        assert found.inputs["imageTagMutability"] == "IMMUTABLE"
        assert "imageTagMutabilityExclusionFilters" not in found.inputs
        assert found.inputs["encryptionConfigurations"][0]["encryptionType"] == "KMS"
        assert not found.inputs["forceDelete"]
        assert found.protect
    assert len(graph.of("LifecyclePolicy")) == len(graph.of("RepositoryPolicy")) == len(REGISTRY.repositories)


def test_basic_scanning_is_set_on_each_repository_and_enhanced_once_for_all(graph: Graph) -> None:
    basic = record(lambda: make_registry("registry", DEV))
    assert all(found.inputs["imageScanningConfiguration"] == {"scanOnPush": True} for found in basic.of("Repository"))
    assert not any("imageScanningConfiguration" in found.inputs for found in graph.of("Repository"))


def test_only_dev_lets_a_destroy_delete_images() -> None:
    assert all(found.inputs["forceDelete"] for found in record(lambda: make_registry("r", DEV)).of("Repository"))


def test_the_newest_releases_stay_and_children_of_an_image_live_two_weeks() -> None:
    rules = json.loads(lifecycle(30))["rules"]
    assert rules[0]["selection"] == {
        "tagStatus": "tagged",
        "tagPrefixList": ["rel-"],
        "countType": "imageCountMoreThan",
        "countNumber": 30,
    }
    assert rules[2]["selection"]["countNumber"] == 14


def test_only_the_deploy_role_pushes() -> None:
    pull, push = json.loads(access_policy(account_root="arn:root", pushers=[DEPLOY_ROLE]))["Statement"]
    assert push["Principal"] == {"AWS": [DEPLOY_ROLE]}
    assert set(push["Action"]) == set(PUSH)
    assert "ecr:PutImage" not in pull["Action"]


def test_a_template_stands_before_its_cache_rule_and_may_refresh_tags(graph: Graph) -> None:
    for rule in graph.of("PullThroughCacheRule"):
        template = graph.named(f"{rule.name}-template")
        assert reaches(graph, rule, template)
        assert template.inputs["prefix"] == rule.inputs["ecrRepositoryPrefix"]
        assert template.inputs["imageTagMutability"] == "MUTABLE"
        assert template.inputs["appliedFors"] == ["PULL_THROUGH_CACHE"]
        assert 2 <= len(rule.inputs["ecrRepositoryPrefix"]) <= 30


def test_a_mirror_is_looked_up_by_digest_and_named_by_it(graph: Graph) -> None:
    urn = next(r.urn for r in graph if r.type == "slipway:aws:Registry")
    assert graph.outputs[urn]["image_refs"] == {
        "nvidia/tritonserver": f"123456789012.dkr.ecr.us-east-1.amazonaws.com/prod-cloud/nvidia/tritonserver@{DIGEST}"
    }
    assert mirror_parts(MIRROR) == ("nvidia/tritonserver", DIGEST)


def test_a_missing_mirror_stops_the_preview() -> None:
    def missing(_: dict[str, Any]) -> dict[str, Any]:
        raise LookupError("no such image")

    spec = replace(REGISTRY, mirrors=(MIRROR,))
    with pytest.raises(LookupError, match="no such image"):
        record(lambda: make_registry("r", DEV, spec), {"aws:ecr/getImage:getImage": missing})


def test_an_image_waits_for_the_policies_of_its_repository_and_is_named_by_digest() -> None:
    graph = record(lambda: make_image("image", DEV))
    image = graph.named("image")
    assert reaches_all(
        graph,
        image,
        [graph.named("image-registry-slipway-triton-lifecycle"), graph.named("image-registry-slipway-triton-access")],
    )
    assert image.inputs["imageName"].rpartition(":")[2].startswith("rel-")
    assert not image.inputs["skipPush"]
    assert not image.inputs["buildOnPreview"]
    assert image.inputs["build"]["platform"] == "linux/amd64"
    assert "registry" in image.secret_inputs
    urn = next(r.urn for r in graph if r.type == "slipway:aws:Image")
    assert "@sha256:" in graph.outputs[urn]["ref"]


def test_an_image_of_ci_must_have_a_digest() -> None:
    graph = record(
        lambda: Image(
            "i",
            ImageArgs(
                source=Digest(ref=f"r@{DIGEST}"), repository=make_registry("r", DEV).repositories["slipway/triton"]
            ),
        )
    )
    assert graph.of("docker:index/image:Image") == []
    with pytest.raises(ConfigurationError, match=r'image\.ref is "r:latest", which has no digest'):
        ImageArgs(source=Digest(ref="r:latest"), repository=None)  # type: ignore[arg-type]


def test_a_tag_follows_from_everything_that_goes_into_the_image(tmp_path: Path) -> None:
    dockerfile, source = tmp_path / "Dockerfile", tmp_path / "a.txt"
    dockerfile.write_text("FROM scratch")
    source.write_text("1")
    first = build_tag(tmp_path, dockerfile, target=None, args={})
    assert first == build_tag(tmp_path, dockerfile, target=None, args={})
    assert len(first) == len("rel-") + 12
    others = {
        build_tag(tmp_path, dockerfile, target="gpu", args={}),
        build_tag(tmp_path, dockerfile, target=None, args={"A": "1"}),
    }
    source.write_text("2")
    others.add(build_tag(tmp_path, dockerfile, target=None, args={}))
    dockerfile.write_text("FROM scratch@sha256:0")
    others.add(build_tag(tmp_path, dockerfile, target=None, args={}))
    assert len(others | {first}) == 5


def test_caches_beside_the_sources_do_not_change_the_tag(tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("FROM scratch")
    before = build_tag(tmp_path, dockerfile, target=None, args={})
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "x.pyc").write_text("x")
    assert build_tag(tmp_path, dockerfile, target=None, args={}) == before
