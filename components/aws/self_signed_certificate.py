"""A certificate that signs itself, for doors that only our own open: made once, its key a secret of the stack.

The load balancer speaks TLS to Envoy and does not verify whom it reaches; the API server verifies webhooks by exactly
the certificate that it is told. Neither needs an authority, and none can be waited for in the middle of an update.

Produces `pulumi-python:dynamic/slipway/aws:SelfSignedCertificate`.
Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html
"""

import datetime as dt
from collections.abc import Sequence

import pulumi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pulumi.dynamic import CreateResult, Resource

from components.dynamic_provider import DynamicProvider, Values, inputs_of

VALID_DAYS = 3650
"""No authority stands behind it and nobody outside reads it; a raised `version` makes a new one."""
COMMON_NAME_CHARACTERS = 64


class SelfSignedCertificateProvider(DynamicProvider):
    """Makes certificates; one that is made cannot fail."""

    replaces_on = frozenset({"names", "version"})

    def create(self, props: Values) -> CreateResult:
        """Make a key and sign its certificate with it."""
        certificate, key = self_signed(props["names"], now=dt.datetime.now(dt.UTC))
        made = {**inputs_of(props), "certificate_pem": certificate, "private_key_pem": key, "problem": ""}
        return CreateResult(str(props["names"][0]), made)

    def problem(self, values: Values) -> str:  # noqa: ARG002 - a certificate is as it was made
        """Find nothing wrong."""
        return ""


class SelfSignedCertificate(Resource, module="slipway/aws", name="SelfSignedCertificate"):
    """A certificate and its key, both PEM; the key is a secret output."""

    certificate_pem: pulumi.Output[str]
    private_key_pem: pulumi.Output[str]

    def __init__(
        self, name: str, names: Sequence[str], version: int = 1, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        outputs = {"certificate_pem": None, "private_key_pem": None, "problem": None}
        secret = pulumi.ResourceOptions(additional_secret_outputs=["private_key_pem"])
        super().__init__(
            SelfSignedCertificateProvider(),
            name,
            {"names": list(names), "version": version, **outputs},
            pulumi.ResourceOptions.merge(opts, secret),
        )


def self_signed(names: Sequence[str], *, now: dt.datetime) -> tuple[str, str]:
    """Return a certificate for these DNS names and its private key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:COMMON_NAME_CHARACTERS])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()
