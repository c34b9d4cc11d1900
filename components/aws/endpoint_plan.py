"""Which AWS services are reached through endpoints inside the network.

An interface endpoint costs $7.30 per zone and month and saves $0.035 per GB against NAT, so it pays for itself at
209 GB per zone. `Core` is bought for privacy, not for savings: image layers travel through the free S3 endpoint.
There is no endpoint for the IAM API and none for the Price List API.
"""

from dataclasses import dataclass
from typing import Literal

CORE = ("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "sqs", "sts")
ISOLATED = (*CORE, "ec2messages", "elasticloadbalancing", "kms", "secretsmanager", "ssm", "ssmmessages")


@dataclass(frozen=True, kw_only=True)
class S3Only:
    """The free gateway endpoint for S3 and what `extra` names."""

    kind: Literal["s3_only"] = "s3_only"
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Core:
    """What nodes and controllers call all the time: eight interface endpoints."""

    kind: Literal["core"] = "core"
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Isolated:
    """What a network without NAT needs: fourteen interface endpoints."""

    kind: Literal["isolated"] = "isolated"
    extra: tuple[str, ...] = ()


Endpoints = S3Only | Core | Isolated


def interface_services(endpoints: Endpoints) -> tuple[str, ...]:
    """Return the short names of the services that get an interface endpoint, sorted, each once."""
    sets: dict[str, tuple[str, ...]] = {"s3_only": (), "core": CORE, "isolated": ISOLATED}
    return tuple(sorted({*sets[endpoints.kind], *endpoints.extra}))


def service_name(region: str, service: str) -> str:
    """Return the name by which a VPC endpoint asks for a service."""
    return f"com.amazonaws.{region}.{service}"
