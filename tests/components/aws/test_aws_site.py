from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws.aws_site import BUCKET_NAME_CHARACTERS, ROLE_NAME_CHARACTERS, STACK_TAG, Site, Tags, fitted
from tests.support.aws_examples import DEV, PROD, TAGS

NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=120)


def test_every_resource_carries_the_stack_by_which_budget_and_leak_check_find_it() -> None:
    assert TAGS.named("network")[STACK_TAG] == "test"
    assert TAGS.named("network")["Name"] == "network"
    assert {key for key in TAGS.common() if not key.startswith("slipway:")} == set()


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-west-2", "aws")],
)
def test_the_partition_follows_from_the_region(region: str, partition: str) -> None:
    assert replace(DEV, region=region).partition == partition


def test_a_role_lives_below_the_path_of_its_environment() -> None:
    assert DEV.role_arn("cluster-role") == "arn:aws:iam::123456789012:role/slipway/dev/slipway-test-cluster-role"


def test_the_boundary_is_the_same_for_every_environment_of_an_account() -> None:
    assert DEV.boundary_arn == PROD.boundary_arn == "arn:aws:iam::123456789012:policy/slipway/slipway-boundary"


def test_draining_lifts_the_protection_of_the_infrastructure() -> None:
    assert PROD.keeps_infrastructure
    assert not replace(PROD, draining=True).keeps_infrastructure
    assert not DEV.keeps_infrastructure


@given(NAMES, NAMES)
def test_names_fit_the_limits_of_the_service(stack: str, name: str) -> None:
    site = Site(
        account_id="1" * 12,
        region="ap-northeast-1",
        tags=Tags(stack=stack, environment="e", owner="o", cost_centre="c"),
    )
    assert len(site.role_name(name)) <= ROLE_NAME_CHARACTERS
    assert len(site.bucket_name(name)) <= BUCKET_NAME_CHARACTERS


@given(NAMES, NAMES)
def test_shortening_keeps_different_names_different(one: str, other: str) -> None:
    assert (fitted(one, 20) == fitted(other, 20)) == (one == other)


def test_a_bucket_name_holds_account_and_region_because_it_is_unique_in_the_world() -> None:
    assert DEV.bucket_name("models") == "slipway-test-models-123456789012-us-east-1"
