"""CloudFront in front of the API, because HTTP APIs cannot take a web application firewall themselves.

The API's own name stays public: whoever does not send the secret header is for the gateway to refuse.

Alternatives: a REST API (takes one, private integration by VPC link V2 to an ALB), or a VPC origin straight to the
load balancer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudfront, route53, wafv2

from components.aws.aws_site import GLOBAL_REGION, Site
from components.aws.edge_certificate import EdgeCertificate, EdgeCertificateArgs
from components.aws.edge_spec import CloudFrontWaf

NO_CACHE_POLICY = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST_POLICY = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""Managed policies: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html"""
ORIGIN_HEADER = "x-slipway-origin"
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
RULE_SETS: Mapping[str, tuple[str, ...]] = {
    "AWSManagedRulesCommonRuleSet": (
        # Stops at 8 KB; one image as a tensor has hundreds.
        "SizeRestrictions_BODY",
        # Text to classify may hold markup, addresses and paths; no answer is rendered, nothing is fetched or opened.
        "CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY",
    ),
    # Raw bytes of a tensor can look like anything; there is no Java and no React behind the edge.
    "AWSManagedRulesKnownBadInputsRuleSet": ("JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"),
    "AWSManagedRulesAmazonIpReputationList": (),
}  # fmt: skip
"""Set of rules → those about bodies, which only count: a body is numbers or text for a model, and no form.

Source: https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
"""


@dataclass(frozen=True, kw_only=True)
class EdgeWafArgs:
    """Which name is guarded, and the origin behind it."""

    site: Site
    domain: str
    zone_id: str
    origin: str
    waf: CloudFrontWaf


class EdgeWaf(pulumi.ComponentResource):
    """A firewall and the distribution that carries it.

    Produces:
        Certificate in us-east-1, web ACL, distribution, alias record.
    """

    distribution_domain: pulumi.Output[str]

    def __init__(self, name: str, args: EdgeWafArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make certificate and firewall, then the distribution and the name that points to it."""
        super().__init__("slipway:aws:EdgeWaf", name, None, opts)
        self._name, self._args = name, args
        certificate = EdgeCertificate(
            f"{name}-certificate",
            EdgeCertificateArgs(site=args.site, domain=args.domain, zone_id=args.zone_id, region=GLOBAL_REGION),
            pulumi.ResourceOptions(parent=self),
        )
        distribution = self._distribution(certificate.certificate_arn, self._acl().arn)
        route53.Record(
            f"{name}-record",
            zone_id=args.zone_id,
            name=args.domain,
            type="A",
            aliases=[
                {
                    "name": distribution.domain_name,
                    "zone_id": distribution.hosted_zone_id,
                    "evaluate_target_health": False,
                }
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.distribution_domain = distribution.domain_name
        self.register_outputs({"distribution_domain": self.distribution_domain})

    def _acl(self) -> wafv2.WebAcl:
        return wafv2.WebAcl(
            f"{self._name}-acl",
            scope="CLOUDFRONT",
            region=GLOBAL_REGION,
            default_action={"allow": {}},
            rules=[self._rate_rule(), *(_managed_rule(index, rules) for index, rules in enumerate(RULE_SETS, 1))],
            visibility_config=_visible(f"{self._name}-acl"),
            tags=self._args.site.tags.named(f"{self._name}-acl"),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _rate_rule(self) -> wafv2.WebAclRuleArgsDict:
        limit = self._args.waf.requests_per_five_minutes
        return {
            "name": "rate",
            "priority": 0,
            "action": {"block": {}},
            "statement": {"rate_based_statement": {"limit": limit, "aggregate_key_type": "IP"}},
            "visibility_config": _visible("rate"),
        }

    def _distribution(
        self, certificate_arn: pulumi.Output[str], acl_arn: pulumi.Output[str]
    ) -> cloudfront.Distribution:
        return cloudfront.Distribution(
            self._name,
            enabled=True,
            aliases=[self._args.domain],
            web_acl_id=acl_arn,
            http_version="http2and3",
            origins=[self._origin()],
            default_cache_behavior={
                "target_origin_id": "api",
                "viewer_protocol_policy": "https-only",
                "allowed_methods": list(METHODS),
                "cached_methods": ["GET", "HEAD"],
                "cache_policy_id": NO_CACHE_POLICY,
                "origin_request_policy_id": ALL_BUT_HOST_POLICY,
            },
            restrictions={"geo_restriction": {"restriction_type": "none", "locations": []}},
            viewer_certificate={
                "acm_certificate_arn": certificate_arn,
                "ssl_support_method": "sni-only",
                "minimum_protocol_version": "TLSv1.2_2021",
            },
            tags=self._args.site.tags.named(self._name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _origin(self) -> cloudfront.DistributionOriginArgsDict:
        return {
            "origin_id": "api",
            "domain_name": self._args.origin,
            "custom_headers": [{"name": ORIGIN_HEADER, "value": pulumi.Output.secret(self._args.waf.origin_secret)}],
            "custom_origin_config": {
                "http_port": 80,
                "https_port": 443,
                "origin_protocol_policy": "https-only",
                "origin_ssl_protocols": ["TLSv1.2"],
            },
        }


def _managed_rule(priority: int, rules: str) -> wafv2.WebAclRuleArgsDict:
    group: wafv2.WebAclRuleStatementManagedRuleGroupStatementArgsDict = {"name": rules, "vendor_name": "AWS"}
    if counted := RULE_SETS[rules]:
        group["rule_action_overrides"] = [{"name": name, "action_to_use": {"count": {}}} for name in counted]
    return {
        "name": rules,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {"managed_rule_group_statement": group},
        "visibility_config": _visible(rules),
    }


def _visible(metric: str) -> wafv2.WebAclVisibilityConfigArgsDict:
    return {"cloudwatch_metrics_enabled": True, "metric_name": metric, "sampled_requests_enabled": False}
