"""Rows of the firewall at the edge of the world, and of restored snapshots."""

from tests.support.aws_stand_in.row import Call, Row

_DISTRIBUTION = (
    "{CallerReference: origins[0].originId, Comment: comment || '', Enabled: enabled, HttpVersion: httpVersion,"
    " Aliases: aliases, WebACLId: webAclId,"
    " Origins: origins[].{Id: originId, DomainName: domainName, CustomOriginConfig: customOriginConfig,"
    " CustomHeaders: customHeaders[].{HeaderName: name, HeaderValue: value}},"
    " DefaultCacheBehavior: {TargetOriginId: defaultCacheBehavior.targetOriginId,"
    " ViewerProtocolPolicy: defaultCacheBehavior.viewerProtocolPolicy,"
    " AllowedMethods: {Quantity: length(defaultCacheBehavior.allowedMethods),"
    " Items: defaultCacheBehavior.allowedMethods, CachedMethods: defaultCacheBehavior.cachedMethods},"
    " CachePolicyId: defaultCacheBehavior.cachePolicyId,"
    " OriginRequestPolicyId: defaultCacheBehavior.originRequestPolicyId},"
    " Restrictions: {GeoRestriction: {RestrictionType: restrictions.geoRestriction.restrictionType,"
    " Quantity: length(restrictions.geoRestriction.locations), Items: restrictions.geoRestriction.locations}},"
    " ViewerCertificate: viewerCertificate}"
)
_ACL = {"Id": "id", "Name": "name", "Scope": "scope"}
_ACL_NOW = Call("get_web_acl", _ACL, keep="held")

ROWS = (
    Row(
        token="cloudfront/distribution:Distribution",
        service="cloudfront",
        create=Call(
            "create_distribution_with_tags",
            {"DistributionConfigWithTags": f"{{DistributionConfig: {_DISTRIBUTION}, Tags: {{Items: tags || `[]`}}}}"},
        ),
        id="answer.Distribution.Id",
        updates=(
            Call("get_distribution", {"Id": "id"}, keep="held", on=("enabled", "origins", "webAclId")),
            Call(
                "update_distribution",
                {"Id": "id", "IfMatch": "held.ETag", "DistributionConfig": _DISTRIBUTION},
                on=("enabled", "origins", "webAclId", "defaultCacheBehavior", "aliases", "viewerCertificate"),
            ),
        ),
        read=Call("get_distribution", {"Id": "id"}),
        found="Distribution",
        outputs={"hostedZoneId": "'Z2FDTNDATAQYW2'"},
        before_delete=(Call("get_distribution", {"Id": "id"}, keep="held"),),
        delete=Call("delete_distribution", {"Id": "id", "IfMatch": "held.ETag"}),
        replaces=("staging", "continuousDeploymentPolicyId"),
    ),
    Row(
        token="wafv2/webAcl:WebAcl",
        service="wafv2",
        create=Call("create_web_acl"),
        id="answer.Summary.Id",
        updates=(
            Call("get_web_acl", _ACL, keep="held", on=("rules", "defaultAction", "visibilityConfig")),
            Call("update_web_acl", {**_ACL, "LockToken": "held.LockToken"}, fill=True),
        ),
        read=Call("get_web_acl", _ACL),
        found="WebACL",
        before_delete=(_ACL_NOW,),
        delete=Call("delete_web_acl", {**_ACL, "LockToken": "held.LockToken"}),
        replaces=("name", "namePrefix", "scope"),
        autoname="name",
        name_limit=128,
    ),
    Row(
        token="ebs/fastSnapshotRestore:FastSnapshotRestore",
        service="ec2",
        create=Call(
            "enable_fast_snapshot_restores",
            {"AvailabilityZones": "[availabilityZone]", "SourceSnapshotIds": "[snapshotId]"},
        ),
        id="join(',', [availabilityZone, snapshotId])",
        delete=Call(
            "disable_fast_snapshot_restores",
            {"AvailabilityZones": "[availabilityZone]", "SourceSnapshotIds": "[snapshotId]"},
        ),
        replaces=("availabilityZone", "snapshotId"),
        echo=True,
    ),
)
