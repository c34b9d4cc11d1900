"""A linter reads every document of every stack: trust, roles, buckets, keys, queues, topics, repositories."""

import json

import pytest

from tests.e2e_aws.stacks import make, settings
from tests.support.iam_lint import Document, problems, recorded
from tests.support.recording import record

# ARNs under mocks have no real form; the emulator's documents are held to theirs.
_UNDER_MOCKS = ("RESOURCE_MISMATCH",)


@pytest.mark.parametrize("stack", ["dev", "prod-cloud", "foundation"])
def test_no_document_has_a_fault(stack: str) -> None:
    documents = list(recorded(record(lambda: make(stack, settings(stack)))))
    expected = {"foundation": {"identity", "trust", "bucket", "key"}}
    everything = {"identity", "trust", "bucket", "key", "queue", "topic", "repository"}
    assert {each.kind for each in documents} == expected.get(stack, everything)
    assert list(problems(iter(documents), ignored=_UNDER_MOCKS)) == []


def _faults(action: str) -> list[str]:
    statement = {"Effect": "Allow", "Action": [action], "Resource": "arn:aws:s3:::b/*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return list(problems(iter([Document(name="d", kind="identity", text=text)])))


@pytest.mark.parametrize("action", ["s3:GetObjekt", "s3:Gte*", "s3:GetObjekt*", "s4:GetObject"])
def test_a_misspelt_verb_is_a_fault_with_a_star_too(action: str) -> None:
    assert any(action.split(":", maxsplit=1)[0] in fault for fault in _faults(action))


def test_a_right_verb_is_none() -> None:
    assert _faults("s3:GetObject") == []
