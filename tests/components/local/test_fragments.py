"""What slots and models say of themselves in files."""

import stat
from collections.abc import Iterator

import pytest

from components.local.fragments import Endpoint, Weights
from components.local.stack_dir import StackDir
from serving.lead import Served
from tests.support.supervised import stack_folder

BLUE = Endpoint(
    model="tiny",
    slot="blue",
    http_port=1,
    grpc_port=2,
    metrics_port=3,
    release_digest="b" * 64,
    release_version="1",
    program="tiny.blue.x",
    probe={"expected": [1]},
)


@pytest.fixture
def stack_dir() -> Iterator[StackDir]:
    with stack_folder() as folder:
        yield folder


def test_an_endpoint_is_read_as_it_was_written(stack_dir: StackDir) -> None:
    assert Endpoint.read(stack_dir, "tiny", "blue") is None
    BLUE.write(stack_dir)
    assert Endpoint.read(stack_dir, "tiny", "blue") == BLUE
    assert Endpoint.all(stack_dir) == [BLUE]
    assert BLUE.url == "http://127.0.0.1:1"


def test_a_removed_endpoint_is_gone_and_may_be_removed_again(stack_dir: StackDir) -> None:
    BLUE.write(stack_dir)
    for _ in range(2):
        Endpoint.remove(stack_dir, "tiny", "blue")
    assert Endpoint.all(stack_dir) == []


@pytest.mark.parametrize(
    "weights",
    [
        Weights(weights={"blue": 100}),
        Weights(weights={"blue": 95, "green": 5}, mirror=("green", 10), predictions_logged=True),
        Weights(
            weights={"green": 100}, live=Served(slot="green", release="9"), previous=Served(slot="blue", release="b")
        ),
    ],
)
def test_weights_are_read_as_they_were_written(stack_dir: StackDir, weights: Weights) -> None:
    weights.write(stack_dir, "tiny")
    assert Weights.read(stack_dir, "tiny") == weights


def test_a_model_that_no_user_reaches_has_no_weights(stack_dir: StackDir) -> None:
    assert Weights.read(stack_dir, "tiny") is None
    Weights(weights={"blue": 100}).write(stack_dir, "tiny")
    Weights.remove(stack_dir, "tiny")
    assert Weights.read(stack_dir, "tiny") is None


def test_fragments_are_for_their_owner_alone(stack_dir: StackDir) -> None:
    BLUE.write(stack_dir)
    (path,) = stack_dir.endpoints.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
