"""Which images stay, who may pull and push: the documents of the registry."""

import json
from collections.abc import Iterable
from typing import Any

from components.aws.iam_document import allow, document, for_principal

RELEASE_PREFIX, CI_PREFIX = "rel-", "ci-"
CI_DAYS = 30
UNTAGGED_DAYS = 14
"""Children of a multi-architecture image are untagged: expiring them after a day breaks the image."""
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH = (*PULL, "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart")


def lifecycle(keep_releases: int) -> str:
    """Return the lifecycle policy: the newest releases stay, CI images for a month, untagged ones for two weeks."""
    return json.dumps(
        {
            "rules": [
                _rule(1, "keep releases", {"tagStatus": "tagged", "tagPrefixList": [RELEASE_PREFIX]}, keep_releases),
                _rule(2, "drop CI images", {"tagStatus": "tagged", "tagPrefixList": [CI_PREFIX]}, CI_DAYS, days=True),
                _rule(3, "drop untagged images", {"tagStatus": "untagged"}, UNTAGGED_DAYS, days=True),
            ]
        },
        sort_keys=True,
    )


def access_policy(*, account_root: str, pushers: Iterable[str]) -> str:
    """Let this account's roles pull where IAM lets them, and only the named roles push."""
    push_roles = list(pushers)
    statements = [for_principal(_anywhere("Pull", PULL), "AWS", account_root)]
    if push_roles:
        statements.append(for_principal(_anywhere("Push", PUSH), "AWS", *push_roles))
    return document(statements)


def _anywhere(sid: str, actions: Iterable[str]) -> dict[str, Any]:
    """A repository policy has no Resource: it is about its own repository."""
    return {key: value for key, value in allow(sid, actions, "*").items() if key != "Resource"}


def _rule(
    priority: int, description: str, selection: dict[str, Any], count: int, *, days: bool = False
) -> dict[str, Any]:
    counted = {"countType": "sinceImagePushed", "countUnit": "days"} if days else {"countType": "imageCountMoreThan"}
    return {
        "rulePriority": priority,
        "description": description,
        "selection": {**selection, **counted, "countNumber": count},
        "action": {"type": "expire"},
    }
