"""List prices for us-east-1, on demand, in US dollars: dated, sourced, in one place.

A test fails when `READ` is older than twelve months. Other regions cost up to half more; the shape is the same.
"""

import datetime as dt

READ = dt.date(2026, 7, 20)
"""Day of the EC2 table; the others were read from 2026-03 to 2026-06."""
HOURS_PER_MONTH = 730

EC2_SOURCE = "karpenter-provider-aws 1.14.1, zz_generated.pricing_aws.go, generated 2026-07-20 for us-east-1"
EC2_PER_HOUR: dict[str, float] = {
    "t3.medium": 0.0416, "t3.large": 0.0832, "t3.xlarge": 0.1664, "t3.2xlarge": 0.3328,
    "m7i.large": 0.1008, "m7i.xlarge": 0.2016, "m7i.2xlarge": 0.4032, "m7i.4xlarge": 0.8064, "m7i.8xlarge": 1.6128,
    "g4dn.xlarge": 0.526, "g4dn.2xlarge": 0.752, "g4dn.4xlarge": 1.204, "g4dn.8xlarge": 2.176, "g4dn.12xlarge": 3.912,
    "g4dn.16xlarge": 4.352, "g4dn.metal": 7.824,
    "g5.xlarge": 1.006, "g5.2xlarge": 1.212, "g5.4xlarge": 1.624, "g5.8xlarge": 2.448, "g5.12xlarge": 5.672,
    "g5.16xlarge": 4.096, "g5.24xlarge": 8.144, "g5.48xlarge": 16.288,
    "g6.xlarge": 0.8048, "g6.2xlarge": 0.9776, "g6.4xlarge": 1.3232, "g6.8xlarge": 2.0144, "g6.12xlarge": 4.6016,
    "g6.16xlarge": 3.3968, "g6.24xlarge": 6.6752, "g6.48xlarge": 13.3504,
    "g6e.xlarge": 1.861, "g6e.2xlarge": 2.24208, "g6e.4xlarge": 3.00424, "g6e.8xlarge": 4.52856,
    "g6e.12xlarge": 10.49264, "g6e.16xlarge": 7.57719, "g6e.24xlarge": 15.06559, "g6e.48xlarge": 30.13118,
    "gr6.4xlarge": 1.5392, "gr6.8xlarge": 2.4464,
    "p4d.24xlarge": 21.957642, "p4de.24xlarge": 27.44705, "p5.4xlarge": 6.88, "p5.48xlarge": 55.04,
    "p5en.48xlarge": 63.296, "p6-b200.48xlarge": 113.9328,
}  # fmt: skip

# https://aws.amazon.com/eks/pricing, /vpc/pricing, read 2026-03 to 2026-06
EKS_PER_HOUR = {"STANDARD": 0.10, "EXTENDED": 0.60}
NAT_PER_HOUR, NAT_PER_GB = 0.045, 0.045
IPV4_PER_HOUR = 0.005
ENDPOINT_PER_HOUR = 0.01
# General knowledge, not read again from a dated source: /ebs, /elasticloadbalancing, /api-gateway, /cloudwatch.
GP3_PER_GIB, GP3_PER_MIBPS, GP3_FREE_MIBPS = 0.08, 0.04, 125
NLB_PER_HOUR = 0.0225
HTTP_API_PER_MILLION = 1.00
LOGS_PER_GB, FLOW_LOGS_PER_GB = 0.50, 0.25


def age_days(today: dt.date) -> int:
    """Return how old the EC2 table is."""
    return (today - READ).days


def per_hour(instance_type: str) -> float | None:
    """Return the price of an instance type, or None when the table lacks it."""
    return EC2_PER_HOUR.get(instance_type)
