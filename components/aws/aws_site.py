"""Where a stack stands in AWS and whose it is: account, region, tags, the names and ARNs that follow from them.

Names that a policy must judge before anything exists (roles, buckets, the cluster) are computed here from
configuration, so that no IAM document waits for an output. All other physical names are left to Pulumi.
"""

import hashlib
from dataclasses import dataclass

ROLE_NAME_CHARACTERS = 64
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
BUCKET_NAME_CHARACTERS = 63
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
BOUNDARY_NAME = "slipway-boundary"
"""The permissions boundary of every role; the `foundation` stack makes it once per account."""
GLOBAL_REGION = "us-east-1"
"""Where IAM, Route 53, budgets and CloudFront live, with what they read and measure, wherever the rest is."""
ENVIRONMENT_TAG = "slipway:environment"
"""The tag by which roles of one environment are kept from the resources of another."""
STACK_TAG = "slipway:stack"
LIFECYCLE_TAG = "slipway:lifecycle"
"""The tag by which the budget filters and by which the leak check searches."""

_DIGEST_CHARACTERS = 6


@dataclass(frozen=True, kw_only=True)
class Tags:
    """What every taggable resource carries, and what AWS or Karpenter puts on what it makes later."""

    stack: str
    environment: str
    owner: str
    cost_centre: str

    def named(self, name: str) -> dict[str, str]:
        """Return all tags of one resource, its `Name` included."""
        return {**self.common(), "Name": name}

    def common(self) -> dict[str, str]:
        """Return the tags that are the same on every resource of the stack."""
        return {
            STACK_TAG: self.stack,
            ENVIRONMENT_TAG: self.environment,
            "slipway:owner": self.owner,
            "slipway:cost-centre": self.cost_centre,
        }


@dataclass(frozen=True, kw_only=True)
class Site:
    """One stack's place in AWS.

    Args:
        account_id: twelve digits; the provider refuses any other account.
        region: for example `us-east-1`.
        tags: what every resource carries.
        protect: keep network, cluster, keys and data from deletion (Pulumi's `protect` and AWS's own flags).
        disposable: let a destroy delete buckets with objects and repositories with images.
        draining: the stack is about to be destroyed: no protection of the cluster, no control-plane logs.
    """

    account_id: str
    region: str
    tags: Tags
    protect: bool = False
    disposable: bool = False
    draining: bool = False

    @property
    def partition(self) -> str:
        """The first part of every ARN here: `aws`, or that of China or GovCloud."""
        prefixes = {"cn": "aws-cn", "us-gov": "aws-us-gov"}
        return next((value for key, value in prefixes.items() if self.region.startswith(f"{key}-")), "aws")

    @property
    def role_path(self) -> str:
        """The IAM path of every role; the apply role may touch no other."""
        return f"/slipway/{self.tags.environment}/"

    @property
    def boundary_arn(self) -> str:
        """The permissions boundary that every role carries."""
        return self.global_arn("iam", f"policy/slipway/{BOUNDARY_NAME}")

    @property
    def keeps_infrastructure(self) -> bool:
        """Whether network and cluster are protected now: protected stacks, until they are drained."""
        return self.protect and not self.draining

    def kept_tags(self, name: str) -> dict[str, str]:
        """Return the tags of what is protected: while the stack is drained they say why it is not."""
        return {**self.tags.named(name), **({LIFECYCLE_TAG: "drain"} if self.draining else {})}

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of something that lives in this region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """Return the ARN of something that has no region, such as a role."""
        return f"arn:{self.partition}:{service}::{self.account_id}:{resource}"

    def bucket_arn(self, bucket: str) -> str:
        """Return a bucket's ARN, which has neither region nor account."""
        return f"arn:{self.partition}:s3:::{bucket}"

    def aws_policy_arn(self, name: str) -> str:
        """Return the ARN of a policy that AWS maintains."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"

    def role_name(self, logical_name: str) -> str:
        """Return the physical name of a role or instance profile."""
        return fitted(f"slipway-{self.tags.stack}-{logical_name}", ROLE_NAME_CHARACTERS)

    def role_arn(self, logical_name: str) -> str:
        """Return the ARN of the role with this logical name, before it exists."""
        return self.global_arn("iam", f"role{self.role_path}{self.role_name(logical_name)}")

    def bucket_name(self, logical_name: str) -> str:
        """Return the physical name of a bucket; the account id makes it unique in the world."""
        tail = f"-{self.account_id}-{self.region}"
        return fitted(f"slipway-{self.tags.stack}-{logical_name}", BUCKET_NAME_CHARACTERS - len(tail)) + tail


def fitted(name: str, characters: int) -> str:
    """Return a name that fits the limit; a name that is too long ends in a digest of the whole."""
    if len(name) <= characters:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{name[: characters - _DIGEST_CHARACTERS - 1].rstrip('-')}-{digest}"
