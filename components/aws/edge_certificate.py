"""A public certificate that proves itself by DNS: certificate → record → validation."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import acm, route53

from components.aws.aws_site import Site

RECORD_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class EdgeCertificateArgs:
    """For which name.

    Args:
        alternative_names: further names on the same certificate.
        region: another region than the stack's: CloudFront reads certificates in us-east-1 only.
    """

    site: Site
    domain: str
    zone_id: str
    alternative_names: tuple[str, ...] = ()
    region: str | None = None


class EdgeCertificate(pulumi.ComponentResource):
    """A validated certificate.

    Produces:
        Certificate, one validation record per name, validation.
    """

    certificate_arn: pulumi.Output[str]

    def __init__(self, name: str, args: EdgeCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Ask for the certificate, answer the challenge, wait."""
        super().__init__("slipway:aws:EdgeCertificate", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        certificate = acm.Certificate(
            name,
            domain_name=args.domain,
            subject_alternative_names=list(args.alternative_names) or None,
            validation_method="DNS",
            region=args.region,
            tags=args.site.tags.named(name),
            opts=child,
        )
        names = (args.domain, *args.alternative_names)
        records = [_record(f"{name}-{host}", certificate, host, args.zone_id, child) for host in names]
        validation = acm.CertificateValidation(
            f"{name}-validation",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in records],
            region=args.region,
            opts=child,
        )
        self.certificate_arn = validation.certificate_arn
        self.register_outputs({"certificate_arn": self.certificate_arn})


def _record(
    name: str, certificate: acm.Certificate, host: str, zone_id: str, opts: pulumi.ResourceOptions
) -> route53.Record:
    # They come in no order that a further name would keep.
    option = certificate.domain_validation_options.apply(
        lambda options: next(each for each in options if each.domain_name == host)
    )
    return route53.Record(
        name,
        zone_id=zone_id,
        name=option.resource_record_name,
        type=option.resource_record_type,
        records=[option.resource_record_value],
        ttl=RECORD_SECONDS,
        allow_overwrite=True,
        opts=opts,
    )
