"""One model on a cluster: a slot for each release, the routes to them, and the traffic between them.

Produces a `slipway:kubernetes:Model` with both slots' Services, its routes and who may use them, a `ReleaseSource` a
release, a `ModelSlot` and a `Gate` a configured slot, one `Traffic`, and alerts where the cluster has the operator for
them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.kubernetes import gateway_routes, triton
from components.kubernetes.cluster_access import ClusterAccess
from components.kubernetes.cluster_site import Site
from components.kubernetes.document import Document
from components.kubernetes.drain import drain
from components.kubernetes.gate import Gate, GateArgs
from components.kubernetes.gateway import Gateway
from components.kubernetes.gateway_policies import model_access
from components.kubernetes.live_slot import LiveSlot
from components.kubernetes.manifest import Manifest
from components.kubernetes.metrics import model_rules
from components.kubernetes.model_resources import ModelResources
from components.kubernetes.model_slot import ModelSlot, ModelSlotArgs
from components.kubernetes.object_names import SLOTS, content_name
from components.kubernetes.release_source import ReleaseSource, ReleaseSourceArgs
from components.kubernetes.release_volume import is_directory
from components.kubernetes.slot_service import slot_service
from components.kubernetes.traffic import Traffic, TrafficArgs


@dataclass(frozen=True, kw_only=True)
class ModelArgs:
    """One model.

    Args:
        site: The stack's place.
        access: How the cluster is entered.
        gateway: The gateway that leads to it.
        clients: Client → `models`, `may_pin_slots`.
        spec: Plain values: those of a model on one machine, `namespace`, and `resources`.
        admin: The Secret with the key of the model servers' administration.
        priority_classes: `live` and `idle` to the name of a class; None where there are none.
        draining: Whether the stack prepares its end: no pods, no gate, no shift.
    """

    site: Site
    access: ClusterAccess
    gateway: Gateway
    clients: Mapping[str, Any]
    spec: Mapping[str, Any]
    admin: pulumi.Resource
    priority_classes: Mapping[str, str] | None = None
    draining: bool = False


class Model(pulumi.ComponentResource):
    """A served name, its slots and its traffic."""

    url: pulumi.Output[str]
    spec: pulumi.Output[dict[str, Any]]

    def __init__(self, name: str, args: ModelArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:kubernetes:Model", name, {"spec": args.spec}, opts)
        self._name, self._args, self._site, self._spec = name, args, args.site, args.spec
        services = [self._manifest(f"{slot}-service", slot_service(args.site, args.spec, slot)) for slot in SLOTS]
        self.routes = self._user_routes(services)
        pinned = self._pinned_routes(services)
        who = [
            self._manifest(role, document, *self.routes, *pinned)
            for role, document in zip(
                ("access", "pinned-access"), model_access(args.site, args.spec["model"], args.clients), strict=True
            )
        ]
        for slot in SLOTS:
            if slot not in args.spec["slots"]:
                self._guard_of_nothing(slot)
        self._sources = {digest: self._source(release) for digest, release in self._releases().items()}
        self.slots: dict[str, ModelSlot] = {}
        self._roll_out([*pinned, *who, *args.gateway.policies])
        if args.site.has_operator:
            self._manifest("alerts", model_rules(args.site, args.spec))
        self.url = pulumi.Output.concat(args.gateway.url, f"/v2/models/{args.spec['model']}/infer")
        self.spec = pulumi.Output.from_input(dict(args.spec))
        self.register_outputs({"url": self.url, "spec": self.spec})

    def _manifest(
        self, role: str, document: Document, *after: pulumi.Resource, ignore: tuple[str, ...] = ()
    ) -> Manifest:
        options = pulumi.ResourceOptions(parent=self, depends_on=list(after), ignore_changes=list(ignore))
        return Manifest(f"{self._name}-{role}", document, options)

    def _user_routes(self, services: list[Manifest]) -> list[Manifest]:
        model, owned = self._spec["model"], tuple(gateway_routes.OWNED_BY_SHIFT)
        answer = self._manifest("not-yet", gateway_routes.not_yet(self._site, model))
        return [
            self._manifest(
                kind.lower(),
                gateway_routes.user_route(self._site, kind, model),
                *(self._args.gateway.resource, answer, *services),
                ignore=owned,
            )
            for kind in gateway_routes.ROUTES
        ]

    def _pinned_routes(self, services: list[Manifest]) -> list[Manifest]:
        answer = self._manifest("no-slot", gateway_routes.no_slot(self._site, self._spec["model"]))
        return [
            self._manifest(
                f"{slot}-{kind.lower()}",
                gateway_routes.pinned_route(self._site, kind, self._spec, slot),
                *(self._args.gateway.resource, answer, *services),
            )
            for slot in SLOTS
            for kind in gateway_routes.ROUTES
        ]

    def _guard_of_nothing(self, slot: str) -> LiveSlot:
        """Register what refuses to leave out a slot that users still reach."""
        props = {"namespace": self._site.namespace, "model": self._spec["model"], "slot": slot, "sha256": ""}
        options = pulumi.ResourceOptions(parent=self)
        return LiveSlot(f"{self._name}-{slot}-guard", self._args.access, props, options)

    def _releases(self) -> dict[str, Mapping[str, Any]]:
        """Each release once, however many slots run it; from a directory where one of them says so."""
        found = sorted((entry["release"] for entry in self._spec["slots"].values()), key=is_directory)
        return {release["sha256"]: release for release in found}

    def _source(self, release: Mapping[str, Any]) -> ReleaseSource:
        name = content_name(f"{self._name}-release", release["sha256"])
        args = ReleaseSourceArgs(site=self._site, release=release)
        return ReleaseSource(name, args, pulumi.ResourceOptions(parent=self))

    def _slot(self, slot: str, turn: Sequence[pulumi.Resource]) -> ModelSlot:
        release, resources = self._spec["slots"][slot]["release"], ModelResources.of(self._spec["resources"])
        source = self._sources[release["sha256"]]
        stop = drain(self._site.request_timeout_seconds)
        props = {
            "model": self._spec["model"],
            "slot": slot,
            "release": release,
            "runtime": self._spec["runtime"],
            "command": triton.command(
                self._spec["model"],
                exit_timeout_seconds=stop.exit_timeout_seconds,
                with_gpu=bool(resources.gpu),
            ),
            "resources": self._spec["resources"],
            "becomes_live": self._spec["live"] == slot,
        }
        args = ModelSlotArgs(
            site=self._site,
            access=self._args.access,
            spec=props,
            priority_classes=self._args.priority_classes,
            draining=self._args.draining,
            after=[self._args.admin, *filter(None, [source.config_map])],
            turn=turn,
        )
        return ModelSlot(f"{self._name}-{slot}", args, pulumi.ResourceOptions(parent=self))

    def _roll_out(self, through: list[pulumi.Resource]) -> None:
        """Register the slot that is to be live, its gate and the shift to it; the other slot after them.

        The other one may have all traffic still. Nothing of it changes before the shift, and what is wrong with it
        does not keep traffic from where it is to go.

        Args:
            through: What a gate asks through.
        """
        # Gates and shifts compare both releases, whichever slot runs already.
        through = [*through, *(source.config_map for source in self._sources.values() if source.config_map)]
        done: list[pulumi.Resource] = []
        for slot in sorted(self._spec["slots"], key=lambda slot: slot != self._spec["live"]):
            self.slots[slot] = self._slot(slot, done)
            if self._args.draining:
                continue
            gate = self._gate(slot, [*self.slots[slot].ready, *through, *done])
            if not done:
                self.traffic = self._traffic([gate.job, *self.routes])
                done = [self.traffic.job]

    def _gate(self, slot: str, after: list[pulumi.Resource]) -> Gate:
        entries = self._spec["slots"]
        others = ({"slot": key, "release": entry["release"]} for key, entry in entries.items() if key != slot)
        props = {
            "model": self._spec["model"],
            "slot": slot,
            "release": entries[slot]["release"],
            "other": next(others, None),
            "becomes_live": self._spec["live"] == slot,
            "limits": self._spec["gate"],
            "cold_start_seconds": self._cold_start_seconds(),
        }
        args = GateArgs(site=self._site, spec=props, after=after, priority_class=self._job_class())
        return Gate(f"{self._name}-{slot}-gate", args, pulumi.ResourceOptions(parent=self))

    def _cold_start_seconds(self) -> float:
        resources = ModelResources.of(self._spec["resources"])
        return self._site.start_seconds(resources.pool) if resources.idle_warm_hours is not None else 0

    def _job_class(self) -> str | None:
        return self._args.priority_classes["live"] if self._args.priority_classes else None

    def _traffic(self, after: list[pulumi.Resource]) -> Traffic:
        entries = self._spec["slots"]
        props = {
            "model": self._spec["model"],
            "live": self._spec["live"],
            "releases": {slot: entry["release"]["sha256"] for slot, entry in entries.items()},
            "plan": self._spec["shift"],
            "cold_start_seconds": self._cold_start_seconds(),
        }
        args = TrafficArgs(
            site=self._site,
            spec=props,
            slots=entries,
            template=gateway_routes.rules_template(self._spec),
            after=after,
            priority_class=self._job_class(),
        )
        return Traffic(f"{self._name}-traffic", args, pulumi.ResourceOptions(parent=self))
