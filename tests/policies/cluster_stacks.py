"""The stack on a cluster as the program really plans it, recorded instead of run, as the pack is shown it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import mkdtemp
from typing import Any

from cloud_stacks import as_shown
from mechanics.facts import Stack
from ruamel.yaml import YAML

from infra.aws_presets import merged
from infra.program import register
from infra.settings_problems import settings_class
from tests.support.aws_examples import SERVING
from tests.support.cluster_examples import recorded, release_spec
from tests.support.recording import record

ROOT = Path(__file__).parents[2]
SLOTS = ("blue", "green")
RELEASE = {"uri": "s3://releases/models/digits/1", "sha256": "a" * 64}
NEXT = {"uri": "s3://releases/models/digits/2", "sha256": "b" * 64}
# What a cloud's stack file gains when models stand on its cluster.
SERVED: dict[str, Any] = {
    **SERVING,
    "models": {
        "digits": {
            "slots": {"blue": {"release": RELEASE}, "green": {"release": NEXT}},
            "live": "blue",
            "gate": {"min_quality": {"accuracy": 0.9}},
            "shift": {"hold_seconds": 60, "on_thin_traffic": "hold_failing"},
            "resources": {"gpu": 1, "pool": "gpu"},
        }
    },
}

# The preset of dev buys one GPU, and each slot takes one.
ROOM = {"dev": {"platform": {"node_pools": {"gpu": {"gpu_limit": 2}}, "budget": {"monthly_usd": 1200}}}}


@cache
def planned(*, preview: bool = False) -> Stack:
    """Return what the shipped file of production plans; in a preview, with what only an update would tell unknown."""
    return planned_with({}, preview=preview)


def planned_with(changes: Mapping[str, Any], *, preview: bool = False) -> Stack:
    """Return what the shipped file of production plans with other values of its blocks."""
    config = YAML(typ="safe").load((ROOT / "Pulumi.prod.yaml").read_text())["config"]
    # Another stack's outputs and trained releases are not at hand in a test.
    raw = {key.partition(":")[2]: value for key, value in config.items()}
    raw["platform"]["cluster"] = {"kubeconfig": "kubeconfig.yaml"}
    for name, model in raw["models"].items():
        _packed(name, model)
    raw = merged(raw, changes)
    settings = settings_class(raw).model_validate(raw)
    graph = record(lambda: register(settings, "prod"), preview=preview)
    return Stack(tuple(as_shown(each, "prod") for each in graph))


@cache
def planned_on_eks(stack: str = "dev", *, preview: bool = False) -> Stack:
    """Return what a cloud's own stack plans with models on its cluster: its shipped file, and one model with a GPU."""
    config = YAML(typ="safe").load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    shipped = {key.partition(":")[2]: value for key, value in config.items()}
    raw = merged(merged(shipped, SERVED), ROOM.get(stack, {}))
    settings = settings_class(raw).model_validate(raw)
    graph = record(lambda: register(settings, stack), preview=preview)
    return Stack(tuple(as_shown(each, stack) for each in graph))


def planned_small(**changes: Any) -> Stack:
    """Return what a stack of two small models plans, their releases in ConfigMaps."""
    return Stack(tuple(as_shown(each, "cluster") for each in recorded(**changes)))


def _packed(name: str, model: dict[str, Any]) -> None:
    for number, slot in enumerate(SLOTS, 1):
        release = (model["slots"].get(slot) or {}).get("release")
        if isinstance(release, str):
            model["slots"][slot]["release"] = str(_versioned(name, str(number)))


@cache
def _versioned(name: str, version: str) -> Path:
    """Return a small release in a folder that is named by its version, as a shipped one is."""
    folder = Path(mkdtemp(prefix="slipway-releases-")) / name / version
    return Path(copytree(release_spec(name, version)["uri"], folder))
