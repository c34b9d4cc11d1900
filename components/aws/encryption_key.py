"""A customer-managed key with rotation and an alias: it adds audit and revocation to encryption at rest.

A key cannot be taken off an EKS cluster or a repository again, and losing it loses the data: protected stacks keep it.
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import kms

from components.aws.aws_site import Site
from components.aws.iam_document import Statement, document
from components.aws.key_policy import account_statement

DELETION_DAYS = 7
PROTECTED_DELETION_DAYS = 30
"""https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html: 7 to 30."""


@dataclass(frozen=True, kw_only=True)
class EncryptionKeyArgs:
    """What the key is for, and which services use it beside this account's roles; `region` if not the stack's."""

    site: Site
    description: str
    alias: str | None = None
    statements: tuple[Statement, ...] = ()
    region: str | None = None


class EncryptionKey(pulumi.ComponentResource):
    """A key and the name that people know it by.

    Produces:
        KMS key, alias.
    """

    key_arn: pulumi.Output[str]
    key_id: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the key, then its alias."""
        super().__init__("slipway:aws:EncryptionKey", name, None, opts)
        site = args.site
        key = kms.Key(
            name,
            description=args.description,
            enable_key_rotation=True,
            deletion_window_in_days=PROTECTED_DELETION_DAYS if site.protect else DELETION_DAYS,
            region=args.region,
            policy=document([account_statement(site.partition, site.account_id), *args.statements]),
            tags=site.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self, protect=site.protect),
        )
        kms.Alias(
            f"{name}-alias",
            name=f"alias/{args.alias or f'slipway-{site.tags.stack}-{name}'}",
            target_key_id=key.key_id,
            region=args.region,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.key_arn, self.key_id = key.arn, key.key_id
        self.register_outputs({"key_arn": self.key_arn, "key_id": self.key_id})
