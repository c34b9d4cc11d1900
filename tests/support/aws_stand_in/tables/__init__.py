"""Every resource type that the stand-in carries, one row each, and how each service tags."""

from collections.abc import Mapping

from tests.support.aws_stand_in.row import Call, Row
from tests.support.aws_stand_in.tables import access, cluster, data, edge, front, images, network, watch

_TAG_CALLS: Mapping[str, tuple[Call, Call]] = {
    "ec2": (
        Call("create_tags", {"Resources": "[id]", "Tags": "tags"}),
        Call("delete_tags", {"Resources": "[id]", "Tags": "removed[].{Key: @}"}),
    ),
    "eks": (
        Call("tag_resource", {"resourceArn": "state.arn", "tags": "tags"}),
        Call("untag_resource", {"resourceArn": "state.arn", "tagKeys": "removed"}),
    ),
    "s3": (
        Call("put_bucket_tagging", {"Bucket": "id", "Tagging": "{TagSet: tags}"}),
        Call("get_bucket_tagging", {"Bucket": "id"}),
    ),
    "kms": (
        Call("tag_resource", {"KeyId": "id", "Tags": "tags"}),
        Call("untag_resource", {"KeyId": "id", "TagKeys": "removed"}),
    ),
    "sqs": (
        Call("tag_queue", {"QueueUrl": "id", "Tags": "tags"}),
        Call("untag_queue", {"QueueUrl": "id", "TagKeys": "removed"}),
    ),
    "elbv2": (
        Call("add_tags", {"ResourceArns": "[id]", "Tags": "tags"}),
        Call("remove_tags", {"ResourceArns": "[id]", "TagKeys": "removed"}),
    ),
    "logs": (
        Call("tag_resource", {"resourceArn": "state.arn", "tags": "tags"}),
        Call("untag_resource", {"resourceArn": "state.arn", "tagKeys": "removed"}),
    ),
}
_USUAL_TAG_CALLS = (
    Call("tag_resource", {"ResourceArn": "state.arn", "Tags": "tags"}),
    Call("untag_resource", {"ResourceArn": "state.arn", "TagKeys": "removed"}),
)

ROWS: Mapping[str, Row] = {
    f"aws:{row.token}": row
    for table in (network, access, data, cluster, images, edge, front, watch)
    for row in table.ROWS
}
"""Full type token to row."""


def tag_calls(row: Row) -> tuple[Call, Call]:
    """The calls that set and remove the tags of a resource."""
    if row.service == "iam":
        kind = {"role:Role": "role", "instanceProfile:InstanceProfile": "instance_profile"}.get(row.token[4:], "policy")
        named = {"role": "RoleName", "instance_profile": "InstanceProfileName", "policy": "PolicyArn"}[kind]
        return (
            Call(f"tag_{kind}", {named: "id", "Tags": "tags"}),
            Call(f"untag_{kind}", {named: "id", "TagKeys": "removed"}),
        )
    return _TAG_CALLS.get(row.service, _USUAL_TAG_CALLS)
