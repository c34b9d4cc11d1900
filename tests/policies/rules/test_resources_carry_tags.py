import pytest
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "required-tags"


def test_resources_with_all_tags_pass() -> None:
    assert messages(ID, good_stack()) == []


@pytest.mark.parametrize("value", [MISSING, None, ""])
def test_a_missing_tag_is_named(value: object) -> None:
    (found,) = messages(ID, spoil("the-key", "tags.slipway:cost-centre", value))
    assert "tags are missing: slipway:cost-centre. Where: Key the-key, tags." in found


def test_something_that_takes_no_tags_is_left_alone() -> None:
    assert messages(ID, put(resource("aws:iam/rolePolicy:RolePolicy", "p", {}))) == []
