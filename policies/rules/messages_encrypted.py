"""Alarms and interruption notices are encrypted while they wait."""

from mechanics.facts import Config, Resource, Violation
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import one_of

TOPIC = one_of("aws/sns", "Topic")
QUEUE = one_of("aws/sqs", "Queue")


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return a topic or queue that keeps messages in the clear."""
    if resource.is_a(TOPIC) and not resource.get("kmsMasterKeyId"):
        fix = "name a KMS key whose policy lets the publishing services use it"
        return [resource.violation("kmsMasterKeyId", "messages of this topic are not encrypted", fix)]
    if resource.is_a(QUEUE) and resource.get("sqsManagedSseEnabled") is not True and not resource.get("kmsMasterKeyId"):
        problem = "messages of this queue are not encrypted"
        return [resource.violation("sqsManagedSseEnabled", problem, "set it to true, or name a KMS key")]
    return []


RULE = ResourceRule(
    id="messages-encrypted",
    claim="Topics and queues encrypt what they hold.",
    severity=Severity.MEDIUM,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*TOPIC, *QUEUE),
    reads=("kmsMasterKeyId", "sqsManagedSseEnabled"),
    unknown=WhenUnknown.OPEN,
    standards=("SNS.1", "SQS.1", "CKV_AWS_26", "CKV_AWS_27", "AWS-0095", "AWS-0096"),
    check=check,
)
