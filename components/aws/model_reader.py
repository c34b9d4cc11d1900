"""The identity of one model's pods: they read that model's releases and nothing else."""

from dataclasses import dataclass

import pulumi

from components.aws.artifact_policy import reader_statements
from components.aws.aws_site import Site
from components.aws.iam_document import document
from components.aws.pod_identity import ServiceAccount, pod_role


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
        account = ServiceAccount(
            cluster=args.cluster_name,
            cluster_name=args.cluster_name,
            namespace=args.namespace,
            name=args.service_account,
        )
        self.role_arn = pod_role(name, site=site, account=account, policy=policy, parent=self).arn
        self.register_outputs({"role_arn": self.role_arn})
