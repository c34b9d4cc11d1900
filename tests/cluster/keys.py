"""The cluster's certificate authority, and a certificate for each part that signs in or is signed in to.

Each part has an identity of its own, as on a cluster that an installer made, so that its rights are the real ones.
"""

import base64
import datetime as dt
import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from components.local.supervision import write_private
from tests.cluster.layout import API_SERVICE_ADDRESS, DOMAIN, NODE

VALID_DAYS = 30
AUTHORITY = "authority"
TOKENS = "tokens"
"""The pair that signs the tokens of service accounts."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whom a certificate names; one with addresses or names is a server's, too."""

    file: str
    name: str
    group: str = ""
    addresses: tuple[str, ...] = ()
    host_names: tuple[str, ...] = ()


def identities(address: str) -> tuple[Identity, ...]:
    """Everybody who needs a certificate in a cluster whose API server answers at an address.

    Source: https://kubernetes.io/docs/setup/best-practices/certificates/
    """
    service = "kubernetes.default.svc"
    names = ("localhost", "kubernetes", "kubernetes.default", service, f"{service}.{DOMAIN}")
    addresses = tuple(dict.fromkeys(("127.0.0.1", address, API_SERVICE_ADDRESS)))
    return (
        Identity(file="kube-apiserver", name="kube-apiserver", addresses=addresses, host_names=names),
        Identity(file="kubelet-client", name="kube-apiserver-kubelet-client", group="system:masters"),
        Identity(file="admin", name="admin", group="system:masters"),
        Identity(file="kube-controller-manager", name="system:kube-controller-manager"),
        Identity(file="kube-scheduler", name="system:kube-scheduler"),
        Identity(file="kube-proxy", name="system:kube-proxy"),
        Identity(file="kubelet", name=f"system:node:{NODE}", group="system:nodes", addresses=(address,)),
        Identity(file="kube-router", name="kube-router", group="system:masters"),
    )


def write_keys(folder: Path, everybody: Iterable[Identity]) -> None:
    """Write an authority, the pair for tokens and one pair for each identity, as `NAME.key` and `NAME.crt`."""
    authority = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "slipway-test-cluster")])
    root = _certificate(subject, authority.public_key(), subject)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    _write(folder, AUTHORITY, authority, root.sign(authority, hashes.SHA256()))
    tokens = ec.generate_private_key(ec.SECP256R1())
    _write(folder, TOKENS, tokens, None)
    for identity in everybody:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _certificate(_subject(identity), key.public_key(), subject)
        for extension in _extensions(identity):
            builder = builder.add_extension(extension, critical=False)
        _write(folder, identity.file, key, builder.sign(authority, hashes.SHA256()))


def kubeconfig(folder: Path, who: str, server: str) -> str:
    """A kubeconfig that carries its certificates; JSON, which is YAML as well."""

    def data(name: str) -> str:
        return base64.b64encode((folder / name).read_bytes()).decode()

    cluster = {"server": server, "certificate-authority-data": data(f"{AUTHORITY}.crt")}
    user = {"client-certificate-data": data(f"{who}.crt"), "client-key-data": data(f"{who}.key")}
    name = "slipway-test"
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": who, "user": user}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": who}}],
            "current-context": name,
        },
        indent=2,
    )


def _subject(identity: Identity) -> x509.Name:
    group = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, identity.group)] if identity.group else []
    return x509.Name([*group, x509.NameAttribute(NameOID.COMMON_NAME, identity.name)])


def _certificate(subject: x509.Name, key: ec.EllipticCurvePublicKey, issuer: x509.Name) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
    )


def _extensions(identity: Identity) -> list[x509.ExtensionType]:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in identity.host_names]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in identity.addresses]
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if names else [])]
    alternatives: list[x509.ExtensionType] = [x509.SubjectAlternativeName(names)] if names else []
    return [x509.ExtendedKeyUsage(usages), *alternatives]


def _write(folder: Path, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate | None) -> None:
    encoding = serialization.Encoding.PEM
    # The API server reads the public half out of a private key of this form only.
    form, encryption = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    write_private(folder / f"{name}.key", key.private_bytes(encoding, form, encryption).decode())
    if certificate:
        write_private(folder / f"{name}.crt", certificate.public_bytes(encoding).decode())
