"""How alarms reach people: one encrypted topic per severity, and who listens to it.

The key's policy names every service that publishes; one that is missing there loses its alarms without a trace.
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import chatbot, sns

from components.aws.alert_spec import SEVERITIES, AlertSpec, Email, PagerDuty, Severity, Slack, alert_problems
from components.aws.aws_site import Site
from components.aws.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.aws.iam_document import allow, document, for_principal
from components.aws.key_policy import publisher_statement
from components.aws.roles import role
from components.aws.rules import require
from components.aws.trust_policy import service_trust

PUBLISHERS = ("budgets.amazonaws.com", "cloudwatch.amazonaws.com", "costalerts.amazonaws.com")
READ_ONLY = "ReadOnlyAccess"


@dataclass(frozen=True, kw_only=True)
class AlertChannelArgs:
    """Who is told.

    Args:
        region: another region than the stack's; alarms about Route 53 exist in us-east-1 only.

    Raises:
        ConfigurationError: the spec breaks a rule; the message lists every one.
    """

    site: Site
    spec: AlertSpec
    region: str | None = None

    def __post_init__(self) -> None:
        require(alert_problems(self.spec))


class AlertChannel(pulumi.ComponentResource):
    """Topics and their subscriptions.

    Produces:
        Key, one topic with its policy per severity, one subscription per receiver and severity, Slack configurations.
    """

    topic_arns: dict[Severity, pulumi.Output[str]]

    def __init__(self, name: str, args: AlertChannelArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the key, then topics, policies and subscriptions; a topic is usable when its policy stands."""
        super().__init__("slipway:aws:AlertChannel", name, None, opts)
        self._name, self._args, self._site = name, args, args.site
        key = EncryptionKeyArgs(
            site=args.site,
            description="Alarms on their way to people",
            statements=(publisher_statement(PUBLISHERS, args.site.account_id),),
            region=args.region,
        )
        self._key = EncryptionKey(f"{name}-key", key, pulumi.ResourceOptions(parent=self))
        self.topic_arns = {severity: self._topic(severity) for severity in SEVERITIES}
        for index, receiver in enumerate(args.spec.receivers):
            for severity in receiver.severities:
                self._subscribe(f"{name}-{severity}-{receiver.kind}-{index}", receiver, self.topic_arns[severity])
        self.register_outputs({"topic_arns": self.topic_arns})

    def _topic(self, severity: Severity) -> pulumi.Output[str]:
        name, site = f"{self._name}-{severity}", self._site
        topic = sns.Topic(
            name,
            kms_master_key_id=self._key.key_id,
            region=self._args.region,
            tags=site.tags.named(name),
            # A topic whose key does not admit its publishers yet would lose what they send.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._key]),
        )
        policy = sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=topic.arn.apply(lambda arn: topic_policy(arn, site.account_id)),
            region=self._args.region,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return policy.arn

    def _subscribe(self, name: str, receiver: Email | PagerDuty | Slack, topic_arn: pulumi.Output[str]) -> None:
        child = pulumi.ResourceOptions(parent=self)
        if isinstance(receiver, Slack):
            self._slack(name, receiver, topic_arn)
        elif isinstance(receiver, PagerDuty):
            sns.TopicSubscription(
                name,
                topic=topic_arn,
                protocol="https",
                endpoint=pulumi.Output.secret(receiver.url),
                endpoint_auto_confirms=True,
                region=self._args.region,
                opts=child,
            )
        else:
            sns.TopicSubscription(
                name, topic=topic_arn, protocol="email", endpoint=receiver.address, region=self._args.region, opts=child
            )

    def _slack(self, name: str, receiver: Slack, topic_arn: pulumi.Output[str]) -> None:
        site = self._site
        reader = role(
            f"{name}-role",
            site=site,
            trust=service_trust("chatbot.amazonaws.com", account_id=site.account_id),
            parent=self,
        )
        chatbot.SlackChannelConfiguration(
            name,
            configuration_name=site.role_name(name),
            slack_team_id=receiver.team_id,
            slack_channel_id=receiver.channel_id,
            iam_role_arn=reader.arn,
            guardrail_policy_arns=[site.aws_policy_arn(READ_ONLY)],
            sns_topic_arns=[topic_arn],
            tags=site.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self),
        )


def topic_policy(topic_arn: str, account_id: str) -> str:
    """Let the three services publish to a topic, each only on behalf of this account."""
    for_us = {"StringEquals": {"aws:SourceAccount": account_id}}
    return document([for_principal(allow("Publish", ["sns:Publish"], topic_arn, for_us), "Service", *PUBLISHERS)])
