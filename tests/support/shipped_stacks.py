"""What the shipped stack files plan on a cluster, recorded instead of run."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from shutil import copytree
from typing import Any

from ruamel.yaml import YAML

from infra.aws_presets import merged
from infra.program import register
from infra.settings_problems import settings_class
from tests.support.aws_examples import SERVING
from tests.support.cluster_examples import release_spec
from tests.support.recording import Graph, record
from tests.support.tiny_releases import folder_for_releases

ROOT = Path(__file__).parents[2]
SLOTS = ("blue", "green")
# What a cloud's stack file gains when models stand on its cluster.
SERVED: dict[str, Any] = {
    **SERVING,
    "platform": merged(SERVING["platform"], {"serving": {"metrics": "prometheus_operator"}}),
    "models": {
        "digits": {
            "slots": {
                "blue": {"release": {"uri": "s3://releases/models/digits/1", "sha256": "a" * 64}},
                "green": {"release": {"uri": "s3://releases/models/digits/2", "sha256": "b" * 64}},
            },
            "live": "blue",
            "gate": {"min_quality": {"accuracy": 0.9}},
            "shift": {"hold_seconds": 60, "on_thin_traffic": "hold_failing"},
            "resources": {"gpu": 1, "pool": "gpu"},
        }
    },
}
# What makes production's idle slot of a large model give its GPUs back.
COOLING = {"models": {"reviews": {"resources": {"idle_warm_hours": 24}}}}
# The preset of dev buys one GPU, and each slot takes one.
ROOM = {"dev": {"platform": {"node_pools": {"gpu": {"gpu_limit": 2}}, "budget": {"monthly_usd": 1200}}}}


def on_a_cluster(changes: Mapping[str, Any] | None = None, *, preview: bool = False) -> Graph:
    """Return what production's file for a cluster plans.

    Args:
        changes: other values of its blocks.
        preview: leave what only an update would tell unknown.
    """
    raw = _shipped("prod")
    # Another stack's outputs and trained releases are not at hand in a test.
    raw["platform"]["cluster"] = {"kubeconfig": "kubeconfig.yaml"}
    for name, model in raw["models"].items():
        _packed(name, model)
    return _planned("prod", merged(raw, changes or {}), preview=preview)


def on_eks(stack: str, *, preview: bool = False) -> Graph:
    """Return what a cloud's file plans with models on its own cluster: one with a GPU, a release in both slots.

    Args:
        stack: `dev` or `prod-cloud`.
        preview: leave what only an update would tell unknown.
    """
    return _planned(stack, merged(merged(_shipped(stack), SERVED), ROOM.get(stack, {})), preview=preview)


def _shipped(stack: str) -> dict[str, Any]:
    config = YAML(typ="safe").load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key.partition(":")[2]: value for key, value in config.items()}


def _planned(stack: str, raw: dict[str, Any], *, preview: bool) -> Graph:
    settings = settings_class(raw).model_validate(raw)
    return record(lambda: register(settings, stack), preview=preview)


def _packed(name: str, model: dict[str, Any]) -> None:
    for number, slot in enumerate(SLOTS, 1):
        release = (model["slots"].get(slot) or {}).get("release")
        if isinstance(release, str):
            model["slots"][slot]["release"] = str(_versioned(name, str(number)))


@cache
def _versioned(name: str, version: str) -> Path:
    """Return a small release in a folder that is named by its version, as a shipped one is."""
    folder = folder_for_releases() / name / version
    return Path(copytree(release_spec(name, version)["uri"], folder))
