"""The cloud side of Karpenter: its identity, the identity of its nodes, and the news of interruptions.

The instance profile is ours and fixed: it works without the IAM API and takes seven statements off the controller.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, eks, sqs

from components.aws.aws_site import Site, fitted
from components.aws.cluster import Cluster
from components.aws.iam_document import document
from components.aws.karpenter_policy import (
    INTERRUPTIONS,
    KarpenterScope,
    event_pattern,
    interruption_queue_policy,
    karpenter_policy,
)
from components.aws.karpenter_version import NAMESPACE, SERVICE_ACCOUNT
from components.aws.node_role import NodeRole, NodeRoleArgs
from components.aws.pod_identity import pod_role

QUEUE_NAME_CHARACTERS = 80
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"""
RETENTION_SECONDS = 300
"""An interruption warning is worth two minutes; an older message only delays newer ones."""


@dataclass(frozen=True, kw_only=True)
class KarpenterArgs:
    """On which cluster.

    Args:
        cache_prefixes: prefixes of the registry that nodes may fill by pulling.
    """

    site: Site
    cluster: Cluster
    cache_prefixes: Sequence[str] = ()


class Karpenter(pulumi.ComponentResource):
    """What the controller needs in AWS before its chart is installed.

    Produces:
        Controller role with its policy and pod identity, node role with its access entry, queue with its policy,
        five event rules with their targets.
    """

    controller_role_arn: pulumi.Output[str]
    node_role_arn: pulumi.Output[str]
    node_instance_profile_name: pulumi.Output[str]
    interruption_queue_name: pulumi.Output[str]

    def __init__(self, name: str, args: KarpenterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make queue and nodes' role, then the controller that is bounded by both."""
        super().__init__("slipway:aws:Karpenter", name, None, opts)
        self._name, self._args, self._site = name, args, args.site
        queue = self._queue()
        node = NodeRole(
            f"{name}-node",
            NodeRoleArgs(site=args.site, cache_prefixes=args.cache_prefixes),
            pulumi.ResourceOptions(parent=self),
        )
        self._admit(node)
        self.controller_role_arn = self._controller()
        self.node_role_arn = node.role_arn
        self.node_instance_profile_name = node.instance_profile_name
        self.interruption_queue_name = queue.name
        self.register_outputs({key: getattr(self, key) for key in Karpenter.__annotations__})

    @property
    def _queue_name(self) -> str:
        return interruption_queue_name(self._args.cluster.cluster_name)

    def _queue(self) -> sqs.Queue:
        name = f"{self._name}-interruptions"
        queue = sqs.Queue(
            name,
            name=self._queue_name,
            message_retention_seconds=RETENTION_SECONDS,
            # EventBridge cannot write to a queue with a key of ours unless the key says so.
            sqs_managed_sse_enabled=True,
            tags=self._site.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        policy = sqs.QueuePolicy(
            f"{name}-policy",
            queue_url=queue.url,
            policy=interruption_queue_policy(self._site.arn("sqs", self._queue_name)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for key, (source, detail_type) in INTERRUPTIONS.items():
            self._rule(key, event_pattern(source, detail_type), queue, policy)
        return queue

    def _rule(self, key: str, pattern: str, queue: sqs.Queue, policy: sqs.QueuePolicy) -> None:
        name = f"{self._name}-{key}"
        rule = cloudwatch.EventRule(
            name,
            event_pattern=pattern,
            tags=self._site.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        cloudwatch.EventTarget(
            f"{name}-target",
            rule=rule.name,
            arn=queue.arn,
            # EventBridge drops what the queue's policy does not admit yet.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _admit(self, node: NodeRole) -> None:
        eks.AccessEntry(
            f"{self._name}-node-access",
            cluster_name=self._args.cluster.name,
            principal_arn=node.role_arn,
            type="EC2_LINUX",
            tags=self._site.tags.named(f"{self._name}-node-access"),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _controller(self) -> pulumi.Output[str]:
        name, site, cluster = f"{self._name}-controller", self._site, self._args.cluster
        scope = KarpenterScope(
            site=site,
            cluster_name=cluster.cluster_name,
            node_role_arn=site.role_arn(f"{self._name}-node"),
            instance_profile=site.role_name(f"{self._name}-node"),
            queue_arn=site.arn("sqs", self._queue_name),
        )
        account = cluster.service_account(NAMESPACE, SERVICE_ACCOUNT)
        return pod_role(name, site=site, account=account, policy=document(karpenter_policy(scope)), parent=self).arn


def interruption_queue_name(cluster_name: str) -> str:
    """Return the physical name of the queue, known before it exists."""
    return fitted(f"{cluster_name}-interruptions", QUEUE_NAME_CHARACTERS)
