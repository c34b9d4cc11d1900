"""The EKS control plane with its key, log group, role, and the group from which its API may be reached.

The log group is made before the cluster, else EKS makes one that nobody expires.
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, ec2, eks, vpc

from components.aws.aws_site import Site
from components.aws.cluster_spec import ClusterSpec, PublicApi
from components.aws.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.aws.key_policy import log_statement
from components.aws.network import Network
from components.aws.roles import attach, role
from components.aws.trust_policy import service_trust
from components.aws.waits import CLUSTER, SLOW_DELETE

HTTPS_PORT = 443


@dataclass(frozen=True, kw_only=True)
class ControlPlaneArgs:
    """Which control plane, in which network, under which physical name."""

    site: Site
    network: Network
    spec: ClusterSpec
    cluster_name: str


class ControlPlane(pulumi.ComponentResource):
    """A control plane that admits nobody by itself: access is granted by entries only.

    Produces:
        Key with alias, log group, role with its policy, EKS cluster, security group of the API's clients, its rules.
    """

    cluster: eks.Cluster
    security_group_id: pulumi.Output[str]
    client_security_group_id: pulumi.Output[str]
    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make key, log group and role, then the cluster that needs all three."""
        super().__init__("slipway:aws:ControlPlane", name, None, opts)
        self._name, self._args, self._site = name, args, args.site
        self.key_arn = self._key().key_arn
        cluster_role = role(f"{name}-role", site=self._site, trust=service_trust("eks.amazonaws.com"), parent=self)
        ready = attach(cluster_role, f"{name}-role", site=self._site, aws_policies=["AmazonEKSClusterPolicy"])
        # EKS neither names nor waits for these: it needs the policy at once and makes a log group where none is.
        self.cluster = self._cluster(cluster_role.arn, [*ready, self._log_group()])
        self.security_group_id = self.cluster.vpc_config.apply(lambda config: config.cluster_security_group_id or "")
        self.client_security_group_id = self._clients()
        self.register_outputs(
            {
                "security_group_id": self.security_group_id,
                "client_security_group_id": self.client_security_group_id,
                "key_arn": self.key_arn,
            }
        )

    @property
    def _log_group_name(self) -> str:
        return f"/aws/eks/{self._args.cluster_name}/cluster"

    def _key(self) -> EncryptionKey:
        logs = log_statement(self._site.region, [self._site.arn("logs", f"log-group:{self._log_group_name}")])
        args = EncryptionKeyArgs(
            site=self._site, description=f"Secrets, logs and volumes of {self._args.cluster_name}", statements=(logs,)
        )
        return EncryptionKey(f"{self._name}-key", args, pulumi.ResourceOptions(parent=self))

    def _log_group(self) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            f"{self._name}-logs",
            name=self._log_group_name,
            retention_in_days=self._args.spec.log_retention_days,
            kms_key_id=self.key_arn,
            tags=self._site.tags.named(self._log_group_name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _cluster(self, role_arn: pulumi.Output[str], ready: list[pulumi.Resource]) -> eks.Cluster:
        spec, draining = self._args.spec, self._site.draining
        return eks.Cluster(
            self._name,
            name=self._args.cluster_name,
            role_arn=role_arn,
            version=spec.kubernetes_version,
            access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": False},
            bootstrap_self_managed_addons=False,
            encryption_config={"provider": {"key_arn": self.key_arn}, "resources": ["secrets"]},
            vpc_config=self._placement(),
            kubernetes_network_config={"service_ipv4_cidr": spec.service_cidr},
            upgrade_policy={"support_type": spec.support},
            zonal_shift_config={"enabled": spec.zonal_shift},
            control_plane_scaling_config={"tier": spec.scaling_tier},
            # EKS writes logs once more while it is deleted, and would make the group again.
            enabled_cluster_log_types=[] if draining else list(spec.control_plane_logs),
            deletion_protection=spec.deletion_protection and not draining,
            tags=self._site.kept_tags(self._args.cluster_name),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=self._site.keeps_infrastructure,
                custom_timeouts=CLUSTER,
                depends_on=ready,
            ),
        )

    def _placement(self) -> eks.ClusterVpcConfigArgsDict:
        api = self._args.spec.api
        config: eks.ClusterVpcConfigArgsDict = {
            "subnet_ids": self._args.network.anchor_subnets,
            "endpoint_private_access": True,
            "endpoint_public_access": isinstance(api, PublicApi),
        }
        if isinstance(api, PublicApi):
            config["public_access_cidrs"] = list(api.allowed_cidrs)
        return config

    def _clients(self) -> pulumi.Output[str]:
        group = ec2.SecurityGroup(
            f"{self._name}-clients",
            vpc_id=self._args.network.vpc_id,
            description="Members may call the Kubernetes API from inside the network",
            tags=self._site.tags.named(f"{self._name}-clients"),
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=SLOW_DELETE),
        )
        vpc.SecurityGroupIngressRule(
            f"{self._name}-from-clients",
            security_group_id=self.security_group_id,
            referenced_security_group_id=group.id,
            ip_protocol="tcp",
            from_port=HTTPS_PORT,
            to_port=HTTPS_PORT,
            description="Kubernetes API from its clients",
            tags=self._site.tags.named(f"{self._name}-from-clients"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # A group starts without any way out: the provider takes away the one that EC2 makes.
        vpc.SecurityGroupEgressRule(
            f"{self._name}-clients-out",
            security_group_id=group.id,
            referenced_security_group_id=self.security_group_id,
            ip_protocol="tcp",
            from_port=HTTPS_PORT,
            to_port=HTTPS_PORT,
            description="Kubernetes API",
            tags=self._site.tags.named(f"{self._name}-clients-out"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return group.id
