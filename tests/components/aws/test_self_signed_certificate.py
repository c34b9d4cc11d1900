import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from components.aws.self_signed_certificate import SelfSignedCertificate, SelfSignedCertificateProvider, self_signed
from tests.support.recording import record

NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def test_the_certificate_is_of_its_key_and_of_every_name() -> None:
    certificate_pem, key_pem = self_signed(["models-gateway", "models-gateway.gateways.svc"], now=NOW)
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    key = serialization.load_pem_private_key(key_pem.encode(), None)
    assert certificate.public_key() == key.public_key()
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["models-gateway", "models-gateway.gateways.svc"]
    certificate.verify_directly_issued_by(certificate)


def test_the_certificate_holds_now_and_for_years() -> None:
    certificate = x509.load_pem_x509_certificate(self_signed(["x"], now=NOW)[0].encode())
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc - dt.timedelta(days=3000)


def test_a_long_name_still_fits() -> None:
    name = f"{'a' * 50}.{'b' * 50}.svc"
    certificate = x509.load_pem_x509_certificate(self_signed([name], now=NOW)[0].encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [name]


def test_it_is_made_once_and_anew_only_for_other_names_or_another_version() -> None:
    provider = SelfSignedCertificateProvider()
    made = provider.create({"names": ["x"], "version": 1}).outs
    assert made is not None
    same = {"names": ["x"], "version": 1, "certificate_pem": None, "private_key_pem": None, "problem": None}
    assert not provider.diff("x", made, same).changes
    assert provider.diff("x", made, {**same, "version": 2}).replaces == ["version"]
    assert provider.diff("x", made, {**same, "names": ["y"]}).replaces == ["names"]


def test_its_key_is_a_secret() -> None:
    graph = record(lambda: SelfSignedCertificate("pair", names=["x"]))
    (made,) = [each for each in graph if each.name == "pair"]
    assert made.type == "pulumi-python:dynamic/slipway/aws:SelfSignedCertificate"
    assert "privateKeyPem" not in made.inputs or made.inputs["privateKeyPem"] is None
