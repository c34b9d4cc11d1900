"""In production a destroy takes no data, no key, no cluster and no address that partners know."""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Violation
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import BALANCER, BUCKET, CLUSTER, one_of

REPOSITORY = one_of("aws/ecr", "Repository")
KEY = one_of("aws/kms", "Key")
NETWORK = one_of("aws/ec2", "Vpc", "Eip")
FLAGS = {"forceDestroy": BUCKET, "forceDelete": REPOSITORY}
NATIVE = {"deletionProtection": CLUSTER, "enableDeletionProtection": BALANCER}


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return what a destroy, or a slip in a review, would take."""
    if not config["protectData"]:
        return []
    return [resource.violation(*each) for each in (*_flags(resource), *_protection(resource))]


def _flags(resource: Resource) -> Iterator[tuple[str, str, str]]:
    for path, types in FLAGS.items():
        if resource.is_a(types) and resource.get(path) is not False:
            yield path, "a destroy would take what is in it", "set it to false"
    for path, types in NATIVE.items():
        if resource.is_a(types) and resource.get(path) is not True and not resource.draining:
            yield path, "AWS would delete it when asked", "set it to true, or lifecycle to drain before a destroy"


def _protection(resource: Resource) -> Iterator[tuple[str, str, str]]:
    # A bucket that holds something goes only by its own flag.
    if resource.is_a((*KEY, *NETWORK, *REPOSITORY)) and not resource.protected and not resource.draining:
        yield "", "a destroy would take it", "register it with protect=True"


RULE = ResourceRule(
    id="deletion-protection",
    claim="In production, data, keys, clusters and addresses outlive a destroy.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.DISABLED, prod=Level.MANDATORY),
    types=(*CLUSTER, *BALANCER, *BUCKET, *REPOSITORY, *KEY, *NETWORK),
    reads=("forceDestroy", "forceDelete", "deletionProtection", "enableDeletionProtection"),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="protectData",
            schema={"type": "boolean", "description": "Whether data, keys and clusters must outlive a destroy."},
            values=PerKind(local=False, dev=False, prod=True),
        ),
    ),
    standards=("ELB.6", "KMS.3", "CKV_AWS_150"),
    check=check,
)
