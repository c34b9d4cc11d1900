"""What an account's foundation is, as plain values."""

from dataclasses import dataclass
from typing import Literal

from components.aws.aws_site import Site
from components.aws.ci_trust import DeployIdentitySpec, identity_problems
from components.aws.rules import require


@dataclass(frozen=True, kw_only=True)
class FoundationArgs:
    """What the account's foundation is.

    Args:
        identity: who deploys.
        scan: how the registry is scanned, for all of the account's repositories.
        cost_allocation_tag: activate the stack's tag for cost reports; works in the payer account, and only a day
            after the tag was first seen. Off on day one.

    Raises:
        ConfigurationError: the identity breaks a rule; the message lists every one.
    """

    site: Site
    identity: DeployIdentitySpec
    scan: Literal["basic", "enhanced"] = "enhanced"
    cost_allocation_tag: bool = False

    def __post_init__(self) -> None:
        require(identity_problems(self.identity))
