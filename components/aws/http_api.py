"""The HTTP API: authenticates, throttles, logs, and passes requests through a VPC link to the load balancer.

The link depends on nothing of Envoy, so an empty target group answers 503 and not "no such host". A link without
traffic for 60 days becomes inactive; the probe of the edge keeps it alive.
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import apigatewayv2 as api
from pulumi_aws import cloudwatch, ec2, vpc

from components.aws.access_log_format import access_log_format
from components.aws.aws_site import Site
from components.aws.edge_spec import EdgeSpec, Jwt, Route
from components.aws.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.aws.key_policy import log_statement
from components.aws.network import Network
from components.aws.waits import SLOW_DELETE

HTTPS_PORT = 443
HEALTH_ROUTE = Route(key="GET /healthz", auth="gateway")
"""What the probe calls: it carries no token, and Envoy answers it without a key."""


@dataclass(frozen=True, kw_only=True)
class HttpApiArgs:
    """Which API, and the listener behind it.

    Args:
        server_name: the name on the listener's certificate, which API Gateway compares.
        balancer_security_group_id: the only group that the link may reach.
    """

    site: Site
    network: Network
    spec: EdgeSpec
    listener_arn: pulumi.Input[str]
    server_name: str
    balancer_security_group_id: pulumi.Input[str]


class HttpApi(pulumi.ComponentResource):
    """An API with one integration, its routes and one stage.

    Produces:
        VPC link with its security group, API, authorizer, integration, routes, key, log group, stage.
    """

    api_id: pulumi.Output[str]
    stage_name: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    link_security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: HttpApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make link and API, then integration, routes, stage."""
        super().__init__("slipway:aws:HttpApi", name, None, opts)
        self._name, self._args, self._site, self._spec = name, args, args.site, args.spec
        link = self._link()
        self._api = self._make_api()
        integration = self._integration(link)
        authorizer = self._authorizer(args.spec.jwt) if args.spec.jwt else None
        routes = [self._route(route, integration, authorizer) for route in self._routes]
        log_group = self._log_group()
        stage = self._stage(log_group, routes)
        self.api_id, self.stage_name, self.endpoint = self._api.id, stage.name, self._api.api_endpoint
        self.log_group_name = log_group.name
        self.register_outputs({key: getattr(self, key) for key in HttpApi.__annotations__})

    @property
    def _routes(self) -> tuple[Route, ...]:
        return (*self._spec.routes, HEALTH_ROUTE)

    def _link(self) -> api.VpcLink:
        name = f"{self._name}-link"
        group = ec2.SecurityGroup(
            f"{name}-group",
            vpc_id=self._args.network.vpc_id,
            description="API Gateway's way to the load balancer",
            tags=self._site.tags.named(f"{name}-group"),
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=SLOW_DELETE),
        )
        vpc.SecurityGroupEgressRule(
            f"{name}-to-balancer",
            security_group_id=group.id,
            referenced_security_group_id=self._args.balancer_security_group_id,
            ip_protocol="tcp",
            from_port=HTTPS_PORT,
            to_port=HTTPS_PORT,
            tags=self._site.tags.named(f"{name}-to-balancer"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.link_security_group_id = group.id
        return api.VpcLink(
            name,
            subnet_ids=self._args.network.anchor_private_subnets,
            security_group_ids=[group.id],
            tags=self._site.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _make_api(self) -> api.Api:
        origins = list(self._spec.cors_origins)
        return api.Api(
            self._name,
            protocol_type="HTTP",
            # With it, mutual TLS and the firewall could be walked around.
            disable_execute_api_endpoint=self._spec.domain is not None,
            cors_configuration={"allow_origins": origins, "allow_methods": ["POST"]} if origins else None,
            tags=self._site.tags.named(self._name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _integration(self, link: api.VpcLink) -> api.Integration:
        return api.Integration(
            f"{self._name}-integration",
            api_id=self._api.id,
            integration_type="HTTP_PROXY",
            integration_method="ANY",
            integration_uri=self._args.listener_arn,
            connection_type="VPC_LINK",
            connection_id=link.id,
            payload_format_version="1.0",
            timeout_milliseconds=self._spec.timeout_ms,
            tls_config={"server_name_to_verify": self._args.server_name},
            # Without the first, the stage's name becomes part of the path.
            request_parameters={
                "overwrite:path": "$request.path",
                "overwrite:header.x-request-id": "$context.requestId",
            },
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _authorizer(self, jwt: Jwt) -> api.Authorizer:
        return api.Authorizer(
            f"{self._name}-jwt",
            api_id=self._api.id,
            authorizer_type="JWT",
            identity_sources=["$request.header.Authorization"],
            jwt_configuration={"issuer": jwt.issuer, "audiences": list(jwt.audiences)},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _route(self, route: Route, integration: api.Integration, authorizer: api.Authorizer | None) -> api.Route:
        by_token = authorizer is not None and route.auth == "jwt"
        key = "".join(char if char.isalnum() else "-" for char in route.key).strip("-").lower()
        return api.Route(
            f"{self._name}-{key}",
            api_id=self._api.id,
            route_key=route.key,
            target=integration.id.apply(lambda known: f"integrations/{known}"),
            authorization_type="JWT" if by_token else "NONE",
            authorizer_id=authorizer.id if authorizer and by_token else None,
            authorization_scopes=list(route.scopes) or None,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _log_group(self) -> cloudwatch.LogGroup:
        # Below /aws/vendedlogs the delivery needs no entry in the account's size-limited log policy.
        group = f"/aws/vendedlogs/apigateway/slipway-{self._site.tags.stack}-{self._name}"
        statement = log_statement(self._site.region, [self._site.arn("logs", f"log-group:{group}")])
        key = EncryptionKeyArgs(site=self._site, description="Access log of the API", statements=(statement,))
        key_arn = EncryptionKey(f"{self._name}-log-key", key, pulumi.ResourceOptions(parent=self)).key_arn
        return cloudwatch.LogGroup(
            f"{self._name}-log",
            name=group,
            retention_in_days=self._spec.log_retention_days,
            kms_key_id=key_arn,
            tags=self._site.tags.named(group),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _stage(self, log_group: cloudwatch.LogGroup, routes: list[api.Route]) -> api.Stage:
        throttle = self._spec.throttle
        limits: api.StageDefaultRouteSettingsArgsDict = {
            "throttling_rate_limit": throttle.requests_per_second,
            "throttling_burst_limit": throttle.burst,
            "detailed_metrics_enabled": True,
        }
        per_route: list[api.StageRouteSettingArgsDict] = [
            {
                "route_key": route.key,
                "throttling_rate_limit": throttle.requests_per_second,
                "throttling_burst_limit": throttle.burst,
                "detailed_metrics_enabled": True,
            }
            for route in self._routes
        ]
        return api.Stage(
            f"{self._name}-stage",
            api_id=self._api.id,
            name="$default",
            auto_deploy=True,
            default_route_settings=limits,
            route_settings=per_route,
            access_log_settings={"destination_arn": log_group.arn, "format": access_log_format()},
            tags=self._site.tags.named(f"{self._name}-stage"),
            # Settings of a route are refused while the route does not exist.
            opts=pulumi.ResourceOptions(parent=self, depends_on=routes),
        )
