from mechanics.facts import UNKNOWN
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "messages-encrypted"


def test_an_encrypted_topic_and_queue_pass() -> None:
    assert messages(ID, good_stack()) == []
    assert messages(ID, spoil("topic", "kmsMasterKeyId", UNKNOWN)) == []


def test_a_topic_without_a_key_is_refused() -> None:
    (found,) = messages(ID, spoil("topic", "kmsMasterKeyId", MISSING))
    assert "messages of this topic are not encrypted. Where: Topic topic, kmsMasterKeyId." in found


def test_a_queue_needs_one_of_two_kinds_of_encryption() -> None:
    bare = spoil("queue", "sqsManagedSseEnabled", False)
    (found,) = messages(ID, bare)
    assert "messages of this queue are not encrypted" in found
    assert messages(ID, spoil("queue", "kmsMasterKeyId", "k", bare)) == []


def test_a_stream_is_left_alone() -> None:
    assert messages(ID, put(resource("aws:kinesis/stream:Stream", "s", {}))) == []
