import json
from dataclasses import replace
from typing import Any

import pytest

from components.aws.artifact_policy import reader_statements
from components.aws.artifact_store_spec import ArtifactStoreSpec, Lock, artifact_store_problems, release_prefix
from components.aws.aws_site import Site
from tests.support.aws_examples import DEPLOY_ROLE, DEV, PROD, STORE, make_reader, make_store
from tests.support.recording import reaches_all, record


def policy(site: Site, spec: ArtifactStoreSpec = STORE) -> dict[str, dict[str, Any]]:
    graph = record(lambda: make_store("store", site, spec))
    return {s["Sid"]: s for s in json.loads(graph.one("BucketPolicy").inputs["policy"])["Statement"]}


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (ArtifactStoreSpec(lock=Lock(days=30, mode="COMPLIANCE"), noncurrent_days=90), "artifact_store.lock is COMPLIANCE: nobody, including the root user, can delete for that time."),
        (ArtifactStoreSpec(lock=Lock(days=30), noncurrent_days=7), "artifact_store.noncurrent_days is 7, less than lock.days (30); S3 cannot expire what is locked."),
        (ArtifactStoreSpec(lock=Lock(days=0)), "artifact_store.lock.days is 0; give at least 1, or lock: none."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_place_value_and_what_to_do(spec: ArtifactStoreSpec, sentence: str) -> None:
    assert list(artifact_store_problems(spec)) == [sentence]


def test_compliance_can_be_meant() -> None:
    lock = Lock(days=30, mode="COMPLIANCE", accept_undeletable=True)
    assert list(artifact_store_problems(ArtifactStoreSpec(lock=lock, noncurrent_days=90))) == []


def test_the_bucket_is_closed_encrypted_versioned_and_tidy() -> None:
    graph = record(lambda: make_store("store", PROD))
    block = graph.one("BucketPublicAccessBlock").inputs
    assert {
        block[key] for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    } == {True}
    rule = graph.one("BucketServerSideEncryptionConfiguration").inputs["rules"][0]
    assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "aws:kms"
    assert rule["bucketKeyEnabled"]
    assert graph.one("BucketVersioning").inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert graph.one("BucketOwnershipControls").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    tidy = graph.one("BucketLifecycleConfiguration").inputs["rules"]
    assert tidy[0]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert tidy[0]["noncurrentVersionExpiration"] == {"noncurrentDays": 90}
    assert tidy[1]["transitions"] == [{"storageClass": "INTELLIGENT_TIERING"}]


def test_prod_keeps_the_bucket_and_dev_may_empty_it() -> None:
    prod, dev = (
        record(lambda: make_store("s", PROD)).one("aws:s3/bucket:Bucket"),
        record(lambda: make_store("s", DEV)).one("aws:s3/bucket:Bucket"),
    )
    assert (prod.protect, prod.inputs["forceDestroy"], prod.inputs["objectLockEnabled"]) == (True, False, True)
    assert (dev.protect, dev.inputs["forceDestroy"]) == (False, True)


def test_a_lock_is_the_buckets_default() -> None:
    found = record(lambda: make_store("s", PROD)).one("BucketObjectLockConfiguration")
    assert found.inputs["rule"] == {"defaultRetention": {"mode": "GOVERNANCE", "days": 30}}


def test_the_policy_refuses_plain_http_other_keys_deletes_and_outsiders() -> None:
    statements = policy(PROD)
    assert set(statements) == {"DenyPlainHttp", "DenyOtherKeys", "DenyDeletes", "DenyOutside"}
    assert {s["Effect"] for s in statements.values()} == {"Deny"}
    assert statements["DenyPlainHttp"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statements["DenyOutside"]["Condition"]["StringNotEquals"] == {"aws:SourceVpce": "vpce-1"}
    assert statements["DenyOutside"]["Condition"]["ArnNotLike"] == {"aws:PrincipalArn": [DEPLOY_ROLE]}


def test_nobody_deletes_in_prod_but_the_break_glass_role() -> None:
    assert "Condition" not in policy(PROD)["DenyDeletes"]
    breaker = "arn:aws:iam::123456789012:role/break-glass"
    spec = replace(STORE, break_glass_role_arn=breaker)
    assert policy(PROD, spec)["DenyDeletes"]["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [breaker]}}


def test_the_store_may_be_open_to_services_outside_the_network() -> None:
    assert "DenyOutside" not in policy(PROD, replace(STORE, from_network_only=False))


def test_a_reader_reads_one_models_prefix_and_nothing_else() -> None:
    statements = reader_statements(
        bucket_arn="arn:b", key_arn="arn:k", region="us-east-1", namespace="ns", model="digits"
    )
    assert {action for s in statements for action in s["Action"]} == {"s3:GetObject", "s3:ListBucket", "kms:Decrypt"}
    assert statements[0]["Resource"] == ["arn:b/models/ns/digits/*"]
    assert statements[1]["Condition"] == {"StringLike": {"s3:prefix": "models/ns/digits/*"}}
    assert statements[2]["Condition"]["StringEquals"] == {
        "kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": "arn:b"
    }  # fmt: skip


def test_a_reader_is_bound_to_one_service_account_of_one_cluster() -> None:
    graph = record(lambda: make_reader("reader", DEV))
    identity = graph.one("PodIdentityAssociation")
    assert (identity.inputs["namespace"], identity.inputs["serviceAccount"]) == ("digits", "digits")
    assert reaches_all(graph, identity, [graph.named("reader-policy")])
    assert "cluster/slipway-test-4f2a" in graph.named("reader").inputs["assumeRolePolicy"]


def test_a_release_lies_below_its_namespace_and_model() -> None:
    assert release_prefix("ns", "digits", "abc") == "models/ns/digits/abc"
