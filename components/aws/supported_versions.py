"""Which Kubernetes versions EKS offers today: the one question that is asked before anything is made."""

import datetime as dt

import pulumi
import pulumi_aws as aws


def offered_versions(provider: aws.Provider) -> dict[str, dt.date]:
    """Ask EKS which Kubernetes versions it offers, and until when it supports each."""
    answer = aws.eks.get_cluster_versions(opts=pulumi.InvokeOptions(provider=provider))
    return {
        version.cluster_version: dt.date.fromisoformat(version.end_of_standard_support_date[:10])
        for version in answer.cluster_versions
    }


def today() -> dt.date:
    """Return the day of the check, the same in every time zone."""
    return dt.datetime.now(dt.UTC).date()
