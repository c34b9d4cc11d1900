"""The identity of one model's pods: they read that model's releases and nothing else."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import eks

from components.aws.artifact_policy import reader_statements
from components.aws.aws_site import Site
from components.aws.iam_document import document
from components.aws.roles import attach, role
from components.aws.trust_policy import pod_identity_trust


@dataclass(frozen=True, kw_only=True)
class ModelReaderArgs:
    """Which pods may read which model.

    Args:
        bucket: physical name of the store's bucket, known before it exists or taken from another stack.
        key_arn: of the key that the bucket is encrypted with.
        cluster_name: physical name, known before the cluster exists or taken from another stack.
        namespace: of the pods, and part of the prefix they may read.
    """

    site: Site
    bucket: str
    key_arn: pulumi.Input[str]
    cluster_name: str
    namespace: str
    service_account: str
    model: str


class ModelReader(pulumi.ComponentResource):
    """A role for one service account.

    Produces:
        Role, its policy, pod identity association.
    """

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ModelReaderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the role, then give it to the pods."""
        super().__init__("slipway:aws:ModelReader", name, None, opts)
        site = args.site
        cluster_arn = site.arn("eks", f"cluster/{args.cluster_name}")
        reader = role(
            name,
            site=site,
            trust=pod_identity_trust(account_id=site.account_id, cluster_arn=cluster_arn),
            parent=self,
        )
        policy = pulumi.Output.from_input(args.key_arn).apply(
            lambda key_arn: document(
                reader_statements(
                    bucket_arn=site.bucket_arn(args.bucket),
                    key_arn=key_arn,
                    region=site.region,
                    namespace=args.namespace,
                    model=args.model,
                )
            )
        )
        policies = attach(reader, name, site=site, documents={"policy": policy})
        eks.PodIdentityAssociation(
            f"{name}-identity",
            cluster_name=args.cluster_name,
            namespace=args.namespace,
            service_account=args.service_account,
            role_arn=reader.arn,
            tags=site.tags.named(f"{name}-identity"),
            # A pod that starts before its policy exists fails its first download.
            opts=pulumi.ResourceOptions(parent=self, depends_on=policies),
        )
        self.role_arn = reader.arn
        self.register_outputs({"role_arn": self.role_arn})
