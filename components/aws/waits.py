"""How long AWS may take where it takes longer than the provider's patience."""

import pulumi

SLOW_DELETE = pulumi.CustomTimeouts(delete="20m")
"""Subnets and security groups wait for network interfaces that AWS releases late."""
CLUSTER = pulumi.CustomTimeouts(create="40m", delete="30m")
NODE_GROUP = pulumi.CustomTimeouts(create="30m", update="60m", delete="30m")
