"""The real programs for the cloud pass the rules, and each spoiled one is stopped with the right sentence."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cloud_stacks import KINDS, planned, planned_with, refusals
from mechanics.facts import Resource, Stack, unknown_paths
from planned_cloud import allow, document
from planned_stack import MISSING, find, put, resource, spoil, without

Spoil = Callable[[Stack], Stack]


def setting(name: str, path: str, value: Any) -> Spoil:
    return lambda stack: spoil(name, path, value, stack)


def lacking(*names: str) -> Spoil:
    return lambda stack: without(*names, stack=stack)


def having(added: Resource) -> Spoil:
    return lambda stack: put(added, stack)


def unprotected(name: str) -> Spoil:
    return lambda stack: put(replace(find(stack, name), protected=False), stack)


PLANE, GROUP, STAGE = "cloud-cluster-control-plane", "cloud-edge-balancer-from-link", "cloud-edge-api-stage"
EVERYTHING = document(allow(Action="*", Resource="*"))
LOG = "$request.header.Authorization"

# What is wrong: the stack, how it is spoiled, the rule that stops it, and what it says.
SPOILED: dict[str, tuple[str, Spoil, str, str]] = {
    "public endpoint": (
        "prod-cloud", setting(PLANE, "vpcConfig.endpointPublicAccess", True), "eks-endpoint-private",
        f"the Kubernetes API is public. Where: Cluster {PLANE}, vpcConfig.endpointPublicAccess.",
    ),
    "endpoint for everyone": (
        "dev", setting(PLANE, "vpcConfig.publicAccessCidrs", ["0.0.0.0/0"]), "eks-endpoint-private",
        '"0.0.0.0/0" opens the Kubernetes API to everyone',
    ),
    "wildcard IAM": (
        "dev", setting("cloud-registry-cache-policy", "policy", EVERYTHING), "iam-no-wildcard",
        'statement Only allows the action "*". Where: RolePolicy cloud-registry-cache-policy, policy.',
    ),
    "administrator": (
        "dev", setting("cloud-cluster-node-AmazonEKSWorkerNodePolicy", "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
        "iam-no-wildcard", "the AWS policy AdministratorAccess is attached",
    ),
    "role without boundary": (
        "dev", setting("cloud-edge-registrar", "permissionsBoundary", MISSING), "roles-bounded",
        "the role has no boundary. Where: Role cloud-edge-registrar, permissionsBoundary.",
    ),
    "any branch deploys": (
        "foundation", setting("apply-prod", "assumeRolePolicy", document(allow(
            Principal={"Federated": "arn:p"}, Action="sts:AssumeRoleWithWebIdentity",
            Condition={"StringEquals": {"x:aud": "sts.amazonaws.com", "x:sub": "repo:example/*"}},
        ))),
        "roles-bounded", "any token of the identity provider passes, whatever its sub. Where: Role apply-prod,",
    ),
    "mutable tags": (
        "dev", setting("cloud-registry-slipway-triton", "imageTagMutability", "MUTABLE"), "ecr-hardened",
        'imageTagMutability is "MUTABLE", so a tag can be moved to another image',
    ),
    "releases expire": (
        "dev", lacking("cloud-registry-slipway-triton-lifecycle"), "ecr-hardened",
        "the repository has no lifecycle policy, so it only grows",
    ),
    "no budget": (
        "dev", lacking("cloud-budget", "cloud-budget-gpu"), "budget-present", "a cluster is made, but no budget",
    ),
    "nobody is told": (
        "dev", setting("cloud-budget", "notifications", []), "budget-present", "nobody is told at 80 % of actual costs",
    ),
    "open to everyone": (
        "dev", setting(GROUP, "cidrIpv4", "0.0.0.0/0"), "no-ingress-from-everyone",
        f'"0.0.0.0/0" lets everyone in. Where: SecurityGroupIngressRule {GROUP}, cidrIpv4.',
    ),
    "missing retention": (
        "dev", setting("cloud-edge-api-log", "retentionInDays", MISSING), "logs-kept-and-encrypted",
        "the log is kept for ever. Where: LogGroup cloud-edge-api-log, retentionInDays. Fix: set 7 to 400 days.",
    ),
    "cluster logs left to EKS": (
        "prod-cloud", lacking("cloud-cluster-control-plane-logs"), "logs-kept-and-encrypted",
        "EKS will make the log group",
    ),
    "cluster without audit log": (
        "prod-cloud", setting(PLANE, "enabledClusterLogTypes", ["api"]), "eks-encryption-logs-version",
        "the control plane does not log audit, authenticator",
    ),
    "fast restore without accept": (
        "prod-cloud", having(resource("aws:ebs/fastSnapshotRestore:FastSnapshotRestore", "fast", {})),
        "fast-restore-accepted", "fast snapshot restore costs about 548 USD a month in each zone",
    ),
    "old metadata service": (
        "dev", setting("cloud-cluster-system-template", "metadataOptions.httpTokens", "optional"), "nodes-private-imdsv2",
        'the metadata service\'s tokens are "optional"',
    ),
    "public bucket": (
        "dev", lacking("cloud-artifacts-bucket-public-access-block"), "bucket-hardened",
        "the bucket has no BucketPublicAccessBlock. Where: Bucket cloud-artifacts-bucket.",
    ),
    "key that never rotates": (
        "foundation", setting("foundation-state-key", "enableKeyRotation", False), "kms-rotation-and-window",
        "the key never rotates. Where: Key foundation-state-key,",
    ),
    "network that may go": (
        "prod-cloud", unprotected("cloud-network"), "deletion-protection", "a destroy would take it. Where: Vpc cloud-network.",
    ),
    "route for anybody": (
        "prod-cloud", setting("cloud-edge-api-any--v2--proxy", "authorizationType", "NONE"), "api-route-auth-required",
        'anybody may call the route "ANY /v2/{proxy+}"',
    ),
    "no throttle": (
        "dev", setting(STAGE, "defaultRouteSettings", MISSING), "api-throttled-and-discreet",
        "the API takes any number of requests",
    ),
    "keys in the log": (
        "dev", setting(STAGE, "accessLogSettings.format", LOG), "api-throttled-and-discreet", f"the access log holds {LOG}",
    ),
    "second door": (
        "prod-cloud", setting("cloud-edge-balancer", "internal", False), "single-public-entry",
        "the load balancer faces the internet",
    ),
    "plain TCP": (
        "dev", setting("cloud-edge-balancer-rest", "protocol", "TCP"), "tls-min-version", 'the protocol is "TCP"',
    ),
    "another region": (
        "dev", setting("cloud-provider", "region", "cn-north-1"), "data-location", 'the region "cn-north-1" is not on the list',
    ),
    "nobody's resource": (
        "dev", setting("cloud-edge-api", "tags", MISSING), "required-tags", "tags are missing: slipway:stack,",
    ),
    "static key": (
        "dev", having(resource("aws:iam/accessKey:AccessKey", "key", {})), "type-coverage",
        "type aws:iam/accessKey:AccessKey (1 resource) has no place in a stack",
    ),
    "hidden content": (
        "prod-cloud", having(resource("kubernetes:helm.sh/v3:Release", "karpenter", {"chart": "karpenter"})),
        "opaque-content", 'a Release hides what it makes, and "karpenter" is not listed',
    ),
    "inline queue policy": (
        "dev", setting("cloud-pools-karpenter-interruptions", "policy", EVERYTHING), "parts-stand-alone",
        "policy is set inline. Where: Queue cloud-pools-karpenter-interruptions, policy. Fix: make it a QueuePolicy.",
    ),
    "secret in user data": (
        "dev", setting("cloud-cluster-system-template", "userData", "ZXhwb3J0IEFQSV9UT0tFTj1odW50ZXIy"),
        "no-plaintext-secrets", 'the value sets "API_TOKEN" to a literal. Where: LaunchTemplate',
    ),
    "unknown type": (
        "dev", having(resource("aws:neptune/cluster:Cluster", "graph", {})), "type-coverage",
        "type aws:neptune/cluster:Cluster (1 resource) is known to no rule",
    ),
}  # fmt: skip


@pytest.mark.parametrize("preview", [False, True], ids=["known", "before the first up"])
@pytest.mark.parametrize("stack", KINDS)
def test_the_stacks_that_we_ship_pass_every_mandatory_rule(stack: str, preview: bool) -> None:
    assert refusals(planned(stack, preview=preview), KINDS[stack]) == {}


def test_a_first_preview_does_not_know_everything() -> None:
    resources = planned("dev", preview=True).resources
    assert sum(any(unknown_paths(each.props)) for each in resources) > 50


@pytest.mark.parametrize("changes", [
    {"lifecycle": "drain"},
    {"network": {"nat": {"kind": "none"}, "endpoints": {"kind": "isolated"}, "internet_facing": False}, "edge": "none"},
    {"node_pools": {"gpu": {"kind": "managed", "instance_types": ["g6.xlarge"], "disk_gib": 200, "ami_release": "1.35.3-1"}}},
], ids=["drained", "isolated", "managed pool"])  # fmt: skip
def test_other_choices_of_production_pass_too(changes: dict[str, Any]) -> None:
    assert refusals(planned_with("prod-cloud", changes), "prod") == {}


@pytest.mark.parametrize("wrong", SPOILED)
def test_a_spoiled_stack_is_stopped_with_the_right_sentence(wrong: str) -> None:
    stack, spoiled, rule, sentence = SPOILED[wrong]
    found = refusals(spoiled(planned(stack)), KINDS[stack])
    assert set(found) == {rule}
    assert any(sentence in message for message in found[rule]), found[rule]


def test_a_production_stack_is_not_checked_as_one_for_development() -> None:
    assert "policy-config-sane" in refusals(planned("prod-cloud"), "dev")
