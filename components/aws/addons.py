"""The add-ons of one phase, each with a role of its own where it calls AWS."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks

from components.aws.addon_plan import ADDONS, DEFAULT, Identity, Phase, of_phase
from components.aws.aws_site import Site
from components.aws.cluster_spec import ClusterSpec
from components.aws.iam_document import allow, document
from components.aws.roles import attach, role
from components.aws.trust_policy import pod_identity_trust


@dataclass(frozen=True, kw_only=True)
class AddonsArgs:
    """Which add-ons of which cluster.

    Args:
        after: what must stand first and is no input: the system nodes, for the second phase.
    """

    site: Site
    cluster: eks.Cluster
    cluster_arn: str
    key_arn: pulumi.Input[str]
    spec: ClusterSpec
    phase: Phase
    after: Sequence[pulumi.Resource] = ()


class Addons(pulumi.ComponentResource):
    """EKS add-ons that leave nothing behind and overwrite what differs.

    Produces:
        One add-on per name of the phase; for those that call AWS a role with one policy of AWS's own.
    """

    addons: list[eks.Addon]

    def __init__(self, name: str, args: AddonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the add-ons of the phase."""
        super().__init__("slipway:aws:Addons", name, None, opts)
        self._name, self._args = name, args
        self.addons = [self._addon(addon) for addon in of_phase(args.phase)]
        self.register_outputs({"addons": [addon.addon_name for addon in self.addons]})

    def _addon(self, addon: str) -> eks.Addon:
        args, plan, name = self._args, ADDONS[addon], f"{self._name}-{addon}"
        identities, policies = self._identities(name, plan.identity)
        return eks.Addon(
            name,
            addon_name=addon,
            cluster_name=args.cluster.name,
            addon_version=self._wanted_version(addon),
            configuration_values=plan.configuration,
            pod_identity_associations=identities,
            preserve=False,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            tags=args.site.tags.named(name),
            # No output says that pods of this phase need nodes to run on, nor that their role can do nothing without
            # its policies: at the end the network add-on and the driver still detach interfaces and volumes.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.after, *policies]),
        )

    def _wanted_version(self, addon: str) -> pulumi.Input[str]:
        wanted = self._args.spec.addons[addon]
        if wanted != DEFAULT:
            return wanted
        offered = eks.get_addon_version_output(
            addon_name=addon,
            kubernetes_version=self._args.spec.kubernetes_version,
            most_recent=False,
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        return offered.version

    def _identities(
        self, name: str, identity: Identity | None
    ) -> tuple[list[eks.AddonPodIdentityAssociationArgsDict] | None, list[pulumi.Resource]]:
        """Make the role of an add-on that calls AWS; return who gets it, and the policies to wait for."""
        if identity is None:
            return None, []
        site = self._args.site
        trust = pod_identity_trust(account_id=site.account_id, cluster_arn=self._args.cluster_arn)
        owner = role(f"{name}-role", site=site, trust=trust, parent=self)
        key_policy = pulumi.Output.from_input(self._args.key_arn).apply(_volume_key_policy)
        documents = {"key": key_policy} if identity.uses_cluster_key else {}
        policies = attach(owner, f"{name}-role", site=site, aws_policies=[identity.aws_policy], documents=documents)
        return [{"service_account": identity.service_account, "role_arn": owner.arn}], policies


def _volume_key_policy(key_arn: str) -> str:
    """Let EBS encrypt volumes with the key: grants only for AWS resources."""
    for_aws = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    use = [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ]
    return document([allow("Use", use, key_arn), allow("Grant", ["kms:CreateGrant"], key_arn, for_aws)])
