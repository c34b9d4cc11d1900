from dataclasses import replace

from mechanics.facts import UNKNOWN
from planned_stack import MISSING, find, good_stack, messages, put, resource, spoil, without

ID = "ecr-hardened"


def test_immutable_encrypted_repositories_that_keep_releases_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []


def test_movable_tags_are_refused() -> None:
    (found,) = messages(ID, spoil("images", "imageTagMutability", "MUTABLE"))
    assert 'imageTagMutability is "MUTABLE", so a tag can be moved to another image' in found
    assert messages(ID, spoil("images", "imageTagMutability", "IMMUTABLE_WITH_EXCLUSION")) == []


def test_only_tags_of_build_caches_may_be_excluded() -> None:
    path = "imageTagMutabilityExclusionFilters"
    caches = [{"filter": "cache-*", "filterType": "WILDCARD"}]
    assert messages(ID, spoil("images", path, caches)) == []
    (found,) = messages(ID, spoil("images", path, [*caches, {"filter": "*", "filterType": "WILDCARD"}]))
    assert 'tags like "*" can be moved to another image. Where: Repository images' in found


def test_a_repository_that_only_grows_is_refused() -> None:
    (found,) = messages(ID, without("images-lifecycle"))
    assert "the repository has no lifecycle policy, so it only grows. Where: Repository images." in found


def test_a_lifecycle_belongs_to_a_repository_whose_name_is_not_known_yet() -> None:
    stack = spoil("images-lifecycle", "repository", UNKNOWN)
    waiting = find(stack, "images-lifecycle")
    owner = {"repository": (find(stack, "images").urn,)}
    assert messages(ID, put(replace(waiting, property_dependencies=owner), stack)) == []


def test_production_keeps_more_releases() -> None:
    few = find(good_stack(), "images-lifecycle").props["policy"].replace("10", "5")
    assert messages(ID, spoil("images-lifecycle", "policy", few), "dev") == []
    (found,) = messages(ID, spoil("images-lifecycle", "policy", few), "prod")
    assert "only 5 releases are kept" in found


def test_a_repository_of_something_else_is_left_alone() -> None:
    assert messages(ID, put(resource("aws:codecommit/repository:Repository", "code", {}))) == []
    assert messages(ID, spoil("images", "forceDelete", MISSING)) == []
