"""What a stack in a cloud needs before anything is made, on one screen; `make up STACK=dev` begins with it.

Asks AWS one thing: whose credentials these are. Another account, or none, ends it here. What a cluster is asked is in
`infra/cluster_prerequisites.py`.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from ruamel.yaml import YAML

from components.aws.edge_spec import EdgeSpec
from components.aws.gpu_quota import quotas
from components.aws.node_pool_plan import ceiling_usd_per_month
from infra import cluster_prerequisites
from infra.aws_settings import AwsPlatform, FoundationPlatform
from infra.kubernetes_settings import KubernetesPlatform
from infra.settings_problems import problems, settings_class

NEXT = "Pulumi shows the whole plan next, judged by the policy pack, and asks before it makes anything."
_WIDTH = 14


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the screen; 0: go on, 1: something is missing, and nothing was made."""
    parser = argparse.ArgumentParser(prog="python -m infra.prerequisites", description=__doc__)
    parser.add_argument("--stack", required=True, help="such as dev")
    stack = parser.parse_args(arguments).stack
    stack_file = Path(f"Pulumi.{stack}.yaml")
    config = YAML(typ="safe").load(stack_file.read_text(encoding="utf-8"))["config"]
    raw = {key.removeprefix("slipway:"): value for key, value in config.items() if key.startswith("slipway:")}
    found = problems(raw, stack_file.name)
    if found:
        sys.stderr.write("\n".join([*found, "Nothing was made.", ""]))
        return 1
    platform = settings_class(raw).model_validate(raw).platform
    if isinstance(platform, KubernetesPlatform):
        return _cluster(platform, stack)
    if not isinstance(platform, AwsPlatform | FoundationPlatform):
        return 0
    sys.stdout.write("\n".join([*screen(platform, stack), ""]))
    refused = refusal(platform, *identity(platform.region))
    sys.stderr.write(f"{refused}\n" if refused else "")
    return int(bool(refused))


def _cluster(platform: KubernetesPlatform, stack: str) -> int:
    sys.stdout.write("\n".join([*cluster_prerequisites.screen(platform, stack), ""]))
    absent = list(cluster_prerequisites.missing(platform))
    if absent:
        sys.stderr.write("\n".join([*absent, "Nothing was made.", ""]))
    else:
        sys.stdout.write(f"{NEXT}\n")
    return int(bool(absent))


def identity(region: str) -> tuple[str, str]:
    """Return whose credentials these are, account and ARN; an empty account and the reason when nobody's."""
    try:
        caller = boto3.client("sts", region_name=region).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        return "", str(error)
    return caller["Account"], caller["Arn"]


def refusal(platform: AwsPlatform | FoundationPlatform, account: str, caller: str) -> str:
    """Return why nothing can be made with these credentials; nothing when it can."""
    if not account:
        return f"There are no usable AWS credentials ({caller}). Set AWS_PROFILE or log in; nothing was made."
    if account != platform.account_id:
        return (
            f"These credentials are of account {account} ({caller}), but platform.account_id is {platform.account_id}. "
            "Take others, or correct the stack file; nothing was made."
        )
    return ""


def screen(platform: AwsPlatform | FoundationPlatform, stack: str) -> Iterator[str]:
    """Yield the lines of the screen."""
    yield f"{stack} will be made in AWS. Before it is, this must be there:"
    for title, need in (*_everywhere(platform), *(_cloud(platform) if isinstance(platform, AwsPlatform) else ())):
        yield f"  {title:<{_WIDTH}}{need}"
    yield NEXT


def _everywhere(platform: AwsPlatform | FoundationPlatform) -> Iterator[tuple[str, str]]:
    yield "account", f"{platform.account_id} in {platform.region}; credentials by AWS_PROFILE or a role"
    if isinstance(platform, AwsPlatform):
        yield "role", f"{platform.cluster.admins[0]}, which the foundation makes, or deploy_role_arn of your own"


def _cloud(platform: AwsPlatform) -> Iterator[tuple[str, str]]:
    if isinstance(platform.edge, EdgeSpec) and platform.edge.domain:
        yield "DNS", f"the hosted zone {platform.edge.zone_id} of {platform.edge.domain}"
    for quota in quotas(platform.node_pools):
        yield "quota", f"{quota.name}: {quota.vcpus} vCPUs or more (Service Quotas, Amazon EC2; a new account has 0)"
    yield "programs", "aws (for the kubeconfig)"
    yield "time", "20 to 30 minutes, most of it the cluster"
    estimate, ceiling = platform.args("").estimate_usd_per_month, ceiling_usd_per_month(platform.node_pools)
    budget = platform.budget.monthly_usd
    yield "money", f"about {estimate:,.0f} USD a month; at most {ceiling:,.0f} for GPUs; budget {budget:,.0f}"


if __name__ == "__main__":
    sys.exit(main())
