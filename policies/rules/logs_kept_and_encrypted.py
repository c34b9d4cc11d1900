"""What happened can be read afterwards: logs are on, kept for a stated time, and encrypted."""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Stack, Violation, shown
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import BALANCER, CLUSTER, STAGE, one_of

LOG_GROUP = one_of("aws/cloudwatch", "LogGroup")
NETWORK = one_of("aws/ec2", "Vpc")
FLOW_LOG = one_of("aws/ec2", "FlowLog")


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return what leaves no log, or one that nobody keeps, or keeps for ever."""
    found = [each.violation(*problem) for each in stack.of(LOG_GROUP) for problem in _group(each, config)]
    found += [
        each.violation("accessLogSettings.format", "the API writes no access log", "set accessLogSettings")
        for each in stack.of(STAGE)
        if not each.get("accessLogSettings.format")
    ]
    found += [
        each.violation("accessLogs.enabled", "the load balancer writes no access log", "set accessLogs")
        for each in stack.of(BALANCER)
        if each.get("accessLogs.enabled") is not True
    ]
    return found + list(_missing(stack))


def _group(group: Resource, config: Config) -> Iterator[tuple[str, str, str]]:
    days, least, most = group.number("retentionInDays"), config["minDays"], config["maxDays"]
    if not days:
        yield "retentionInDays", "the log is kept for ever", f"set {least} to {most} days"
    elif not least <= days <= most:
        yield "retentionInDays", f"the log is kept for {days} days", f"set {least} to {most} days"
    if not group.get("kmsKeyId"):
        yield "kmsKeyId", "the log is not encrypted with a key of yours", "name a KMS key"


def _missing(stack: Stack) -> Iterator[Violation]:
    if stack.of(NETWORK) and not stack.of(FLOW_LOG):
        problem = "the network records no flows"
        yield stack.of(NETWORK)[0].violation("", problem, "set network.flow_logs")
    groups = {each.text("name") for each in stack.of(LOG_GROUP)}
    for cluster in stack.of(CLUSTER):
        wanted = f"/aws/eks/{cluster.text('name')}/cluster"
        if wanted not in groups:
            problem = f"EKS will make the log group {shown(wanted)} itself and keep it for ever"
            yield cluster.violation("", problem, "make the group before the cluster, with a retention")


RULE = StackRule(
    id="logs-kept-and-encrypted",
    claim="Logs are on, kept for a stated time, and encrypted.",
    severity=Severity.MEDIUM,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*LOG_GROUP, *STAGE, *BALANCER, *NETWORK, *FLOW_LOG, *CLUSTER),
    reads=("retentionInDays", "kmsKeyId", "accessLogSettings.format", "accessLogs.enabled"),
    unknown=WhenUnknown.OPEN,
    options=(
        Option(
            name="minDays",
            schema={"type": "number", "description": "Fewest days that a log is kept."},
            values=PerKind(local=7, dev=7, prod=30),
        ),
        Option(
            name="maxDays",
            schema={"type": "number", "description": "Most days that a log is kept."},
            values=PerKind(local=400, dev=400, prod=400),
        ),
    ),
    standards=("APIGateway.9", "EC2.6", "CKV_AWS_66", "CKV_AWS_91", "CKV_AWS_158", "CKV2_AWS_11", "AWS-0001"),
    check=check,
)
