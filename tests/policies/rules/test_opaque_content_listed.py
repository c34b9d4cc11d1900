from typing import Any

import pytest
from mechanics.facts import UNKNOWN, Stack
from mechanics.registry import OPAQUE
from planned_stack import fired, messages, put, resource

from components.aws.karpenter_values import CHART as KARPENTER_CHART
from components.aws.karpenter_values import CRD_CHART
from components.aws.load_balancer_values import CHART as BALANCING_CHART
from components.kubernetes.controllers import ENVOY_GATEWAY
from rules.opaque_content_listed import RULE

ID = "opaque-content"
CHART = "kubernetes:helm.sh/v4:Chart"
PROPS = {"chart": "karpenter", "version": "1.14.1", "values": {"replicas": 2}}
ENTRY = {
    "content": "karpenter",
    "version": "1.14.1",
    "digest": f"sha256:{'a' * 64}",
    "reason": "renders to resources of its own",
}


def _with(token: str, name: str, props: dict[str, Any]) -> Stack:
    return put(resource(token, name, props))


def test_a_listed_chart_of_its_version_passes() -> None:
    assert messages(ID, _with(CHART, "k", PROPS), listed=[ENTRY]) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"content": "other"}, 'a Chart hides what it makes, and "karpenter" is not listed. Where: Chart k.'),
        ({"reason": ""}, "its entry gives no reason"),
        ({"digest": "sha256:123"}, "its entry has no sha256 digest"),
        ({"version": "1.13.0"}, 'the version is "1.14.1", but listed is "1.13.0"'),
    ],
)
def test_a_chart_that_is_not_listed_in_full_is_refused(changes: dict[str, Any], problem: str) -> None:
    (found,) = messages(ID, _with(CHART, "k", PROPS), listed=[{**ENTRY, **changes}])
    assert problem in found


def test_a_chart_whose_version_is_open_is_refused() -> None:
    (found,) = messages(ID, _with(CHART, "k", {"chart": "karpenter"}), listed=[ENTRY])
    assert "the version is not set" in found


@pytest.mark.parametrize(
    ("content", "passes"),
    [
        (f"karpenter:1.14.1@sha256:{'a' * 64}", True),
        (f"karpenter-1.14.1-sha256-{'a' * 64}.tgz", True),
        (f"karpenter:1.14.1@sha256:{'b' * 64}", False),
        (f"karpenter:1.14.2@sha256:{'a' * 64}", False),
        ("karpenter:1.14.1", False),
    ],
)
def test_a_chart_that_names_its_bytes_is_held_to_them(content: str, passes: bool) -> None:
    assert (messages(ID, _with(CHART, "k", {"chart": content}), listed=[ENTRY]) == []) is passes


def test_what_is_unknown_cannot_be_read_by_anybody_before() -> None:
    found = messages(ID, _with(CHART, "k", {**PROPS, "version": UNKNOWN}), listed=[ENTRY])
    assert "known only after apply" in found[0]


def test_a_command_needs_a_reason_and_no_digest() -> None:
    stack = _with("command:local:Command", "seed", {"create": "make seed"})
    assert messages(ID, stack, listed=[{"content": "seed", "reason": "once, before the first up"}]) == []
    assert len(messages(ID, stack, listed=[{"content": "seed"}])) == 1


@pytest.mark.parametrize(
    "token",
    [
        "kubernetes:helm.sh/v3:Release",
        "kubernetes:yaml/v2:ConfigGroup",
        "kubernetes:kustomize:Directory",
        "eks:index:Cluster",
        "awsx:ec2:Vpc",
        "command:remote:Command",
        "docker-build:index:Image",
    ],
)
def test_every_kind_of_hidden_content_is_found_and_is_no_unknown_type(token: str) -> None:
    assert fired(_with(token, "new", {})) == {ID}


def test_the_charts_of_the_program_and_no_others_are_listed() -> None:
    used = {each.reference for each in (ENVOY_GATEWAY, CRD_CHART, KARPENTER_CHART, BALANCING_CHART)}
    listed = RULE.config("prod")["listed"]
    for reference in used:
        assert messages(ID, _with(CHART, "k", {"chart": reference})) == []
    assert len(listed) == len(used)


def test_the_values_of_opaque_content_are_searched_for_secrets() -> None:
    stack = _with(CHART, "k", {**PROPS, "values": {"adminPassword": "hunter2"}})
    assert fired(stack) == {ID, "no-plaintext-secrets"}
    assert len(set(OPAQUE)) == len(OPAQUE)
