"""Physical names and labels: routes, Services and people refer to objects by them.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

LABEL_CHARACTERS = 63
RELEASE_DIGITS = 32
"""Of the digest in a label; the whole stands in an annotation."""
CONTENT_DIGITS = 10
SLOTS = ("blue", "green")
COMPONENT_LABEL = "app.kubernetes.io/component"
STACK_LABEL, MODEL_LABEL = "slipway.dev/stack", "slipway.dev/model"
SLOT_LABEL, RELEASE_LABEL = "slipway.dev/slot", "slipway.dev/release"
RELEASE_ANNOTATION, VERSION_ANNOTATION = "slipway.dev/release-sha256", "slipway.dev/release-version"
POOL_LABEL = "slipway.dev/pool"


def object_name(model: str) -> str:
    """Return a model's name as Kubernetes allows it."""
    return model.replace("_", "-")


def slot_name(model: str, slot: str) -> str:
    """Return the name of a slot's objects."""
    return f"{object_name(model)}-{slot}"


def gate_name(model: str, slot: str) -> str:
    """Return the name of a gate's objects; that of its Job goes on."""
    return f"{slot_name(model, slot)}-gate"


def shift_name(model: str) -> str:
    """Return the name of a shift's objects; that of its Job goes on."""
    return f"{object_name(model)}-shift"


def fetching_accounts(model: str) -> list[str]:
    """Return the service accounts whose pods fetch releases of a model: of its slots, their gates, and its shift."""
    return [*(name(model, slot) for slot in SLOTS for name in (slot_name, gate_name)), shift_name(model)]


def rollout_pods(model: str) -> str:
    """Return what selects the pods of a model's gates and shifts."""
    return f"{COMPONENT_LABEL} in (gate,shift),{MODEL_LABEL}={object_name(model)}"


def name_problems(models: Sequence[str]) -> Iterator[str]:
    """Yield a sentence for each pair of models whose objects would have the same names."""
    named: dict[str, str] = {}
    for model in sorted(models):
        for name in (object_name(model), *(slot_name(model, slot) for slot in SLOTS)):
            if name in named and named[name] != model:
                yield (
                    f"models.{model} and models.{named[name]} would both have Kubernetes objects named {name}; "
                    "rename one."
                )
            named.setdefault(name, model)


def content_name(prefix: str, content: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a name that changes with a content: of an object that cannot be changed, only followed by another.

    Where the logical name ends alike, Pulumi replaces nothing: a delete that an update leaves behind when it fails
    cannot meet the object again after the change was taken back.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:CONTENT_DIGITS]}"


def label_value(text: str) -> str:
    """Return a text as a label may hold it."""
    return text[:LABEL_CHARACTERS].strip("-_.")
