from dataclasses import replace

import pytest
from mechanics.facts import UNKNOWN, Stack
from planned_cloud import PLAIN_HTTP, allow, document
from planned_stack import find, good_stack, messages, put, resource, spoil, without

from rules.buckets_hardened import PARTS

ID = "bucket-hardened"
PART_NAMES = ("block", "versions", "encryption", "policy", "ownership", "lifecycle")


def test_a_bucket_with_every_part_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize("part", PART_NAMES)
def test_a_part_that_is_missing_is_a_violation_of_the_bucket(part: str) -> None:
    (found,) = messages(ID, without(f"releases-{part}"))
    assert "the bucket has no Bucket" in found
    assert "Where: Bucket releases." in found


def test_every_part_is_among_the_tested_ones() -> None:
    kinds = {find(good_stack(), f"releases-{part}").type.kind for part in PART_NAMES}
    assert kinds == set(PARTS)


def test_a_part_that_does_not_do_its_work_is_named() -> None:
    (found,) = messages(ID, spoil("releases-block", "restrictPublicBuckets", False))
    assert "Where: BucketPublicAccessBlock releases-block. Fix: block public access in all four ways." in found


def test_a_part_belongs_to_a_bucket_whose_name_is_not_known_yet() -> None:
    stack = good_stack()
    for part in PART_NAMES:
        waiting = find(spoil(f"releases-{part}", "bucket", UNKNOWN, stack), f"releases-{part}")
        owner = {"bucket": (find(stack, "releases").urn,)}
        stack = put(replace(waiting, property_dependencies=owner), stack)
    assert messages(ID, stack) == []


def _with_own_key(*statements: dict[str, object]) -> Stack:
    stack = spoil("releases-encryption", "rules[0].applyServerSideEncryptionByDefault", {"sseAlgorithm": "AES256"})
    return spoil("releases-policy", "policy", document(PLAIN_HTTP, *statements), stack)


def test_only_buckets_that_aws_writes_logs_into_may_use_its_own_key() -> None:
    logs = allow(Principal={"Service": "delivery.logs.amazonaws.com"}, Action="s3:PutObject")
    assert messages(ID, _with_own_key(logs)) == []
    (found,) = messages(ID, _with_own_key())
    assert "objects are not encrypted with a key of yours" in found


def test_something_else_with_a_bucket_is_left_alone() -> None:
    assert messages(ID, put(resource("aws:s3/bucketObjectv2:BucketObjectv2", "o", {"bucket": "releases"}))) == []
