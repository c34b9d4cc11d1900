import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from components.aws.aws_site import Site, Tags
from components.aws.ci_trust import GitHub, GitLab, apply_claims, identity_problems, plan_claims
from components.aws.deploy_policy import PROJECT, StatePlace, apply_statements, plan_statements
from components.aws.role_boundary import boundary_statements
from tests.support.aws_examples import IDENTITY, make_foundation
from tests.support.recording import ACCOUNT, REGION, Graph, reaches, record

TAGS = Tags(stack="foundation", environment="foundation", owner="o", cost_centre="c")
SITE = Site(account_id=ACCOUNT, region=REGION, tags=TAGS, protect=True)
STATE = StatePlace(bucket_arn="arn:aws:s3:::state", bucket_key_arn="arn:key", secret_key_arns=("arn:dev-key",))
HOST = "token.actions.githubusercontent.com"
GITHUB = GitHub(org="example", repo="serving", owner_id="1000001", repository_id="2000002")
INLINE_LIMIT = 10_240 - 250
"""Real ARNs of keys and buckets are longer than those of the mocks: 8 of them, up to 30 characters."""
MANAGED_LIMIT = 6_144


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record(lambda: make_foundation("foundation", SITE))


def apply_all(environment: str = "dev") -> list[dict[str, Any]]:
    return [s for part in apply_statements(SITE, environment, STATE).values() for s in part]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"subjects": ("repo:ORG/*",)}, 'deploy_identity.subjects[0] is "repo:ORG/*"; a wildcard lets any repository assume the role.'),
        ({"environments": ()}, "deploy_identity.environments is empty; name at least one, such as dev."),
        ({"regions": ("eu-central-1", "Frankfurt")}, 'deploy_identity.regions[1] is "Frankfurt"; a region is named like eu-central-1.'),
        ({"environments": ("foundation",)}, "deploy_identity.environments has foundation, which is reserved: nobody deploys the foundation from CI."),
        ({"provider": replace(GITHUB, org="*")}, 'deploy_identity.provider has "*"; write the exact name.'),
        ({"provider": replace(GITHUB, owner_id="me")}, 'deploy_identity.provider.owner_id is "me"; give the number (gh api repos/ORG/REPO).'),
        ({"provider": GitLab(project_path="g/*")}, 'deploy_identity.provider has "g/*"; write the exact name.'),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_place_value_and_what_to_do(change: dict[str, Any], sentence: str) -> None:
    assert list(identity_problems(replace(IDENTITY, **change))) == [sentence]


def test_github_applies_from_one_environment_of_one_repository_by_one_workflow() -> None:
    assert apply_claims(IDENTITY, "prod") == {
        f"{HOST}:aud": ("sts.amazonaws.com",),
        f"{HOST}:sub": ("repo:example@1000001/serving@2000002:environment:prod",),
        f"{HOST}:repository_id": ("2000002",),
        f"{HOST}:job_workflow_ref": ("example/serving/.github/workflows/deploy.yml@refs/heads/main",),
    }


def test_older_repositories_are_named_without_numbers() -> None:
    assert isinstance(GITHUB, GitHub)
    older = replace(IDENTITY, provider=replace(GITHUB, subject_format="name"))
    assert apply_claims(older, "dev")[f"{HOST}:sub"] == ("repo:example/serving:environment:dev",)
    assert plan_claims(older)[f"{HOST}:sub"] == ("repo:example/serving:pull_request",)


def test_gitlab_applies_from_one_branch() -> None:
    identity = replace(IDENTITY, provider=GitLab(project_path="group/project"))
    assert apply_claims(identity, "prod") == {
        "gitlab.com:aud": ("https://gitlab.com",),
        "gitlab.com:sub": ("project_path:group/project:ref_type:branch:ref:main",),
    }
    assert plan_claims(identity)["gitlab.com:sub"] == ("project_path:group/project:ref_type:branch:ref:main",)


def test_further_subjects_are_exact_too() -> None:
    extra = replace(IDENTITY, subjects=("repo:example/other:environment:prod",))
    assert "repo:example/other:environment:prod" in apply_claims(extra, "prod")[f"{HOST}:sub"]


def test_every_ci_role_compares_audience_and_subject_without_patterns(graph: Graph) -> None:
    assert len(graph.of("Role")) == 3
    for found in graph.of("Role"):
        statement = json.loads(found.inputs["assumeRolePolicy"])["Statement"][0]
        assert set(statement["Condition"]) == {"StringEquals"}
        keys = statement["Condition"]["StringEquals"]
        assert {f"{HOST}:aud", f"{HOST}:sub"} <= keys.keys()
        assert "*" not in json.dumps(keys)
        assert found.inputs["maxSessionDuration"] == 7200


def test_an_account_keeps_the_provider_that_it_has() -> None:
    graph = record(lambda: make_foundation("f", SITE, replace(IDENTITY, existing_provider=True)))
    assert graph.of("OpenIdConnectProvider") == []
    assert f"oidc-provider/{HOST}" in graph.named("plan").inputs["assumeRolePolicy"]


def test_the_plan_role_changes_nothing_but_the_lock() -> None:
    statements = plan_statements(SITE, STATE)
    changing = [
        s for s in statements if s["Effect"] == "Allow" and any("Put" in a or "Delete" in a for a in s["Action"])
    ]
    assert [s["Resource"] for s in changing] == [["arn:aws:s3:::state/.pulumi/locks/*"]]
    assert next(s for s in statements if s["Sid"] == "EncryptLock")["Resource"] == ["arn:key"]
    denied = {action for s in statements if s["Effect"] == "Deny" for action in s["Action"]}
    assert denied == {"secretsmanager:GetSecretValue", "s3:GetObject"}


def test_no_statement_allows_all_of_a_service() -> None:
    for statement in [*apply_all(), *boundary_statements(SITE), *plan_statements(SITE, STATE)]:
        if statement["Effect"] == "Allow":
            assert not [action for action in statement["Action"] if action in {"*", "*:*"} or action.endswith(":*")]


def test_apply_acts_in_its_region_and_the_global_one() -> None:
    parts = apply_statements(SITE, "dev", STATE)
    for part in parts.keys() - {"identity", "state"}:
        assert parts[part][0]["Condition"] == {"StringEquals": {"aws:RequestedRegion": ["us-east-1"]}}


def test_further_regions_are_named_by_the_foundation_and_chat_has_its_own() -> None:
    parts = apply_statements(SITE, "dev", STATE, ("eu-central-1",))
    network, (_, chat) = parts["network"][0], parts["alerts"]
    assert network["Condition"]["StringEquals"]["aws:RequestedRegion"] == ["eu-central-1", "us-east-1"]
    assert "us-west-2" in chat["Condition"]["StringEquals"]["aws:RequestedRegion"]


def test_the_state_lies_where_pulumi_puts_that_of_this_project() -> None:
    assert YAML(typ="safe").load((Path(__file__).parents[3] / "Pulumi.yaml").read_text())["name"] == PROJECT


def test_apply_makes_roles_only_below_its_path_and_only_with_the_boundary() -> None:
    by_sid = {s["Sid"]: s for s in apply_all("prod")}
    make = by_sid["MakeBoundedRoles"]
    assert make["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/slipway/prod/*"]
    assert make["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": SITE.boundary_arn}}
    assert "iam:CreateRole" in make["Action"]
    assert "iam:CreateRole" not in by_sid["ChangeRoles"]["Action"]
    assert "iam:PassedToService" in by_sid["PassRoles"]["Condition"]["StringEquals"]


def test_apply_cannot_lift_its_own_limits() -> None:
    denied = {s["Sid"]: s for s in apply_all() if s["Effect"] == "Deny"}
    assert denied["KeepBoundary"]["Resource"] == [SITE.boundary_arn]
    assert "iam:DeleteOpenIDConnectProvider*" in denied["KeepProviders"]["Action"]
    assert "s3:PutBucketPolicy" in denied["KeepState"]["Action"]
    assert denied["NoOrganizations"]["Action"] == ["organizations:*"]
    assert denied["KeepBoundaries"]["Action"] == ["iam:DeleteRolePermissionsBoundary"]


def test_documents_fit_the_limits_of_iam(graph: Graph) -> None:
    for owner in ("plan", "apply-dev", "apply-prod"):
        texts = [p.inputs["policy"] for p in graph.of("RolePolicy") if p.name.startswith(f"{owner}-")]
        assert sum(len("".join(text.split())) for text in texts) < INLINE_LIMIT
    boundary = graph.one("aws:iam/policy:Policy").inputs["policy"]
    assert len("".join(boundary.split())) < MANAGED_LIMIT


def test_state_is_versioned_encrypted_and_stays(graph: Graph) -> None:
    bucket = graph.one("aws:s3/bucket:Bucket")
    assert bucket.protect
    assert not bucket.inputs["objectLockEnabled"]
    assert not bucket.inputs["forceDestroy"]
    keep = [
        s for s in json.loads(graph.one("BucketPolicy").inputs["policy"])["Statement"] if s["Sid"] == "KeepVersions"
    ]
    assert keep[0]["Action"] == ["s3:DeleteBucket", "s3:DeleteObjectVersion"]


def test_each_environment_has_a_key_of_its_own(graph: Graph) -> None:
    aliases = {alias.inputs["name"] for alias in graph.of("Alias")}
    assert aliases == {"alias/slipway-state", "alias/slipway-state-dev", "alias/slipway-state-prod"}
    dev = json.loads(graph.named("apply-dev-state").inputs["policy"])
    (keys,) = [s["Resource"] for s in dev["Statement"] if s["Sid"] == "UseKeys"]
    assert [key.rpartition(":")[2] for key in keys] == ["foundation-state-key", "foundation-state-dev-key"]


def test_outputs_are_what_a_login_needs(graph: Graph) -> None:
    outputs = graph.outputs[next(r.urn for r in graph if r.type == "slipway:aws:Foundation")]
    assert outputs["state_url"].startswith("s3://slipway-foundation-")
    assert outputs["state_url"].endswith("?region=us-east-1")
    assert outputs["secrets_provider"] == "awskms://alias/slipway-state?region=us-east-1"


def test_the_registry_is_scanned_for_the_whole_account(graph: Graph) -> None:
    scanning = graph.one("RegistryScanningConfiguration").inputs
    assert scanning["scanType"] == "ENHANCED"
    assert scanning["rules"][0]["scanFrequency"] == "SCAN_ON_PUSH"


def test_the_roles_wait_for_the_state_that_they_may_read(graph: Graph) -> None:
    assert reaches(graph, graph.named("plan-policy"), graph.one("aws:s3/bucket:Bucket"))
