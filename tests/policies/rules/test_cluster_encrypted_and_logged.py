from mechanics.facts import UNKNOWN
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "eks-encryption-logs-version"


def test_a_cluster_with_key_logs_and_a_listed_version_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


def test_a_key_that_is_made_by_the_same_update_counts_and_none_does_not() -> None:
    assert messages(ID, spoil("cluster", "encryptionConfig.provider.keyArn", UNKNOWN)) == []
    (found,) = messages(ID, spoil("cluster", "encryptionConfig.provider.keyArn", MISSING))
    assert "secrets are not encrypted with a key of yours" in found


def test_missing_logs_are_named_and_a_stack_that_is_drained_needs_none() -> None:
    silent = spoil("cluster", "enabledClusterLogTypes", ["api"])
    (found,) = messages(ID, silent)
    assert "the control plane does not log audit, authenticator" in found
    assert messages(ID, spoil("cluster", "tags.slipway:lifecycle", "drain", silent)) == []


def test_an_add_on_without_a_version_is_refused() -> None:
    (found,) = messages(ID, spoil("dns", "addonVersion", "latest"))
    assert 'the add-on\'s version is "latest". Where: Addon dns, addonVersion.' in found


def test_something_else_with_a_version_is_left_alone() -> None:
    assert messages(ID, put(resource("aws:rds/cluster:Cluster", "db", {"version": "1.0"}))) == []
