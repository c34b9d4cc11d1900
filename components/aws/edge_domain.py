"""The name that clients call: a custom domain on the API, its record, and a probe that keeps the VPC link alive.

With mutual TLS there is no probe: Route 53 has no client certificate, so it would find the name dead for ever.
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import apigatewayv2 as api
from pulumi_aws import route53

from components.aws.aws_site import Site
from components.aws.edge_spec import Mtls

PROBE_SECONDS, PROBE_FAILURES, PROBE_PATH = 30, 3, "/healthz"


@dataclass(frozen=True, kw_only=True)
class EdgeDomainArgs:
    """Which name, on which stage of which API."""

    site: Site
    domain: str
    zone_id: str
    certificate_arn: pulumi.Input[str]
    api_id: pulumi.Input[str]
    stage_name: pulumi.Input[str]
    mtls: Mtls | None = None


class EdgeDomain(pulumi.ComponentResource):
    """A custom domain that leads to the API.

    Produces:
        Domain name, mapping, alias record, health check unless clients need certificates.
    """

    health_check_id: pulumi.Output[str | None]

    def __init__(self, name: str, args: EdgeDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the domain, map it to the stage, then let the record point to it."""
        super().__init__("slipway:aws:EdgeDomain", name, None, opts)
        self._name, self._args = name, args
        domain = self._domain()
        mapping = api.ApiMapping(
            f"{name}-mapping",
            api_id=args.api_id,
            domain_name=domain.domain_name,
            stage=args.stage_name,
            opts=pulumi.ResourceOptions(parent=self),
        )
        record = self._record(domain, mapping)
        probe = self._probe(record).id if args.mtls is None else None
        self.health_check_id = pulumi.Output.from_input(probe)
        self.register_outputs({"health_check_id": self.health_check_id})

    def _domain(self) -> api.DomainName:
        mtls = self._args.mtls
        bundle: api.DomainNameMutualTlsAuthenticationArgsDict | None = (
            {"truststore_uri": mtls.truststore_uri, "truststore_version": mtls.version} if mtls else None
        )
        return api.DomainName(
            self._name,
            domain_name=self._args.domain,
            domain_name_configuration={
                "certificate_arn": self._args.certificate_arn,
                "endpoint_type": "REGIONAL",
                "security_policy": "TLS_1_2",
            },
            mutual_tls_authentication=bundle,
            tags=self._args.site.tags.named(self._name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _record(self, domain: api.DomainName, mapping: api.ApiMapping) -> route53.Record:
        target = domain.domain_name_configuration
        return route53.Record(
            f"{self._name}-record",
            zone_id=self._args.zone_id,
            name=self._args.domain,
            type="A",
            aliases=[
                {
                    "name": target.apply(lambda known: known.target_domain_name or ""),
                    "zone_id": target.apply(lambda known: known.hosted_zone_id or ""),
                    "evaluate_target_health": False,
                }
            ],
            # A name that answers before it is mapped answers 403.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[mapping]),
        )

    def _probe(self, record: route53.Record) -> route53.HealthCheck:
        return route53.HealthCheck(
            f"{self._name}-probe",
            type="HTTPS",
            fqdn=self._args.domain,
            port=443,
            resource_path=PROBE_PATH,
            request_interval=PROBE_SECONDS,
            failure_threshold=PROBE_FAILURES,
            enable_sni=True,
            tags=self._args.site.tags.named(f"{self._name}-probe"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[record]),
        )
