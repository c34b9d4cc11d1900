"""What slots and models say of themselves in files, one file each; the gateway's configuration is made from them.

A resource writes its own fragment only, so that two that change at once do not meet. Imports no pulumi.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from components.local.stack_dir import StackDir
from components.local.supervision import write_private
from serving.lead import Known, Served


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """The fragment of a running slot: where it listens, what it runs, and what it must answer to a probe."""

    model: str
    slot: str
    http_port: int
    grpc_port: int
    metrics_port: int
    release_digest: str
    release_version: str
    program: str
    probe: dict[str, Any]

    @property
    def url(self) -> str:
        """Where the model server takes REST requests; for probes, not for users."""
        return f"http://127.0.0.1:{self.http_port}"

    @classmethod
    def read(cls, stack_dir: StackDir, model: str, slot: str) -> "Endpoint | None":
        """Return a slot's fragment, `None` when the slot does not run."""
        path = _endpoint_path(stack_dir, model, slot)
        return cls(**json.loads(path.read_text())) if path.exists() else None

    @classmethod
    def all(cls, stack_dir: StackDir) -> list["Endpoint"]:
        """Return the fragments of every running slot."""
        return [cls(**json.loads(path.read_text())) for path in sorted(stack_dir.endpoints.glob("*.json"))]

    def write(self, stack_dir: StackDir) -> None:
        """Write the fragment; it has no effect on traffic until it is published."""
        write_private(_endpoint_path(stack_dir, self.model, self.slot), json.dumps(asdict(self)))

    @staticmethod
    def remove(stack_dir: StackDir, model: str, slot: str) -> None:
        """Remove a slot's fragment."""
        _endpoint_path(stack_dir, model, slot).unlink(missing_ok=True)


@dataclass(frozen=True, kw_only=True)
class Weights:
    """The fragment of a model's traffic.

    Args:
        weights: Per cent by slot.
        mirror: A slot that gets copies of requests, and of how many per cent.
        live: What the last finished shift made live.
        previous: What was live before that: a slot that still runs it can be gone back to at once.
        predictions_logged: Whether the access log says what was predicted, as a shift may want to count it.
    """

    weights: dict[str, int]
    mirror: tuple[str, int] | None = None
    live: Served | None = None
    previous: Served | None = None
    predictions_logged: bool = False

    @classmethod
    def read(cls, stack_dir: StackDir, model: str) -> "Weights | None":
        """Return a model's weights, `None` when no user reaches it yet."""
        path = stack_dir.weights / f"{model}.json"
        if not path.exists():
            return None
        found = json.loads(path.read_text())
        return cls(
            weights=found["weights"],
            mirror=tuple(found["mirror"]) if found["mirror"] else None,
            live=Served(**found["live"]) if found["live"] else None,
            previous=Served(**found["previous"]) if found["previous"] else None,
            predictions_logged=found["predictions_logged"],
        )

    @property
    def known(self) -> Known:
        """What is live, and what was before."""
        return Known(live=self.live, previous=self.previous)

    def write(self, stack_dir: StackDir, model: str) -> None:
        """Write the fragment; it has no effect on traffic until it is published."""
        write_private(stack_dir.weights / f"{model}.json", json.dumps(asdict(self)))

    @staticmethod
    def remove(stack_dir: StackDir, model: str) -> None:
        """Remove a model's fragment."""
        (stack_dir.weights / f"{model}.json").unlink(missing_ok=True)


def _endpoint_path(stack_dir: StackDir, model: str, slot: str) -> Path:
    return stack_dir.endpoints / f"{model}.{slot}.json"
