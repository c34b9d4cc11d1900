"""What a bucket answers is the reader's mistake or a reason to try again, and says which."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from serving.errors import ReleaseError
from serving.release_source import BucketSource, FetchError


class Refusing:
    """A client of S3 that answers every request with an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get_object(self, **_: str) -> Any:
        raise self.error


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "GetObject")


def ask(error: Exception) -> None:
    with BucketSource("bucket", "/digits/1/", Refusing(error)).open("release.json"):
        pytest.fail("nothing can have been opened")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (refusal("NoSuchKey"), r"s3://bucket/digits/1/release.json is not there \(NoSuchKey\)"),
        (refusal("AccessDenied"), r"may not be read \(AccessDenied\); the role of this pod needs s3:GetObject on it"),
    ],
)
def test_the_readers_mistake_says_what_to_do(error: Exception, said: str) -> None:
    with pytest.raises(ReleaseError, match=said):
        ask(error)


@pytest.mark.parametrize("error", [refusal("SlowDown"), EndpointConnectionError(endpoint_url="https://s3.invalid")])
def test_a_bucket_that_does_not_answer_is_no_mistake_of_the_readers(error: Exception) -> None:
    with pytest.raises(FetchError, match=r"s3://bucket/digits/1/release.json cannot be read \("):
        ask(error)
