"""A bucket is private, versioned, encrypted and spoken to by TLS only; a part that is missing is a violation itself."""

from collections.abc import Callable, Iterator

from mechanics.documents import conditions, principals, statements
from mechanics.facts import Config, Resource, Stack, Violation
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import BUCKET, one_of

PUBLIC_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
LOG_WRITERS = ("delivery.logs.amazonaws.com", "logging.s3.amazonaws.com")


def _is_private(part: Resource) -> bool:
    return all(part.get(block) is True for block in PUBLIC_BLOCKS)


def _is_versioned(part: Resource) -> bool:
    return part.text("versioningConfiguration.status") == "Enabled"


def _is_encrypted(part: Resource) -> bool:
    return _algorithm(part) in ("aws:kms", "aws:kms:dsse", "AES256")


def _refuses_plain_http(part: Resource) -> bool:
    return any(
        each.get("Effect") == "Deny" and conditions(each, "Bool").get("aws:SecureTransport") in (["false"], [False])
        for each in statements(part.get("policy"))
    )


def _has_no_acl(part: Resource) -> bool:
    return part.text("rule.objectOwnership") == "BucketOwnerEnforced"


def _aborts_uploads(part: Resource) -> bool:
    rules = [each for each in part.items("rules") if isinstance(each, dict)]
    return any(each.get("abortIncompleteMultipartUpload") and each.get("status") == "Enabled" for each in rules)


PARTS: dict[str, tuple[Callable[[Resource], bool], str]] = {
    "BucketPublicAccessBlock": (_is_private, "block public access in all four ways"),
    "BucketVersioning": (_is_versioned, "keep versions"),
    "BucketServerSideEncryptionConfiguration": (_is_encrypted, "encrypt with a KMS key"),
    "BucketPolicy": (_refuses_plain_http, "deny requests without TLS"),
    "BucketOwnershipControls": (_has_no_acl, "switch ACLs off (BucketOwnerEnforced)"),
    "BucketLifecycleConfiguration": (_aborts_uploads, "abort unfinished uploads"),
}
TYPES = one_of("aws/s3", *PARTS)


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return the buckets that lack a part, and the parts that do not do their work."""
    return [violation for bucket in stack.of(BUCKET) for violation in _bucket(bucket, stack)]


def _bucket(bucket: Resource, stack: Stack) -> Iterator[Violation]:
    own = [each for each in stack.of(TYPES) if _belongs(each, bucket)]
    for kind, (is_right, fix) in PARTS.items():
        parts = [each for each in own if each.type.kind == kind]
        if not parts:
            yield bucket.violation("", f"the bucket has no {kind}", fix)
        yield from (
            each.violation("", f"this {kind} does not do its work", fix) for each in parts if not is_right(each)
        )
    policies = [each for each in own if each.type.kind == "BucketPolicy"]
    for each in own:
        if _algorithm(each) == "AES256" and not any(map(_admits_logs, policies)):
            yield each.violation("rules", "objects are not encrypted with a key of yours", "encrypt with a KMS key")


def _belongs(part: Resource, bucket: Resource) -> bool:
    sources = part.property_dependencies.get("bucket", ())
    return bucket.urn in sources or (bool(part.text("bucket")) and part.get("bucket") == bucket.get("bucket"))


def _algorithm(part: Resource) -> str:
    rules = [each for each in part.items("rules") if isinstance(each, dict)]
    chosen = [each.get("applyServerSideEncryptionByDefault") for each in rules]
    return next((str(each.get("sseAlgorithm")) for each in chosen if isinstance(each, dict)), "")


def _admits_logs(policy: Resource) -> bool:
    """AWS writes its logs into buckets with S3's own key only."""
    return any(writer in principals(each) for each in statements(policy.get("policy")) for writer in LOG_WRITERS)


RULE = StackRule(
    id="bucket-hardened",
    claim="Buckets are private, versioned, encrypted, and refuse plain HTTP.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*BUCKET, *TYPES),
    reads=(*PUBLIC_BLOCKS, "versioningConfiguration", "rules", "rule", "policy"),
    unknown=WhenUnknown.OPEN,
    standards=("S3.2", "S3.3", "S3.5", "S3.8", "S3.12", "S3.13", "CKV_AWS_21", "CKV_AWS_145", "CKV2_AWS_6"),
    check=check,
)
