"""Everything of a stack on a cluster, from plain values: identity, namespace, gateway and models.

Produces a `slipway:kubernetes:Platform` with a `ClusterIdentity`, the cluster's provider, `Controllers` where they are
installed, the namespace and what holds in it, a `Gateway`, and a `Model` for each model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.client_key import ClientKey
from components.kubernetes import triton
from components.kubernetes.cluster_access import ClusterAccess
from components.kubernetes.cluster_identity import ClusterIdentity
from components.kubernetes.cluster_provider import cluster_provider
from components.kubernetes.cluster_site import Site
from components.kubernetes.controllers import Controllers, ControllersArgs
from components.kubernetes.document import Document
from components.kubernetes.gateway import Gateway, GatewayArgs, TlsPair
from components.kubernetes.manifest import Manifest, waiting_for
from components.kubernetes.metrics import slot_monitor
from components.kubernetes.model import Model, ModelArgs
from components.kubernetes.network_rules import default_deny


@dataclass(frozen=True, kw_only=True)
class PlatformArgs:
    """A stack on a cluster.

    Args:
        site: Where it stands.
        access: How the cluster is entered.
        gateway: The gateway's plain values, see `GatewayArgs.spec`.
        key_versions: Client → version of its key.
        models: Model → its plain values, see `ModelArgs.spec`.
        priority_classes: `live` and `idle` to the name of a class; None where there are none.
        tls: The gateway's certificate, where no Secret of the cluster holds one.
        draining: Whether the stack prepares its end.
        install: Whether this stack installs Envoy Gateway.
        gateway_namespace_labels: Of the namespace that it is installed into.
        after: What must be there before anything of it, such as a controller.
    """

    site: Site
    access: ClusterAccess
    gateway: Mapping[str, Any]
    key_versions: Mapping[str, int]
    models: Mapping[str, Mapping[str, Any]]
    priority_classes: Mapping[str, str] | None = None
    tls: TlsPair | None = None
    draining: bool = False
    install: bool = False
    gateway_namespace_labels: Mapping[str, str] | None = None
    after: Sequence[pulumi.Resource] = ()


class Platform(pulumi.ComponentResource):
    """All objects of one stack on a cluster."""

    gateway: Gateway
    models: dict[str, Model]
    spec: pulumi.Output[dict[str, Any]]

    def __init__(self, name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = {"namespace": args.site.namespace, "gateway_namespace": args.site.gateway_namespace}
        super().__init__("slipway:kubernetes:Platform", name, {"spec": spec}, opts)
        self._name, self._args = name, args
        identity = ClusterIdentity(f"{name}-cluster", args.access, pulumi.ResourceOptions(parent=self))
        # A cluster that is not the stack's must not see one object of it.
        alone = pulumi.ResourceOptions(parent=self, depends_on=[identity])
        self.provider = cluster_provider(f"{name}-provider", args.access, alone)
        self._before = [*args.after, *self._controllers()]
        namespace = self._manifest("namespace", self._namespace(), *self._before)
        rules = self._manifest("default-deny", default_deny(args.site), namespace)
        self._ready = [namespace, rules]
        self.gateway = self._gateway()
        admin = self._admin_key()
        if args.site.has_operator:
            self._manifest("monitor", slot_monitor(args.site), namespace)
        self.models = {model: self._model(spec, admin) for model, spec in args.models.items()}
        self.spec = pulumi.Output.from_input(spec)
        self.register_outputs({"spec": self.spec})

    def _child(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, provider=self.provider, depends_on=list(after))

    def _inside(self) -> pulumi.ResourceOptions:
        """Options of what is in the namespace: it waits until the namespace is there and denies everything."""
        waits = pulumi.ResourceOptions(transformations=[waiting_for(self._ready)])
        return pulumi.ResourceOptions.merge(self._child(), waits)

    def _manifest(self, role: str, document: Document, *after: pulumi.Resource) -> Manifest:
        return Manifest(f"{self._name}-{role}", document, self._child(*after))

    def _controllers(self) -> list[pulumi.Resource]:
        if not self._args.install:
            return []
        args = ControllersArgs(site=self._args.site, namespace_labels=self._args.gateway_namespace_labels)
        return [Controllers(f"{self._name}-controllers", args, self._child()).release]

    def _namespace(self) -> Document:
        site = self._args.site
        labels = {
            **site.labels("platform"),
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
        }
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": site.namespace, "labels": labels}}

    def _gateway(self) -> Gateway:
        args = GatewayArgs(
            site=self._args.site,
            spec={**self._args.gateway, "priority_class": (self._args.priority_classes or {}).get("live")},
            key_versions=self._args.key_versions,
            tls=self._args.tls,
            after=self._before,
        )
        return Gateway(f"{self._name}-gateway", args, self._inside())

    def _admin_key(self) -> Manifest:
        site = self._args.site
        key = ClientKey(f"{self._name}-triton-admin", triton.ADMIN_SECRET, 1, pulumi.ResourceOptions(parent=self))
        secret: pulumi.Output[str] = pulumi.Output.secret(key.key)
        document = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": site.metadata(triton.ADMIN_SECRET, site.labels("model")),
            "stringData": {"key": secret},
        }
        return self._manifest("triton-admin-secret", document, *self._ready)

    def _model(self, spec: Mapping[str, Any], admin: Manifest) -> Model:
        args = ModelArgs(
            site=self._args.site,
            access=self._args.access,
            gateway=self.gateway,
            clients=self._args.gateway["clients"],
            spec=spec,
            admin=admin,
            priority_classes=self._args.priority_classes,
            draining=self._args.draining,
        )
        return Model(spec["model"], args, self._inside())
