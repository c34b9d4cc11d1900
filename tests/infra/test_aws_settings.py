import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from components.aws.cost_model import monthly_estimate, total
from components.aws.gpu_pool_spec import KarpenterPool, ManagedPool
from components.aws.network_spec import NatIn, NatPerZone
from infra.aws_presets import merged
from infra.aws_settings import AwsPlatform, FoundationPlatform, rule_problems
from infra.kubernetes_settings import KubernetesPlatform
from tests.support.aws_examples import SERVING
from tests.support.recording import record

ROOT = Path(__file__).parents[2]


def stack(name: str) -> dict[str, Any]:
    raw = YAML(typ="safe").load((ROOT / f"Pulumi.{name}.yaml").read_text())
    platform: dict[str, Any] = raw["config"]["slipway:platform"]
    return platform


def dev(**changes: Any) -> AwsPlatform:
    return AwsPlatform.model_validate(merged(stack("dev"), changes))


def prod(**changes: Any) -> AwsPlatform:
    return AwsPlatform.model_validate(merged(stack("prod-cloud"), changes))


def test_the_shipped_stack_files_are_right() -> None:
    assert list(rule_problems(dev())) == []
    assert list(rule_problems(prod())) == []
    assert list(rule_problems(FoundationPlatform.model_validate(stack("foundation")))) == []
    assert KubernetesPlatform.model_validate(stack("prod")).kind == "kubernetes"


def test_a_stack_file_says_only_what_differs() -> None:
    platform = prod()
    assert platform.network.nat == NatPerZone()
    assert platform.cluster.deletion_protection
    assert platform.environment == "prod"
    assert platform.artifact_store.from_network_only


def test_a_single_value_overrides_the_preset_and_leaves_the_rest() -> None:
    platform = dev(cluster={"log_retention_days": 30})
    assert platform.cluster.log_retention_days == 30
    assert platform.cluster.kubernetes_version == "1.35"


def test_another_kind_replaces_the_presets_choice_as_a_whole() -> None:
    assert dev(network={"nat": {"kind": "per_zone"}}).network.nat == NatPerZone()
    assert isinstance(dev().network.nat, NatIn)
    pool = {"kind": "managed", "instance_types": ["g6.xlarge"], "disk_gib": 150}
    assert isinstance(dev(node_pools={"gpu": pool}).node_pools["gpu"], ManagedPool)


def test_the_pools_of_the_presets_are_karpenters() -> None:
    assert isinstance(dev().node_pools["gpu"], KarpenterPool)


def test_the_deploy_role_of_the_foundation_is_an_admin() -> None:
    assert dev().cluster.admins == ("arn:aws:iam::123456789012:role/slipway/foundation/slipway-foundation-apply-dev",)
    named = "arn:aws:iam::123456789012:role/mine"
    assert dev(deploy_role_arn=named).cluster.admins == (named,)
    assert dev(deploy_role_arn=named).args("dev").deploy_roles == (named,)


def test_the_foundation_makes_the_role_that_the_cloud_expects() -> None:
    from components.aws.foundation import Foundation  # noqa: PLC0415 - keeps the pure tests fast

    args = FoundationPlatform.model_validate(stack("foundation")).args("foundation")
    graph = record(lambda: Foundation("foundation", args))
    role = graph.named("apply-dev").inputs
    assert dev().cluster.admins[0].endswith(f"role{role['path']}{role['name']}")


def test_all_problems_of_all_sections_come_at_once() -> None:
    platform = dev(
        network={"cidr": "10.0.0.0/22"},
        cluster={"api": {"allowed_cidrs": ["0.0.0.0/0"]}},
        registry={"keep_releases": 1},
        edge={"timeout_ms": 60000},
        alerts={"receivers": []},
        budget={"monthly_usd": 100},
    )
    assert [problem.split()[0] for problem in rule_problems(platform)] == [
        "network.cidr", "cluster.api.allowed_cidrs", "registry.keep_releases", "edge.timeout_ms", "alerts",
        "node_pools",
    ]  # fmt: skip


def test_models_beside_a_private_api_are_refused() -> None:
    sentence = (
        "models is not empty, but cluster.api is private: this machine could not reach the cluster that it makes. "
        "Put the models into a stack of their own with platform.kind: kubernetes and cluster: {stack: …}, run from "
        "inside the network."
    )
    assert list(rule_problems(prod(), has_models=True)) == [sentence]


def test_models_on_the_stack_s_own_cluster_need_images_and_what_gpu_nodes_run() -> None:
    told = list(rule_problems(dev(), has_models=True))
    assert [each.partition(";")[0] for each in told] == [
        "models is not empty, but platform.serving is missing",
        "registry.mirrors lacks nvidia/k8s-device-plugin, which GPU nodes run",
        "registry.mirrors lacks nvidia/k8s/dcgm-exporter, which GPU nodes run",
    ]


def test_a_snapshot_must_hold_the_image_that_is_served() -> None:
    cache = {"kind": "snapshot", "snapshot_id": "snap-1"}
    platform = merged(SERVING["platform"], {"node_pools": {"gpu": {"os": "bottlerocket", "image_cache": cache}}})
    served = SERVING["platform"]["serving"]["images"]["triton"].rpartition("@")[2]
    (told,) = rule_problems(dev(**platform), has_models=True)
    assert f"node_pools.gpu.image_cache.snapshot_id is snap-1, which holds the images none and not {served}" in told
    platform = merged(platform, {"node_pools": {"gpu": {"image_cache": {"image_digests": [served]}}}})
    assert list(rule_problems(dev(**platform), has_models=True)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"cluster": {"colour": "red"}},
        {"account_id": "12"},
        {"region": "Frankfurt"},
        {"network": {"nat": {"kind": "many"}}},
        {"profile": "test"},
    ],
)
def test_a_shape_that_nobody_knows_is_an_error(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        dev(**changes)


def test_settings_are_read_without_an_engine() -> None:
    program = "import sys, infra.aws_settings; print([name for name in sys.modules if name.startswith('pulumi')])"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        dev().region = "eu-west-1"  # type: ignore[misc]


def test_draining_reaches_the_site() -> None:
    assert dev(lifecycle="drain").site("dev").draining
    assert prod().site("prod-cloud").protect
    assert dev().site("dev").disposable


def test_edge_and_alerts_can_be_left_out() -> None:
    args = dev(edge="none", alerts="none").args("dev")
    assert (args.edge, args.alerts) == (None, None)


@pytest.mark.parametrize(("make", "dollars"), [(dev, 420), (prod, 2360)])
def test_a_preset_costs_what_the_documents_say(make: Any, dollars: float) -> None:
    platform = make()
    lines = monthly_estimate(platform.network, platform.cluster, platform.node_pools, platform.usage, has_edge=True)
    assert total(lines) == pytest.approx(dollars, rel=0.03)
