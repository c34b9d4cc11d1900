import base64
import ipaddress
import json
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.cluster.keys import AUTHORITY, TOKENS, Identity, identities, kubeconfig, write_keys

ADDRESS = "10.1.2.3"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    write_keys(folder, identities(ADDRESS))
    return folder


def certificate(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())


def attribute(found: x509.Certificate, kind: x509.ObjectIdentifier) -> list[str]:
    return [str(value.value) for value in found.subject.get_attributes_for_oid(kind)]


@pytest.mark.parametrize("identity", identities(ADDRESS), ids=lambda identity: identity.file)
def test_the_authority_signs_whom_the_certificate_names(folder: Path, identity: Identity) -> None:
    found = certificate(folder, identity.file)
    found.verify_directly_issued_by(certificate(folder, AUTHORITY))
    assert attribute(found, NameOID.COMMON_NAME) == [identity.name]
    assert attribute(found, NameOID.ORGANIZATION_NAME) == ([identity.group] if identity.group else [])


@pytest.mark.parametrize("identity", identities(ADDRESS), ids=lambda identity: identity.file)
def test_only_servers_may_be_signed_in_to(folder: Path, identity: Identity) -> None:
    usages = certificate(folder, identity.file).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    serves = ExtendedKeyUsageOID.SERVER_AUTH in usages
    assert serves == (identity.file in {"kube-apiserver", "kubelet"}), "a client that can pose as a server"


def test_the_api_server_is_found_by_every_way_to_it(folder: Path) -> None:
    extensions = certificate(folder, "kube-apiserver").extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert addresses == {"127.0.0.1", ADDRESS, "10.96.0.1"}
    assert "kubernetes.default.svc.cluster.local" in names.get_values_for_type(x509.DNSName)


def test_a_loopback_address_is_named_once() -> None:
    (server,) = [identity for identity in identities("127.0.0.1") if identity.file == "kube-apiserver"]
    assert len(server.addresses) == len({ipaddress.ip_address(address) for address in server.addresses})


def test_nobody_but_the_owner_reads_a_key(folder: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.key")}
    assert {AUTHORITY, TOKENS} <= {Path(name).stem for name in modes}
    assert set(modes.values()) == {0o600}


def test_the_key_for_tokens_is_of_the_form_that_the_api_server_reads(folder: Path) -> None:
    assert (folder / f"{TOKENS}.key").read_text().startswith("-----BEGIN EC PRIVATE KEY-----")


def test_a_kubeconfig_carries_all_that_it_needs(folder: Path) -> None:
    found = json.loads(kubeconfig(folder, "admin", "https://10.1.2.3:6443"))
    cluster, user = found["clusters"][0]["cluster"], found["users"][0]["user"]
    assert cluster["server"] == "https://10.1.2.3:6443"
    mine = x509.load_pem_x509_certificate(base64.b64decode(user["client-certificate-data"]))
    mine.verify_directly_issued_by(
        x509.load_pem_x509_certificate(base64.b64decode(cluster["certificate-authority-data"]))
    )
    assert attribute(mine, NameOID.ORGANIZATION_NAME) == ["system:masters"]
    assert isinstance(mine.public_key(), ec.EllipticCurvePublicKey)
