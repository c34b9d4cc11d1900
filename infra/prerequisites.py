"""What a stack in a cloud needs before anything is made, on one screen; `make up STACK=dev` begins with it.

The account is asked for each need as far as the credentials allow. Another account, no credentials, or a thing that
every `up` would fail without, ends it here. What a cluster is asked is in `infra/cluster_prerequisites.py`.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from components.aws.edge_spec import EdgeSpec
from components.aws.gpu_quota import quotas
from components.aws.node_pool_plan import ceiling_usd_per_month
from infra import cluster_prerequisites
from infra.account_check import UNASKED, Account, Answer, identity
from infra.aws_settings import AwsPlatform, CloudPlatform, FoundationPlatform
from infra.settings import ClusterSettings
from infra.stack_settings import settings_of
from serving.errors import ConfigurationError

NEXT = "Pulumi shows the whole plan next, judged by the policy pack, and asks before it makes anything."
_WIDTH = 14


@dataclass(frozen=True, kw_only=True)
class Need:
    """One line of the screen: what must be there, and what the account says of it."""

    title: str
    text: str
    answer: Answer = UNASKED

    def __str__(self) -> str:
        said = f" ({self.answer.says})" if self.answer.says else ""
        return f"  {self.title:<{_WIDTH}}{self.text}{said}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the screen; 0: go on, 1: something is missing, and nothing was made."""
    parser = argparse.ArgumentParser(prog="python -m infra.prerequisites", description=__doc__)
    parser.add_argument("--stack", required=True, help="such as dev")
    stack = parser.parse_args(arguments).stack
    try:
        settings = settings_of(stack)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\nNothing was made.\n")
        return 1
    platform = settings.platform
    if isinstance(settings, ClusterSettings):
        return _cluster(settings, stack)
    return ask(platform, stack) if isinstance(platform, AwsPlatform | FoundationPlatform) else 0


def ask(platform: CloudPlatform, stack: str) -> int:
    """Print the screen with what the account says; 0: go on, 1: something is missing."""
    account_id, caller = identity(platform.region)
    account = Account(platform.region) if account_id == platform.account_id else None
    needs = list(all_needs(platform, stack, account))
    sys.stdout.write("\n".join([*screen(stack, needs), ""]))
    refused = refusal(platform, account_id, caller) or "".join(_lacking(needs))
    sys.stderr.write(f"{refused}\n" if refused else "")
    return int(bool(refused))


def screen(stack: str, needs: Sequence[Need]) -> Iterator[str]:
    """Yield the lines of the screen."""
    yield f"{stack} will be made in AWS. Before it is, this must be there:"
    yield from map(str, needs)
    yield NEXT


def _cluster(settings: ClusterSettings, stack: str) -> int:
    sys.stdout.write("\n".join([*cluster_prerequisites.screen(settings.platform, stack), ""]))
    absent = list(cluster_prerequisites.missing(settings.platform, cluster_prerequisites.claims_of(settings)))
    if absent:
        sys.stderr.write("\n".join([*absent, "Nothing was made.", ""]))
    else:
        sys.stdout.write(f"{NEXT}\n")
    return int(bool(absent))


def refusal(platform: CloudPlatform, account: str, caller: str) -> str:
    """Return why nothing can be made with these credentials; nothing when it can."""
    if not account:
        return (
            f"There are no usable AWS credentials ({caller}), so the account was asked nothing. Set AWS_PROFILE or log "
            "in; nothing was made."
        )
    if account != platform.account_id:
        return (
            f"These credentials are of account {account} ({caller}), but platform.account_id is {platform.account_id}. "
            "Take others, or correct the stack file; nothing was made."
        )
    return ""


def all_needs(platform: CloudPlatform, stack: str, account: Account | None) -> Iterator[Need]:
    """Yield everything that must be there; without an account nobody is asked."""
    yield Need(
        title="account", text=f"{platform.account_id} in {platform.region}; credentials by AWS_PROFILE or a role"
    )
    if isinstance(platform, AwsPlatform):
        yield from _cloud(platform, stack, account)


def _cloud(platform: AwsPlatform, stack: str, account: Account | None) -> Iterator[Need]:
    yield Need(
        title="role",
        text=f"{platform.cluster.admins[0]}, which the foundation makes, or deploy_role_arn of your own",
    )
    boundary = platform.site(stack).boundary_arn
    yield Need(
        title="boundary",
        text=f"{boundary}, which `make up STACK=foundation` makes",
        answer=account.boundary(boundary) if account else UNASKED,
    )
    if isinstance(platform.edge, EdgeSpec) and platform.edge.domain and platform.edge.zone_id:
        yield Need(
            title="DNS",
            text=f"the hosted zone {platform.edge.zone_id} of {platform.edge.domain}",
            answer=account.zone(platform.edge.zone_id) if account else UNASKED,
        )
    for quota in quotas(platform.node_pools, platform.network.zones):
        yield Need(
            title="quota",
            text=f"{quota.name}: {quota.vcpus} vCPUs or more; a new account has 0",
            answer=account.quota(quota.code, quota.vcpus) if account else UNASKED,
        )
    yield Need(title="programs", text="aws (for the kubeconfig)")
    yield Need(title="time", text="20 to 30 minutes, most of it the cluster")
    ceiling = ceiling_usd_per_month(platform.node_pools, platform.network.zones)
    estimate = platform.args("").estimate_usd_per_month
    budget = platform.budget.monthly_usd
    text = f"about {estimate:,.0f} USD a month; at most {ceiling:,.0f} for GPUs; budget {budget:,.0f}"
    yield Need(title="money", text=text)


def _lacking(needs: Sequence[Need]) -> Iterator[str]:
    missing = [need for need in needs if need.answer.missing]
    if missing:
        yield f"Missing: {'; '.join(f'{need.title}, {need.text}' for need in missing)}. Nothing was made."


if __name__ == "__main__":
    sys.exit(main())
