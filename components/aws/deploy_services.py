"""Which services CI changes, component by component, and by which verbs: those that exist, and no whole service.

A verb with a star that no action begins with would hide a misspelt one, so each service lists its own.
"""

from collections.abc import Iterator, Mapping

_LOOK = "Describe* Get* List*"
_CHANGE = "Create* Delete* Update*"
_TAG = "Tag* Untag*"

SERVICES: Mapping[str, Mapping[str, str]] = {
    "network": {
        "ec2": f"{_LOOK} {_CHANGE} Allocate* Associate* Attach* Authorize* Detach* DisableFastSnapshotRestores"
        " Disassociate* EnableFastSnapshotRestores Modify* Release* Replace* Revoke* RunInstances",
    },
    "cluster": {
        "eks": f"Describe* List* {_CHANGE} {_TAG} Associate* Disassociate*",
        "events": f"Describe* List* {_CHANGE} {_TAG} Put* Remove*",
        "sqs": f"Get* List* Create* Delete* {_TAG} AddPermission Set*",
        "tag": "GetResources",
    },
    "data": {
        "ecr": f"{_LOOK} {_CHANGE} {_TAG} BatchCheckLayerAvailability BatchGetImage CompleteLayerUpload"
        " InitiateLayerUpload Put* Set* UploadLayerPart",
        "kms": f"{_LOOK} {_CHANGE} {_TAG} Decrypt Enable* Encrypt GenerateDataKey* Put* RetireGrant"
        " ScheduleKeyDeletion",
    },
    "edge": {
        "acm": "Describe* Get* List* AddTags* Delete* Put* RequestCertificate Update*",
        "apigateway": "DELETE GET PATCH POST PUT",
        "cloudfront": f"{_LOOK} {_CHANGE} {_TAG}",
        "elasticloadbalancing": "Describe* Get* Add* Create* Delete* Modify* Remove* Set*",
        "route53": f"Get* List* {_CHANGE} ChangeResourceRecordSets ChangeTagsForResource",
        "wafv2": f"{_LOOK} {_CHANGE} {_TAG} Put*",
    },
    "alerts": {
        "aps": f"{_LOOK} {_CHANGE} {_TAG} Put*",
        "budgets": f"Describe* List* {_CHANGE} {_TAG} ModifyBudget ViewBudget",
        "ce": f"{_LOOK} {_CHANGE} {_TAG}",
        "cloudwatch": f"{_LOOK} {_CHANGE} {_TAG} Put*",
        "logs": f"{_LOOK} {_CHANGE} {_TAG} Associate* Put*",
        "sns": f"Get* List* Create* Delete* {_TAG} Put* Set* Subscribe Unsubscribe",
    },
}  # fmt: skip
"""Component → service → verbs."""
BUCKETS: Mapping[str, str] = {"s3": f"AbortMultipartUpload Create* Delete* Get* List* Put* {_TAG}"}
"""Of the environment's own buckets."""
CHAT: Mapping[str, str] = {"chatbot": f"{_LOOK} {_CHANGE} {_TAG}"}
CHAT_REGIONS = ("ap-southeast-1", "eu-west-1", "us-east-2", "us-west-2")
"""https://docs.aws.amazon.com/general/latest/gr/chatbot.html; from elsewhere the provider calls us-west-2."""
PASSED_TO = (
    "chatbot.amazonaws.com", "ec2.amazonaws.com", "ecr.amazonaws.com", "eks.amazonaws.com", "lambda.amazonaws.com",
    "pods.eks.amazonaws.com", "sagemaker.amazonaws.com", "vpc-flow-logs.amazonaws.com",
)  # fmt: skip
LINKED = (
    "ecr.amazonaws.com", "eks-nodegroup.amazonaws.com", "eks.amazonaws.com", "elasticloadbalancing.amazonaws.com",
    "management.chatbot.amazonaws.com", "ops.apigateway.amazonaws.com", "pullthroughcache.ecr.amazonaws.com",
    "spot.amazonaws.com",
)  # fmt: skip
"""Services whose own role is made when a fresh account first uses them: by whoever uses them."""


def actions(services: Mapping[str, str]) -> Iterator[str]:
    """Yield the actions of a table of services."""
    return (f"{service}:{verb}" for service, verbs in services.items() for verb in verbs.split())
