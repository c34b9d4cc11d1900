"""The health questions of the KServe v2 protocol, answered from golden answers."""

import json
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from serving.health_server import HealthServer, answer
from serving.unix_http import ask
from tests.support.supervised import stack_folder

WELL, ILL = {"healthy": True}, {"healthy": False}
STATUS = {"digits": {"blue": WELL, "green": ILL}, "tumours": {"blue": WELL}}
ALL_BLUE = {"digits": {"blue": 100, "green": 0}, "tumours": {"blue": 100}}

QUESTIONS: dict[str, tuple[str, str | None, Any, Any, int]] = {
    "a gateway that answers lives": ("/v2/health/live", None, {}, {}, 200),
    "all is well where the traffic is": ("/v2/health/ready", None, STATUS, ALL_BLUE, 200),
    "an ill slot with traffic": ("/v2/health/ready", None, STATUS, {"digits": {"blue": 99, "green": 1}}, 503),
    "a model that was never asked": ("/v2/health/ready", None, {}, ALL_BLUE, 503),
    "a model without any traffic": ("/v2/health/ready", None, STATUS, {"digits": {"blue": 0, "green": 0}}, 503),
    "no model at all": ("/v2/health/ready", None, {}, {}, 200),
    "a well model": ("/v2/models/digits/ready", None, STATUS, ALL_BLUE, 200),
    "a model whose first release is being checked": ("/v2/models/digits/ready", None, STATUS, {}, 503),
    "the well slot": ("/v2/models/digits/ready", "blue", STATUS, {"digits": {"green": 100}}, 200),
    "the ill slot": ("/v2/models/digits/ready", "green", STATUS, ALL_BLUE, 503),
    "a slot that is not there": ("/v2/models/digits/ready", "red", STATUS, ALL_BLUE, 503),
    "an unknown model": ("/v2/models/cats/ready", None, STATUS, ALL_BLUE, 404),
    "another path": ("/v2/models/digits", None, STATUS, ALL_BLUE, 404),
    "a path that only begins right": ("/v2/models/digits/ready/x", None, STATUS, ALL_BLUE, 404),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_health_question_is_answered_by_golden_answers(question: str) -> None:
    path, pinned, status, weights, expected = QUESTIONS[question]
    assert answer(path, pinned, status, weights) == expected


@pytest.fixture
def folder() -> Iterator[Path]:
    with stack_folder() as stack_dir:
        (stack_dir.weights / "digits.json").write_text(json.dumps({"weights": {"blue": 100}}))
        yield stack_dir.path


@pytest.fixture
def server(folder: Path) -> Iterator[HealthServer]:
    made = HealthServer(folder / "run" / "prober.sock", folder / "weights")
    made.start()
    yield made
    made._server.shutdown()
    made._server.server_close()


def test_the_socket_is_for_its_owner_alone(server: HealthServer, folder: Path) -> None:
    assert server
    assert stat.S_IMODE((folder / "run" / "prober.sock").stat().st_mode) == 0o600


def test_answers_follow_what_was_published_last(server: HealthServer, folder: Path) -> None:
    socket = folder / "run" / "prober.sock"
    assert json.loads(ask(socket, "/v2/models/digits/ready")) == {"ready": False}
    server.publish({"digits": {"blue": WELL}})
    assert json.loads(ask(socket, "/v2/models/digits/ready")) == {"ready": True}
    server.publish({"digits": {"blue": ILL}})
    assert json.loads(ask(socket, "/v2/health/ready")) == {"ready": False}


def test_answers_follow_the_weights_in_force(server: HealthServer, folder: Path) -> None:
    socket = folder / "run" / "prober.sock"
    server.publish({"digits": {"blue": WELL, "green": ILL}})
    assert json.loads(ask(socket, "/v2/health/ready")) == {"ready": True}
    (folder / "weights" / "digits.json").write_text(json.dumps({"weights": {"blue": 0, "green": 100}}))
    assert json.loads(ask(socket, "/v2/health/ready")) == {"ready": False}


def test_the_status_is_what_was_published(server: HealthServer, folder: Path) -> None:
    server.publish(STATUS)
    assert json.loads(ask(folder / "run" / "prober.sock", "/status")) == STATUS


def test_many_may_ask_at_once(server: HealthServer, folder: Path) -> None:
    server.publish({"digits": {"blue": WELL}})
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ask(folder / "run" / "prober.sock", "/v2/health/ready"), range(40)))
    assert set(found) == {'{"ready": true}'}


def test_another_server_takes_over_the_socket_of_one_that_was_killed(folder: Path) -> None:
    for _ in range(2):
        made = HealthServer(folder / "run" / "prober.sock", folder / "weights")
        made.start()
        assert ask(folder / "run" / "prober.sock", "/v2/health/live") == '{"ready": true}'
        made._server.shutdown()
        made._server.server_close()
