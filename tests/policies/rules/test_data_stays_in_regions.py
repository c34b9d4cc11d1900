from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "data-location"


def test_listed_regions_pass_and_so_does_what_follows_its_provider() -> None:
    assert messages(ID, good_stack(), "prod") == []
    assert messages(ID, spoil("the-key", "region", "us-east-1")) == []
    assert messages(ID, spoil("provider", "region", MISSING)) == []


def test_another_region_is_named_wherever_it_is_set() -> None:
    (found,) = messages(ID, spoil("the-key", "region", "ap-south-1"))
    assert 'the region "ap-south-1" is not on the list. Where: Key the-key, region.' in found
    (found,) = messages(ID, spoil("provider", "region", "cn-north-1"))
    assert "Where: aws provider, region." in found


def test_a_region_of_something_else_is_left_alone() -> None:
    assert messages(ID, put(resource("gcp:storage/bucket:Bucket", "b", {"region": "mars"}))) == []
