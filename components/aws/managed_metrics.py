"""Amazon Managed Prometheus as a place to keep metrics, for many clusters or for more than 30 days.

The cluster's own Prometheus stays the one that rules and dashboards read. No managed scraper: it costs by the hour and
leaves network interfaces behind.
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import amp

from components.aws.aws_site import Site
from components.aws.cluster import Cluster
from components.aws.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.aws.iam_document import allow, document
from components.aws.managed_metrics_spec import ManagedMetricsSpec, metrics_problems
from components.aws.pod_identity import pod_role
from components.aws.rules import require


@dataclass(frozen=True, kw_only=True)
class ManagedMetricsArgs:
    """Which workspace, written to from which cluster.

    Raises:
        ConfigurationError: the spec breaks a rule; the message lists every one.
    """

    site: Site
    cluster: Cluster
    spec: ManagedMetricsSpec

    def __post_init__(self) -> None:
        require(metrics_problems(self.spec))


class ManagedMetrics(pulumi.ComponentResource):
    """A workspace and the identity that writes to it.

    Produces:
        Key, workspace, its configuration, writer role with its policy and pod identity.
    """

    workspace_remote_write_url: pulumi.Output[str]

    def __init__(self, name: str, args: ManagedMetricsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the workspace, then who may write to it."""
        super().__init__("slipway:aws:ManagedMetrics", name, None, opts)
        self._name, self._args = name, args
        workspace = self._workspace()
        self._writer(workspace)
        self.workspace_remote_write_url = workspace.prometheus_endpoint.apply(lambda url: f"{url}api/v1/remote_write")
        self.register_outputs({"workspace_remote_write_url": self.workspace_remote_write_url})

    def _workspace(self) -> amp.Workspace:
        site, spec, child = self._args.site, self._args.spec, pulumi.ResourceOptions(parent=self)
        key = EncryptionKey(f"{self._name}-key", EncryptionKeyArgs(site=site, description="Metrics"), child)
        workspace = amp.Workspace(
            self._name,
            alias=site.role_name(self._name),
            kms_key_arn=key.key_arn,
            tags=site.tags.named(self._name),
            opts=child,
        )
        limits: list[amp.WorkspaceConfigurationLimitsPerLabelSetArgsDict] = [
            {"label_set": {label: value}, "limits": {"max_series": series}}
            for label, values in spec.max_series.items()
            for value, series in values.items()
        ]
        amp.WorkspaceConfiguration(
            f"{self._name}-configuration",
            workspace_id=workspace.id,
            retention_period_in_days=spec.retention_days,
            limits_per_label_sets=limits,
            opts=child,
        )
        return workspace

    def _writer(self, workspace: amp.Workspace) -> None:
        name, site, cluster = f"{self._name}-writer", self._args.site, self._args.cluster
        policy = workspace.arn.apply(lambda arn: document([allow("Write", ["aps:RemoteWrite"], arn)]))
        account = cluster.service_account(self._args.spec.namespace, self._args.spec.service_account)
        pod_role(name, site=site, account=account, policy=policy, parent=self)
