"""Provider functions that the programs call, answered by the emulator or, where moto has none, by a fixed answer."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.aws_stand_in.aws import Aws

Answer = Callable[[Aws, dict[str, Any]], dict[str, Any]]
_SUPPORT_DAYS = {"1.34": 30, "1.35": 125, "1.36": 300}


def _caller(aws: Aws, _: dict[str, Any]) -> dict[str, Any]:
    who = aws.client("sts").get_caller_identity()
    return {"accountId": who["Account"], "arn": who["Arn"], "userId": who["UserId"], "id": who["Account"]}


def _region(aws: Aws, given: dict[str, Any]) -> dict[str, Any]:
    name = given.get("region") or aws.region
    return {"region": name, "name": name, "id": name, "description": name, "endpoint": f"ec2.{name}.amazonaws.com"}


def _partition(_: Aws, __: dict[str, Any]) -> dict[str, Any]:
    return {"partition": "aws", "dnsSuffix": "amazonaws.com", "id": "aws", "reverseDnsPrefix": "com.amazonaws"}


def _zones(aws: Aws, _: dict[str, Any]) -> dict[str, Any]:
    zones = aws.client("ec2").describe_availability_zones()["AvailabilityZones"]
    return {"names": [zone["ZoneName"] for zone in zones], "zoneIds": [zone["ZoneId"] for zone in zones], "id": "zones"}


def _cluster_versions(_: Aws, __: dict[str, Any]) -> dict[str, Any]:
    """moto has no such operation: three versions with their support, counted from today."""
    today = dt.datetime.now(dt.UTC).date()
    ends = {version: today + dt.timedelta(days=days) for version, days in _SUPPORT_DAYS.items()}
    versions = [{"clusterVersion": name, "endOfStandardSupportDate": end.isoformat()} for name, end in ends.items()]
    return {"clusterVersions": versions, "id": "versions"}


def _addon_version(_: Aws, given: dict[str, Any]) -> dict[str, Any]:
    """moto has no such operation: each Kubernetes version has its own."""
    return {**given, "version": f"v{given['kubernetesVersion']}.1-eksbuild.1", "id": given["addonName"]}


def _registry_login(aws: Aws, _: dict[str, Any]) -> dict[str, Any]:
    data = aws.client("ecr").get_authorization_token()["authorizationData"][0]
    return {
        "authorizationToken": data["authorizationToken"],
        "expiresAt": str(data["expiresAt"]),
        "proxyEndpoint": data["proxyEndpoint"],
        "userName": "AWS",
        "password": "stand-in",
        "id": aws.region,
    }


def _image(aws: Aws, given: dict[str, Any]) -> dict[str, Any]:
    digest, name = given["imageDigest"], given["repositoryName"]
    address = f"{aws.account}.dkr.ecr.{aws.region}.amazonaws.com/{name}"
    return {**given, "imageUri": f"{address}@{digest}", "id": digest, "registryId": aws.account}


def _object(aws: Aws, given: dict[str, Any]) -> dict[str, Any]:
    head = aws.client("s3").head_object(Bucket=given["bucket"], Key=given["key"], ChecksumMode="ENABLED")
    sha256 = head.get("ChecksumSHA256", "")
    known = {"checksumSha256": sha256, "contentLength": head["ContentLength"], "metadata": head["Metadata"]}
    return {**given, **known, "id": given["key"]}


INVOKES: Mapping[str, Answer] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:eks/getClusterVersions:getClusterVersions": _cluster_versions,
    "aws:eks/getAddonVersion:getAddonVersion": _addon_version,
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": _registry_login,
    "aws:ecr/getImage:getImage": _image,
    "aws:s3/getObject:getObject": _object,
}
