"""The one door to every model of a stack on a cluster: Envoy Gateway's objects, and a key for each client.

Produces a `slipway:kubernetes:Gateway` with one `ClientKey` a client, two Secrets of keys, the proxies' class, Gateway,
parameters and policies, and what answers where no model does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.client_key import ClientKey
from components.kubernetes import gateway_policies, gateway_proxy
from components.kubernetes.cluster_site import OPERATOR_KEY, Site
from components.kubernetes.document import Document
from components.kubernetes.gateway_policies import KEYS_SECRET
from components.kubernetes.gateway_routes import health, refusals
from components.kubernetes.manifest import Manifest
from components.kubernetes.metrics import proxy_monitor
from serving.gateway_names import OPERATOR


@dataclass(frozen=True, kw_only=True)
class TlsPair:
    """A certificate and its key, PEM; the key is a secret."""

    certificate_pem: pulumi.Input[str]
    private_key_pem: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """What the gateway is to be.

    Args:
        site: The stack's place.
        spec: Plain values: `clients` (name → `models`, `may_pin_slots`), `max_request_bytes`,
            `request_timeout_seconds`, `drain_seconds`, `service_type`, `proxies`, `requests_per_second`,
            `client_requests_per_second`, `image`, `priority_class`, `tls`.
        key_versions: Client → version of its key.
        tls: The certificate, where no Secret of the cluster holds one; `site.tls_secret` names the one made of it.
        after: What must be there before the first proxy starts.
    """

    site: Site
    spec: Mapping[str, Any]
    key_versions: Mapping[str, int]
    tls: TlsPair | None = None
    after: Sequence[pulumi.Resource] = ()


class Gateway(pulumi.ComponentResource):
    """The gateway of one stack."""

    url: pulumi.Output[str]
    address: pulumi.Output[str | None]
    keys: dict[str, pulumi.Output[str]]
    operator_key: pulumi.Output[str]
    spec: pulumi.Output[dict[str, Any]]

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:kubernetes:Gateway", name, {"spec": args.spec}, opts)
        self._name, self._site, self._args = name, args.site, args
        keys = {client: self._key(client, version) for client, version in args.key_versions.items()}
        operator = self._key(OPERATOR, 1)
        secrets = self._secrets({**keys, OPERATOR: operator})
        self.resource = self._gateway(secrets)
        self.policies = self._policies(secrets)
        self._answers()
        self.url = pulumi.Output.from_input(args.site.gateway_url)
        self.address = self.resource.status.apply(_first_address)
        self.keys = {client: key.key for client, key in keys.items()}
        self.operator_key = operator.key
        self.spec = pulumi.Output.from_input(dict(args.spec))
        self.register_outputs(
            {
                "url": self.url,
                "address": self.address,
                "keys": self.keys,
                "operator_key": self.operator_key,
                "spec": self.spec,
            }
        )

    def _manifest(self, role: str, document: Document, *after: pulumi.Resource) -> Manifest:
        return Manifest(f"{self._name}-{role}", document, self._child(*after))

    def _child(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after))

    def _key(self, client: str, version: int) -> ClientKey:
        return ClientKey(f"{self._name}-key-{client}", client, version, self._child())

    def _secrets(self, keys: Mapping[str, ClientKey]) -> list[Manifest]:
        values: dict[str, pulumi.Input[str]] = {client: key.key for client, key in keys.items()}
        made = [
            self._manifest("keys", self._secret(KEYS_SECRET, values)),
            self._manifest("operator", self._secret(OPERATOR_KEY, {"key": keys[OPERATOR].key})),
        ]
        if self._args.tls and self._site.tls_secret:
            pair = {"tls.crt": self._args.tls.certificate_pem, "tls.key": self._args.tls.private_key_pem}
            made.append(self._manifest("tls", self._secret(self._site.tls_secret, pair, "kubernetes.io/tls")))
        return made

    def _secret(self, name: str, values: Mapping[str, pulumi.Input[str]], kind: str = "Opaque") -> Document:
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": kind,
            "metadata": self._site.metadata(name, self._site.labels("gateway")),
            "stringData": {key: pulumi.Output.secret(value) for key, value in values.items()},
        }

    def _gateway(self, secrets: list[Manifest]) -> Manifest:
        site, spec = self._site, self._args.spec
        kind = self._manifest("class", gateway_proxy.gateway_class(site))
        # Without its parameters Envoy Gateway would make proxies by its own defaults, with a public load balancer.
        proxy = self._manifest("proxy", gateway_proxy.envoy_proxy(site, spec), *self._args.after)
        self._manifest("metrics", gateway_proxy.metrics_service(site))
        if site.has_operator:
            self._manifest("monitor", proxy_monitor(site))
        return self._manifest("gateway", gateway_proxy.gateway(site), kind, proxy, *secrets)

    def _policies(self, secrets: list[Manifest]) -> list[Manifest]:
        site, spec = self._site, self._args.spec
        documents = {
            "closed": gateway_policies.closed_gateway(site),
            "open": gateway_policies.open_health(site),
            "refused": gateway_policies.open_refusals(site, sorted(spec["clients"])),
            "callers": gateway_policies.client_traffic(site, spec),
            "backends": gateway_policies.backend_traffic(site, spec),
            "guard": gateway_policies.request_guard(site),
        }
        if site.published:
            # Not before the Gateway: a Service is waited for until it leads to pods.
            documents["inside"] = gateway_proxy.inside_service(site)
        return [self._manifest(role, document, self.resource, *secrets) for role, document in documents.items()]

    def _answers(self) -> None:
        paths, calls, *routes = refusals(self._site)
        answers = [self._manifest("no-path", paths), self._manifest("no-model", calls)]
        for document in routes:
            role = "no-path-route" if document["kind"] == "HTTPRoute" else "no-model-route"
            self._manifest(role, document, self.resource, *answers, *self.policies)
        told, route = health(self._site)
        self._manifest("health-route", route, self.resource, self._manifest("health", told), *self.policies)


def _first_address(status: Any) -> str | None:  # noqa: ANN401 - whatever the cluster says
    addresses = (status or {}).get("addresses") or ()
    return next((str(address["value"]) for address in addresses), None)
