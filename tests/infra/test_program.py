"""Which resources the program registers for each kind of stack file, and what it refuses before the first."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest
from ruamel.yaml import YAML

from infra.aws_presets import merged
from infra.program import register
from infra.settings import Settings
from infra.settings_problems import problems, settings_class
from tests.support.recording import Graph, record

ROOT = Path(__file__).parents[2]


def raw(stack: str) -> dict[str, Any]:
    config = YAML(typ="safe").load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key.removeprefix("slipway:"): value for key, value in config.items()}


def run(stack: str, values: dict[str, Any]) -> Graph:
    return record(lambda: register(settings_class(values).model_validate(values), stack))


@pytest.mark.parametrize("stack", ["local", "dev", "cluster", "prod-cloud", "prod", "foundation"])
def test_every_stack_file_that_we_ship_has_no_problem(stack: str) -> None:
    assert problems(raw(stack), f"Pulumi.{stack}.yaml") == []


def test_dev_is_a_cloud_and_foundation_is_none() -> None:
    dev, foundation = run("dev", raw("dev")), run("foundation", raw("foundation"))
    assert len(dev.of("aws:eks/cluster:Cluster")) == 1
    assert not foundation.of("aws:eks/cluster:Cluster", "Vpc")
    assert foundation.of("OpenIdConnectProvider")


@pytest.mark.parametrize("stack", ["dev", "prod-cloud", "foundation"])
def test_every_resource_is_bound_to_the_account_of_the_stack_file(stack: str) -> None:
    graph = run(stack, raw(stack))
    (provider,) = [each for each in graph if each.type == "pulumi:providers:aws"]
    assert "123456789012" in str(provider.inputs["allowedAccountIds"])
    strangers = [each.name for each in graph if each.type.startswith("aws:") and provider.urn not in each.provider]
    assert strangers == []


def test_a_cluster_without_the_releases_is_answered_before_any_resource(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        pulumi.RunError, match=r"2 settings to correct; nothing was changed:\n  models.digits.slots.blue"
    ):
        run("prod", raw("prod"))


def test_what_only_the_run_finds_out_is_a_sentence_too() -> None:
    old = merged(raw("dev"), {"platform": {"cluster": {"kubernetes_version": "1.34"}}})
    with pytest.raises(pulumi.RunError, match=r"nothing was changed:\n  cluster.kubernetes_version is 1.34, whose"):
        run("dev", old)


def test_one_machine_is_not_asked_to_load_the_classes_of_aws() -> None:
    program = "import sys, infra.program, infra.summary, infra.stack_file; print('pulumi_aws' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"


def test_a_cluster_of_anybody_is_not_asked_to_load_the_classes_of_aws() -> None:
    program = "import sys, infra.program, infra.cluster_program; print('pulumi_aws' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"


def test_a_kind_that_nobody_knows_is_read_as_one_machine() -> None:
    assert settings_class({"platform": {"kind": "lokal"}}) is Settings
