"""What the public entry can be: domain, authentication, limits, and the quotas of HTTP APIs as sentences."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from components.aws.log_retention import RETENTION_DAYS

TIMEOUT_MS = range(50, 30_001)
MAX_ROUTES = 300
AUDIENCES = range(1, 51)
MAX_SCOPES = 10
"""All four: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
INSTEAD = "Use the gRPC listener, or answer asynchronously."

_ROUTE = re.compile(r"^(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /\S*$")


@dataclass(frozen=True, kw_only=True)
class Jwt:
    """Tokens that API Gateway accepts; the issuer's keys must answer within 1.5 s and 150 kB."""

    issuer: str
    audiences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """Limits per stage and route, not per client: limits per client stay in Envoy."""

    requests_per_second: int = 50
    burst: int = 100


@dataclass(frozen=True, kw_only=True)
class Route:
    """One way in.

    Args:
        key: method and path, such as `ANY /v2/{proxy+}`.
        auth: `jwt` is checked by API Gateway; `gateway` leaves it to Envoy's API keys.
        scopes: of which a token needs one.
    """

    key: str
    auth: Literal["jwt", "gateway"] = "jwt"
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NoGrpc:
    """Serve REST only."""

    kind: Literal["none"] = "none"


@dataclass(frozen=True, kw_only=True)
class GrpcInternal:
    """A gRPC listener that answers inside the network."""

    kind: Literal["internal"] = "internal"


@dataclass(frozen=True, kw_only=True)
class GrpcPublic:
    """A gRPC listener on a load balancer of its own that answers these ranges."""

    allowed_cidrs: tuple[str, ...]
    kind: Literal["public"] = "public"


@dataclass(frozen=True, kw_only=True)
class Mtls:
    """Ask clients for certificates signed by this bundle; without its version a changed bundle is never read."""

    truststore_uri: str
    version: str


@dataclass(frozen=True, kw_only=True)
class NoWaf:
    """No web application firewall: HTTP APIs cannot take one themselves."""

    kind: Literal["none"] = "none"


@dataclass(frozen=True, kw_only=True)
class CloudFrontWaf:
    """CloudFront in front of the API carries the firewall, and sends a secret that the gateway can ask for."""

    origin_secret: str = field(repr=False)
    requests_per_five_minutes: int = 10_000
    kind: Literal["cloudfront"] = "cloudfront"


@dataclass(frozen=True, kw_only=True)
class EnvoyPorts:
    """Where Envoy's pods listen: requests over TLS, and its own readiness."""

    requests: int = 10443
    ready: int = 19003
    ready_path: str = "/ready"
    drain_seconds: int = 90


@dataclass(frozen=True, kw_only=True)
class EdgeSpec:
    """The plain description of the public entry.

    Args:
        domain: the name that clients call; its certificate is made here.
        zone_id: the Route 53 zone of the domain.
        certificate_arn: instead of a domain, outside production: a certificate that exists.
        server_name: the name on that certificate, which gRPC clients verify.
        jwt: for routes with `auth: jwt`.
        timeout_ms: of one request.
        grpc: whether gRPC clients have a listener.
        cors_origins: web pages that may call; none by default.
        deregistration_seconds: how long a leaving pod still gets its open connections.
    """

    domain: str | None = None
    zone_id: str | None = None
    certificate_arn: str | None = None
    server_name: str | None = None
    jwt: Jwt | None = None
    throttle: Throttle = field(default_factory=Throttle)
    routes: tuple[Route, ...] = (Route(key="ANY /v2/{proxy+}"),)
    timeout_ms: int = 29_000
    grpc: NoGrpc | GrpcInternal | GrpcPublic = field(default_factory=NoGrpc)
    mtls: Mtls | None = None
    waf: NoWaf | CloudFrontWaf = field(default_factory=NoWaf)
    envoy: EnvoyPorts = field(default_factory=EnvoyPorts)
    cors_origins: tuple[str, ...] = ()
    deregistration_seconds: int = 60
    log_retention_days: int = 30


def edge_problems(spec: EdgeSpec, *, production: bool) -> Iterator[str]:
    """Yield every sentence about what is wrong with an edge."""
    yield from _name_problems(spec, production=production)
    yield from _auth_problems(spec)
    if spec.timeout_ms not in TIMEOUT_MS:
        limit = f"stop at {TIMEOUT_MS[-1]:,}" if spec.timeout_ms > TIMEOUT_MS[-1] else f"start at {TIMEOUT_MS[0]}"
        yield f"edge.timeout_ms is {spec.timeout_ms}; HTTP APIs {limit}. {INSTEAD}"
    if min(spec.throttle.requests_per_second, spec.throttle.burst) < 1:
        yield "edge.throttle has a limit below 1; no request would pass. Give requests_per_second and burst."
    if spec.log_retention_days not in RETENTION_DAYS:
        allowed = ", ".join(map(str, RETENTION_DAYS))
        yield f"edge.log_retention_days is {spec.log_retention_days}; CloudWatch accepts {allowed}."
    if isinstance(spec.grpc, GrpcPublic):
        yield from _range_problems(spec.grpc.allowed_cidrs)
    if spec.deregistration_seconds > spec.envoy.drain_seconds:
        yield (
            f"edge.deregistration_seconds is {spec.deregistration_seconds}, longer than Envoy drains "
            f"({spec.envoy.drain_seconds} s); a pod must outlive its registration."
        )


def _name_problems(spec: EdgeSpec, *, production: bool) -> Iterator[str]:
    if spec.domain is None and production:
        yield ("edge.domain is missing; prod needs one, because the execute-api address cannot be disabled without it.")
    elif spec.domain is None and (spec.certificate_arn is None or spec.server_name is None):
        yield (
            "edge.domain is missing, and edge.certificate_arn with edge.server_name too; give one of them: the load "
            "balancer answers over TLS only."
        )
    if spec.domain is not None and spec.zone_id is None:
        yield f"edge.zone_id is missing; give the Route 53 zone of {spec.domain}, which proves the certificate."
    if spec.mtls is not None and spec.domain is None:
        yield "edge.mtls needs edge.domain: only a custom domain asks clients for certificates."
    if spec.mtls is not None and not spec.mtls.version:
        yield "edge.mtls.version is missing; without it a changed bundle is never read."
    if spec.mtls is not None and isinstance(spec.waf, CloudFrontWaf):
        yield (
            "edge.mtls and edge.waf cloudfront cannot stand together: the API would ask CloudFront for a client "
            "certificate, and it presents none here. Leave one of them out."
        )
    if isinstance(spec.waf, CloudFrontWaf) and spec.domain is None:
        yield "edge.waf is cloudfront, which needs edge.domain."


def _auth_problems(spec: EdgeSpec) -> Iterator[str]:
    if len(spec.routes) > MAX_ROUTES:
        yield f"edge.routes has {len(spec.routes)} entries; HTTP APIs stop at {MAX_ROUTES}."
    for index, route in enumerate(spec.routes):
        if not _ROUTE.match(route.key):
            yield f'edge.routes[{index}].key is "{route.key}"; write a method and a path such as ANY /v2/{{proxy+}}.'
        if route.auth == "jwt" and spec.jwt is None:
            yield (
                f"edge.routes[{index}].auth is jwt, but edge.jwt is missing; give issuer and audiences, or spell out "
                "auth: gateway (Envoy's API keys)."
            )
        if len(route.scopes) > MAX_SCOPES:
            yield f"edge.routes[{index}].scopes has {len(route.scopes)} entries; HTTP APIs stop at {MAX_SCOPES}."
    if spec.jwt is not None:
        if not spec.jwt.issuer.startswith("https://"):
            yield f'edge.jwt.issuer is "{spec.jwt.issuer}"; it must begin with https://.'
        if len(spec.jwt.audiences) not in AUDIENCES:
            yield f"edge.jwt.audiences has {len(spec.jwt.audiences)} entries; give 1 to 50."


def _range_problems(cidrs: tuple[str, ...]) -> Iterator[str]:
    if not cidrs:
        yield "edge.grpc.allowed_cidrs is empty; list the ranges of your clients, or use internal."
    for cidr in cidrs:
        try:
            network = ipaddress.ip_network(cidr)
        except ValueError as error:
            yield f'edge.grpc.allowed_cidrs has "{cidr}", which is no range ({error}).'
            continue
        if network.prefixlen == 0:
            yield f"edge.grpc.allowed_cidrs has {cidr}, which opens the models to everyone; list your clients' ranges."
