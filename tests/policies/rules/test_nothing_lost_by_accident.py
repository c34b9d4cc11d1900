from dataclasses import replace

import pytest
from mechanics.facts import Stack
from planned_stack import find, good_stack, messages, put, resource, spoil

ID = "deletion-protection"


def _unprotected(name: str) -> Stack:
    return put(replace(find(good_stack(), name), protected=False))


def test_protected_resources_pass_in_production() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize("name", ["the-key", "network", "images"])
def test_what_a_destroy_would_take_is_refused_in_production_only(name: str) -> None:
    (found,) = messages(ID, _unprotected(name), "prod")
    assert "a destroy would take it" in found
    assert messages(ID, _unprotected(name), "dev") == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("cluster", "deletionProtection"),
        ("balancer", "enableDeletionProtection"),
        ("releases", "forceDestroy"),
        ("images", "forceDelete"),
    ],
)
def test_a_flag_that_lets_things_go_is_refused(name: str, path: str) -> None:
    (found,) = messages(ID, spoil(name, path, path.startswith("force")), "prod")
    assert f", {path}. Fix: set it to" in found


@pytest.mark.parametrize(("name", "path"), [("cluster", "deletionProtection"), ("network", "cidrBlock")])
def test_a_stack_that_is_drained_gives_its_protection_up(name: str, path: str) -> None:
    stack = spoil(name, "tags.slipway:lifecycle", "drain", spoil(name, path, None, _unprotected(name)))
    assert messages(ID, stack, "prod") == []


def test_something_that_is_made_anew_at_once_is_left_alone() -> None:
    assert messages(ID, _unprotected("queue"), "prod") == []
    assert messages(ID, put(resource("aws:ec2/instance:Instance", "i", {"forceDestroy": True})), "prod") == []
