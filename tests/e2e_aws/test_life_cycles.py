"""The stacks of the project by the real engine: up, nothing to do, changed, taken down without a trace."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.aws_presets import merged
from tests.e2e_aws.account import dev_platform, leaked, nothing_left, with_zone
from tests.e2e_aws.stacks import program, settings
from tests.support.aws_stand_in.server import StandIn
from tests.support.engine import Engine
from tests.support.iam_lint import held, problems

pytestmark = pytest.mark.e2e
Make = Callable[[str], Engine]
_ZONES = {"network": {"zones": ["use1-az1", "use1-az2", "use1-az4"]}}
_NAT = {"network": {"nat": {"kind": "per_zone"}}}
_VERSION = {"cluster": {"kubernetes_version": "1.36"}}
_SIZE = {"cluster": {"system_nodes": {"nodes_per_zone": 2}}}
_TAGGED = 40
_PAGER = "integration/changeme"


def _types(changes: dict[str, str], operation: str) -> set[str]:
    return {name.split("::")[0] for name, done in changes.items() if done == operation}


def _empty_buckets(stand_in: StandIn) -> None:
    """What an operator does by hand in production, where no bucket is deleted with its objects."""
    s3 = stand_in.aws.client("s3")
    buckets = s3.list_buckets()["Buckets"]
    for bucket in buckets:
        # Emptying is logged too, and would fill the log bucket again.
        s3.put_bucket_logging(Bucket=bucket["Name"], BucketLoggingStatus={})
    for bucket in buckets:
        # The policy denies deletes, and moto reads no conditions.
        s3.delete_bucket_policy(Bucket=bucket["Name"])
        held = s3.list_object_versions(Bucket=bucket["Name"])
        for each in [*held.get("Versions", []), *held.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=bucket["Name"], Key=each["Key"], VersionId=each["VersionId"])


def _ids(stack: Engine) -> dict[str, str]:
    return {each["urn"]: each["id"] for each in stack.resources()}


def _previewed(stack: Engine, platform: dict[str, Any], changes: dict[str, Any]) -> dict[str, str]:
    stack.write(program("dev", merged(platform, changes)))
    return stack.preview().changes()


def test_dev_comes_up_once_grows_in_place_and_goes_without_a_trace(engine: Make, stand_in: StandIn) -> None:
    dev = dev_platform(stand_in)
    stack = engine(program("dev", dev))
    stack.up()
    assert stack.preview().changes() == {}, "a second up must change nothing"
    assert list(problems(held(stand_in.aws))) == []

    wider = _previewed(stack, dev, _ZONES)
    touched = {name: done for name, done in wider.items() if done != "create"}
    assert touched == {"aws:lb/loadBalancer:LoadBalancer::cloud-edge-balancer": "update"}
    rerouted = _previewed(stack, dev, _NAT)
    assert set(rerouted.values()) == {"create", "update"}
    assert _types(rerouted, "update") == {"aws:ec2/route:Route"}
    newer = _previewed(stack, dev, _VERSION)
    assert set(newer.values()) == {"update"}, "a new version must replace nothing"
    assert _types(newer, "update") == {"aws:eks/cluster:Cluster", "aws:eks/addon:Addon", "aws:eks/nodeGroup:NodeGroup"}

    larger = _previewed(stack, dev, _SIZE)
    assert set(larger.values()) == {"update"}
    assert _types(larger, "update") == {"aws:eks/nodeGroup:NodeGroup"}

    assert len(leaked(stand_in, "dev")) > _TAGGED, "what stands is what the leak check would find"
    before = _ids(stack)
    grown = dev
    for change in (_ZONES, _NAT, _VERSION, _SIZE):
        grown = merged(grown, change)
    stack.write(program("dev", grown))
    stack.up()
    assert before.items() <= _ids(stack).items(), "what stood must still stand"
    assert stack.preview().changes() == {}
    stack.destroy()
    nothing_left(stand_in)


def test_foundation_comes_up_once_and_keeps_the_state_until_told_otherwise(engine: Make, stand_in: StandIn) -> None:
    stack = engine(program("foundation", settings("foundation")))
    stack.up()
    assert stack.preview().changes() == {}, "a second up must change nothing"
    assert list(problems(held(stand_in.aws))) == []
    before = len(stack.resources())
    refused = stack.run("destroy", "--yes", check=False)
    assert refused.returncode != 0
    assert "pulumi state unprotect" in refused.text
    assert len(stack.resources()) == before, "a refused destroy must delete nothing"
    stack.run("state", "unprotect", "--all", "--yes")
    stack.destroy()
    nothing_left(stand_in, "foundation")


def test_production_refuses_to_go_until_it_is_drained(engine: Make, stand_in: StandIn) -> None:
    production = with_zone(stand_in.aws, settings("prod-cloud"))
    stack = engine(program("prod-cloud", production))
    stack.up()
    assert _PAGER in str(production)
    assert _PAGER not in stack.run("stack", "export").text, "the address of a pager is a secret"
    assert stack.preview().changes() == {}, "a second up must change nothing"
    assert list(problems(held(stand_in.aws))) == []
    before = len(stack.resources())
    refused = stack.run("destroy", "--yes", check=False)
    assert refused.returncode != 0
    assert "because it is protected" in refused.text
    assert len(stack.resources()) == before, "a refused destroy must delete nothing"
    _deletion_protection_holds_even_without_the_engine_s(stack)
    stack.write(program("prod-cloud", merged(production, {"lifecycle": "drain"})))
    stack.up()
    still = stack.run("destroy", "--yes", check=False)
    assert "pulumi state unprotect" in still.text, "data stays protected, and the engine says how to give it up"
    stack.run("state", "unprotect", "--all", "--yes")
    _empty_buckets(stand_in)
    stack.destroy()
    nothing_left(stand_in, "prod-cloud")


def _deletion_protection_holds_even_without_the_engine_s(stack: Engine) -> None:
    (cluster,) = [each["urn"] for each in stack.resources() if each["type"] == "aws:eks/cluster:Cluster"]
    stack.run("state", "unprotect", cluster, "--yes")
    refused = stack.run("destroy", "--yes", "--skip-preview", "--target", cluster, "--target-dependents", check=False)
    assert refused.returncode != 0
    assert "deletion protection is enabled; turn it off in an update first" in refused.text
