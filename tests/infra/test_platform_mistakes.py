"""What a reader sees for each mistake in the stack file of a cloud: the alternative that was meant, nothing twice."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from infra.aws_presets import merged
from infra.settings_problems import problems

FILE = "Pulumi.dev.yaml"
DEV: dict[str, Any] = YAML(typ="safe").load((Path(__file__).parents[2] / FILE).read_text())["config"][
    "slipway:platform"
]
MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "key of a section": (
        {"cluster": {"colour": "red"}},
        "platform.cluster.colour is not a setting; known here are addons, admins, api, control_plane_logs,",
    ),
    "key of one alternative": (
        {"network": {"nat": {"kind": "in_zone", "zon": "x"}}},
        'platform.network.nat.zon is not a setting (did you mean "zone"?); known here are kind and zone.',
    ),
    "unknown alternative": (
        {"network": {"nat": {"kind": "many"}}},
        'platform.network.nat.kind is "many", but allowed are per_zone, in_zone, regional and none; set it in',
    ),
    "word for a section": (
        {"network": {"nat": "none"}},
        'platform.network.nat is "none"; it must be a mapping of keys. Correct it in',
    ),
    "unknown word": ({"edge": "nope"}, 'platform.edge is "nope", but allowed are none (did you mean "none"?)'),
    "missing in one alternative": (
        {"edge": {"grpc": {"kind": "public"}}},
        f"platform.edge.grpc.allowed_cidrs is missing; add it in {FILE}.",
    ),
    "value of one alternative": (
        {"node_pools": {"gpu": {"os": "windows"}}},
        'platform.node_pools.gpu.os is "windows", but allowed are al2023 and bottlerocket; set it in',
    ),
    "described argument": (
        {"node_pools": {"gpu": {"kind": "managed", "instance_types": ["g6.xlarge"]}}},
        f"platform.node_pools.gpu.disk_gib is missing; add it in {FILE}.",
    ),
    "one of a list": (
        {"alerts": {"receivers": [{"kind": "fax"}]}},
        'platform.alerts.receivers.0.kind is "fax", but allowed are email, pagerduty and slack; set it in',
    ),
    "secret that is none": (
        {"alerts": {"receivers": [{"kind": "pagerduty", "url": 4711}]}},
        "platform.alerts.receivers.0.url is secret and not shown; it must be text; write it in quotes.",
    ),
    "account as a number": (
        {"account_id": 123456789012},
        "platform.account_id is 123456789012; it must be text; write it in quotes. Correct it in",
    ),
    "short account": ({"account_id": "12"}, 'platform.account_id is "12"; an account id has twelve digits; write it'),
    "region": ({"region": "Frankfurt"}, 'platform.region is "Frankfurt"; a region is named like us-east-1. Correct'),
    "environment": ({"environment": "Dev 1"}, 'platform.environment is "Dev 1"; an environment has at most 16 of a-z'),
    "role": ({"deploy_role_arn": "me"}, 'platform.deploy_role_arn is "me"; a role is named like arn:aws:iam::123456'),
    "profile": ({"profile": "tst"}, 'platform.profile is "tst", but allowed are dev and prod; set it in'),
    "rule of a section": (
        {"network": {"cidr": "10.0.0.0/22"}},
        'platform.network.cidr is "10.0.0.0/22"; its prefix must be 16 to 20, because each zone needs room for pods.',
    ),
}


def told(changes: dict[str, Any], **beside: Any) -> list[str]:
    return problems({"platform": merged(DEV, changes), **beside}, FILE)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_once_with_its_place_and_what_to_do(mistake: str) -> None:
    changes, sentence = MISTAKES[mistake]
    found = told(changes)
    assert len(found) == 1, found
    assert found[0].startswith(sentence)
    assert FILE in found[0], "every sentence must name the file to correct"


def test_shapes_and_rules_of_different_sections_are_told_at_once() -> None:
    found = told({"account_id": 12, "registry": {"keep_releases": 1}, "network": {"cidr": "10.0.0.0/22"}})
    assert [problem.split(" ")[0] for problem in found] == [
        "platform.account_id", "platform.network.cidr", "platform.registry.keep_releases",
    ]  # fmt: skip


def test_a_rule_that_speaks_of_a_broken_section_waits_for_it() -> None:
    found = told({"budget": {"monthly_usd": "a lot"}, "node_pools": {"gpu": {"gpu_limit": 16}}})
    assert len(found) == 1
    assert found[0].startswith('platform.budget.monthly_usd is "a lot"; input should be a valid number')


def test_zones_are_not_judged_by_a_region_that_nobody_knows() -> None:
    found = told({"region": "Frankfurt", "network": {"zones": ["euc1-az1", "euc1-az2"]}})
    assert [problem.split(" ")[0] for problem in found] == ["platform.region"]


def test_models_beside_a_private_api_name_the_stack_that_they_belong_to() -> None:
    models = {"digits": {"slots": {"blue": {"release": "releases/digits/1"}}, "live": "blue"}}
    found = told({"cluster": {"api": {"kind": "private"}}}, models=models)
    sentence = "models is not empty, but cluster.api is private: this machine could not reach"
    assert [problem for problem in found if problem.startswith(sentence)]


@pytest.mark.parametrize(
    ("cluster", "sentence"),
    [
        ({"stak": "x"}, 'platform.cluster.stak is not a setting (did you mean "stack"?)'),
        ({"kubeconfig": 1}, "platform.cluster.kubeconfig is 1; it must be text; write it in quotes."),
    ],
)
def test_a_cluster_that_exists_is_read_as_what_it_names(cluster: dict[str, Any], sentence: str) -> None:
    found = problems({"platform": {"kind": "kubernetes", "cluster": cluster}}, "Pulumi.prod.yaml")
    assert [problem for problem in found if sentence in problem], found


def test_a_foundation_has_no_gateway() -> None:
    raw = {"platform": {"kind": "foundation"}, "gateway": {}}
    found = problems(raw, "Pulumi.foundation.yaml")
    assert found[0].startswith("gateway is not a setting; known here are platform.")
    assert [problem.split(" ")[0] for problem in found[1:]] == [
        f"platform.{name}" for name in ("account_id", "cost_centre", "deploy_identity", "owner")
    ]


@pytest.mark.parametrize(
    ("stack", "changes", "refused"),
    [
        ("dev", {}, False),
        ("dev-cloud", {}, False),
        ("devices", {}, True),
        ("staging", {}, True),
        ("staging", {"environment": "staging"}, False),
        ("staging", {"deploy_role_arn": "arn:aws:iam::123456789012:role/mine"}, True),
    ],
)
def test_a_stack_is_named_as_its_environment_because_its_roles_tell_buckets_apart_by_name(
    stack: str, changes: dict[str, Any], refused: bool
) -> None:
    told = problems({"platform": merged(DEV, changes)}, f"Pulumi.{stack}.yaml")
    sentence = (
        f"platform.environment is dev, but the stack is {stack}; roles of dev reach only the buckets and the state of "
        f"dev and dev-…: name an environment that {stack} begins with. Correct it in Pulumi.{stack}.yaml."
    )
    assert told == ([sentence] if refused else [])
