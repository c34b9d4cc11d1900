"""A cluster's secrets are encrypted with a key of ours, its API leaves a log, and its versions are chosen."""

import re
from collections.abc import Iterator

from mechanics.facts import Config, Resource, Violation, shown
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import CLUSTER, one_of

ADDON = one_of("aws/eks", "Addon")
NEEDED_LOGS = ("api", "audit", "authenticator")

_VERSION = re.compile(r"v\d+\.\d+\.\d+-eksbuild\.\d+")


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return what is unencrypted, unlogged or left to AWS to choose."""
    found = _addon(resource) if resource.is_a(ADDON) else _cluster(resource, config)
    return [resource.violation(path, problem, fix) for path, problem, fix in found]


def _addon(resource: Resource) -> Iterator[tuple[str, str, str]]:
    if not _VERSION.fullmatch(resource.text("addonVersion")):
        problem = f"the add-on's version is {shown(resource.get('addonVersion'))}"
        yield (
            "addonVersion",
            problem,
            "name a version such as v1.12.4-eksbuild.1, so that an update is a reviewed change",
        )


def _cluster(resource: Resource, config: Config) -> Iterator[tuple[str, str, str]]:
    if not resource.text("encryptionConfig.provider.keyArn"):
        yield "encryptionConfig.provider.keyArn", "secrets are not encrypted with a key of yours", "name a KMS key"
    missing = [name for name in NEEDED_LOGS if name not in resource.items("enabledClusterLogTypes")]
    if missing and not resource.draining:
        yield "enabledClusterLogTypes", f"the control plane does not log {', '.join(missing)}", "add the log types"
    if resource.get("version") not in config["versions"]:
        allowed = ", ".join(config["versions"])
        problem = f"Kubernetes {shown(resource.get('version'))} is not among the supported versions {allowed}"
        yield "version", problem, "take a listed version, or add it to the policy configuration in review"


RULE = ResourceRule(
    id="eks-encryption-logs-version",
    claim="Clusters encrypt secrets, log their API, and run chosen versions.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*CLUSTER, *ADDON),
    reads=("encryptionConfig", "enabledClusterLogTypes", "version", "addonVersion"),
    unknown=WhenUnknown.OPEN,
    options=(
        Option(
            name="versions",
            schema={"type": "array", "items": {"type": "string"}, "description": "Kubernetes versions in support."},
            values=PerKind(local=["1.35", "1.36"], dev=["1.35", "1.36"], prod=["1.35", "1.36"]),
        ),
    ),
    standards=("EKS.2", "EKS.8", "CIS 2.1.1", "CIS 5.3.1", "CKV_AWS_37", "CKV_AWS_58", "CKV_AWS_339", "AWS-0038"),
    check=check,
)
