"""The gate of one slot as a Job in the cluster: it runs when the slot gets a release and before it becomes live.

Produces a `slipway:kubernetes:Gate`. A failed gate fails `pulumi up`; traffic stays where it is.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.kubernetes.cluster_site import Site
from components.kubernetes.fetch import WORK, fetch_container
from components.kubernetes.object_names import gate_name, object_name
from components.kubernetes.release_volume import release_volume
from components.kubernetes.rollout_job import KEY_OPTION, ROUTE_SECONDS, Rollout, rollout_job

CANDIDATE, LIVE = f"{WORK}/candidate", f"{WORK}/live"


@dataclass(frozen=True, kw_only=True)
class GateArgs:
    """One gate.

    Args:
        site: The stack's place.
        spec: Plain values: `model`, `slot`, `release`, `other` (`slot`, `release`) or None, `becomes_live`, `limits`,
            `cold_start_seconds`: how long a slot that may be cold takes to its first answer, 0 for one that is warm.
        after: The slot, routes and policies that it asks through, and the shift before it: two at once would measure
            each other's load.
        priority_class: That of live slots; None where there are no classes.
    """

    site: Site
    spec: Mapping[str, Any]
    after: Sequence[pulumi.Resource]
    priority_class: str | None = None


class Gate(pulumi.ComponentResource):
    """The gate of one slot."""

    name: pulumi.Output[str]

    def __init__(self, name: str, args: GateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:kubernetes:Gate", name, dict(args.spec), opts)
        rollout = gate_rollout(args)
        self.job = rollout_job(self, f"{name}-job", args.site, rollout, args.after)
        self.name = pulumi.Output.from_input(rollout.name)
        self.register_outputs({**args.spec, "name": self.name})


def gate_rollout(args: GateArgs) -> Rollout:
    """Return what the Job runs."""
    site, spec = args.site, args.spec
    wait_seconds = ROUTE_SECONDS + math.ceil(spec["cold_start_seconds"])
    model, slot, release, other = spec["model"], spec["slot"], spec["release"], spec["other"]
    releases = {"candidate": (release, CANDIDATE), **({"live": (other["release"], LIVE)} if other else {})}
    volumes = {name: release_volume(found, number) for number, (name, (found, _)) in enumerate(releases.items())}
    fetches = [
        fetch_container(
            site,
            name=name,
            image=site.rollout_image,
            release=found,
            volume=volumes[name],
            into=["--release-out", folder],
        )
        for name, (found, folder) in releases.items()
    ]
    return Rollout(
        kind="gate",
        model=model,
        name=gate_name(model, slot),
        arguments=[
            *("--release", CANDIDATE, "--url", site.gateway_url, "--model", model, "--slot", slot),
            *(("--live-release", LIVE, "--live-slot", other["slot"]) if other else ()),
            *KEY_OPTION,
            *("--wait-seconds", str(wait_seconds)),
            *("--limits", json.dumps(spec["limits"], sort_keys=True)),
            *("--unless-live", f"{site.namespace}/{object_name(model)}", "--expect-release", release["sha256"]),
        ],
        fetches=fetches,
        releases=volumes,
        longest_seconds=wait_seconds + float(spec["limits"]["timeout_seconds"]),
        verbs=["get"],
        priority_class=args.priority_class,
    )
