"""What an account needs once: a place for state, an identity for CI, and the settings that exist only once.

It starts on a `file://` backend, because the bucket that shall hold its state is its own first resource.
"""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
from pulumi_aws import costexplorer, ecr

from components.aws.aws_site import STACK_TAG
from components.aws.deploy_identity import DeployIdentity, DeployIdentityArgs
from components.aws.foundation_spec import FoundationArgs
from components.aws.state_store import StateStore, StateStoreArgs


class Foundation(pulumi.ComponentResource):
    """State, identity, and the account's own settings.

    Produces:
        Provider, StateStore, DeployIdentity, registry scanning, cost allocation tag.
    """

    state_url: pulumi.Output[str]
    secrets_provider: pulumi.Output[str]
    secrets_providers: Mapping[str, pulumi.Output[str]]
    plan_role_arn: pulumi.Output[str]
    apply_role_arns: Mapping[str, pulumi.Output[str]]
    boundary_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FoundationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the state store, then who may write to it."""
        super().__init__("slipway:aws:Foundation", name, None, opts)
        provider = aws.Provider(
            f"{name}-provider",
            region=args.site.region,
            allowed_account_ids=[args.site.account_id],
            opts=pulumi.ResourceOptions(parent=self),
        )
        child = pulumi.ResourceOptions(parent=self, provider=provider)
        state = StateStore(
            f"{name}-state", StateStoreArgs(site=args.site, environments=args.identity.environments), child
        )
        identity = DeployIdentity(
            f"{name}-identity", DeployIdentityArgs(site=args.site, spec=args.identity, state=state), child
        )
        ecr.RegistryScanningConfiguration(
            f"{name}-scanning",
            scan_type=args.scan.upper(),
            rules=[
                {
                    "scan_frequency": "SCAN_ON_PUSH",
                    "repository_filters": [{"filter": "*", "filter_type": "WILDCARD"}],
                }
            ],
            opts=child,
        )
        if args.cost_allocation_tag:
            costexplorer.CostAllocationTag(f"{name}-cost-tag", tag_key=STACK_TAG, status="Active", opts=child)
        self.state_url, self.secrets_provider = state.state_url, state.secrets_provider
        self.secrets_providers = state.secrets_providers
        self.plan_role_arn, self.apply_role_arns = identity.plan_role_arn, identity.apply_role_arns
        self.boundary_arn = identity.boundary_arn
        self.register_outputs({key: getattr(self, key) for key in Foundation.__annotations__})
