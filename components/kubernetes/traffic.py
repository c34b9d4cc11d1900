"""The shift of one model as a Job in the cluster: it owns the rules of the model's routes, and so their weights.

Produces a `slipway:kubernetes:Traffic`. A shift that was aborted or interrupted fails `pulumi up`, and traffic is back
where it was; whoever started it may be gone meanwhile (docs/adr/0035-the-shift-owns-the-rules.md).
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.kubernetes.cluster_site import Site
from components.kubernetes.document import Document
from components.kubernetes.fetch import WORK, fetch_container
from components.kubernetes.manifest import Manifest
from components.kubernetes.object_names import content_name, object_name, shift_name
from components.kubernetes.release_volume import ReleaseVolume, release_volume
from components.kubernetes.rollout_job import KEY_OPTION, ROUTE_SECONDS, Rollout, rollout_job
from serving.shift_plan import longest_seconds, shift_plan

RULES_FOLDER = "/var/run/slipway/rules"
RULES_FILE = "rules.json"
PROBES = f"{WORK}/probes"
CALL_SECONDS = 10.0
"""The longest that one call to the gateway or to the API takes."""


@dataclass(frozen=True, kw_only=True)
class TrafficArgs:
    """One model's traffic.

    Args:
        site: The stack's place.
        spec: Plain values: `model`, `live`, `releases` (slot → digest), `plan`, `cold_start_seconds`: how long a slot
            that may be cold takes to its first answer, 0 for one that is warm.
        slots: Slot → its plain values, with `release`.
        template: The rules of the routes without weights.
        after: The gate of the slot that gets the traffic, and the routes that it writes.
        priority_class: That of live slots; None where there are no classes.
    """

    site: Site
    spec: Mapping[str, Any]
    slots: Mapping[str, Mapping[str, Any]]
    template: Mapping[str, Any]
    after: Sequence[pulumi.Resource]
    priority_class: str | None = None


class Traffic(pulumi.ComponentResource):
    """Which slot of a model its users reach."""

    name: pulumi.Output[str]

    def __init__(self, name: str, args: TrafficArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:kubernetes:Traffic", name, dict(args.spec), opts)
        rules = rules_config_map(args.site, args.spec["model"], args.template)
        named = content_name(f"{name}-rules", args.template)
        template = Manifest(named, rules, pulumi.ResourceOptions(parent=self))
        rollout = shift_rollout(args, rules["metadata"]["name"])
        self.job = rollout_job(self, f"{name}-job", args.site, rollout, [template, *args.after])
        self.name = pulumi.Output.from_input(rollout.name)
        self.register_outputs({**args.spec, "name": self.name})


def rules_config_map(site: Site, model: str, template: Mapping[str, Any]) -> Document:
    """Return the rules as the Job reads them; other rules are another object, and so another Job."""
    name = content_name(f"{object_name(model)}-rules", template)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": site.metadata(name, site.labels("shift", model=model)),
        "immutable": True,
        "data": {RULES_FILE: json.dumps(template, sort_keys=True)},
    }


def shift_rollout(args: TrafficArgs, rules: str) -> Rollout:
    """Return what the Job runs.

    Args:
        args: The model's traffic.
        rules: The name of the ConfigMap with the rules.
    """
    site, spec, model = args.site, args.spec, args.spec["model"]
    volumes = {
        f"fetch-{slot}": release_volume(entry["release"], number)
        for number, (slot, entry) in enumerate(args.slots.items())
    }
    name, plan = object_name(model), shift_plan(spec["plan"])
    cold_seconds = math.ceil(spec["cold_start_seconds"])
    wait_seconds = cold_seconds + ROUTE_SECONDS if cold_seconds else 0
    return Rollout(
        kind="shift",
        model=model,
        name=shift_name(model),
        arguments=[
            *("--namespace", site.namespace, "--model", model, "--http-route", name, "--grpc-route", name),
            *("--rules", f"{RULES_FOLDER}/{RULES_FILE}", "--candidate", spec["live"]),
            *("--releases", json.dumps(spec["releases"], sort_keys=True)),
            *("--plan", json.dumps(spec["plan"], sort_keys=True)),
            *("--wait-seconds", str(wait_seconds)),
            *("--metrics", site.metrics_url, "--url", site.gateway_url, *KEY_OPTION, "--probes", PROBES),
        ],
        fetches=[_probe_fetch(site, slot, entry, volumes[f"fetch-{slot}"]) for slot, entry in args.slots.items()],
        releases=volumes,
        longest_seconds=wait_seconds + longest_seconds(plan, max(CALL_SECONDS, plan.probe_seconds)),
        verbs=["get", "patch"],
        priority_class=args.priority_class,
        volumes=[{"name": "rules", "configMap": {"name": rules}}],
        mounts=[{"name": "rules", "mountPath": RULES_FOLDER, "readOnly": True}],
    )


def _probe_fetch(site: Site, slot: str, entry: Mapping[str, Any], volume: ReleaseVolume) -> Document:
    return fetch_container(
        site,
        name=f"fetch-{slot}",
        image=site.rollout_image,
        release=entry["release"],
        volume=volume,
        into=["--probe-out", f"{PROBES}/{slot}.json"],
    )
