"""A slot's counters are read from every address of the proxies' name, and its health through the gateway."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from serving.cluster.proxy_metrics import ProxyMetrics, pinned_probe
from serving.golden_probe import GoldenProbe, ProbeError
from tests.support.recording_server import RecordingServer, recording_server

CLUSTERS = {"blue": ["httproute/models/digits/rule/0/backend/0"], "green": ["httproute/models/digits/rule/0/backend/1"]}
PROXIES = ("127.0.0.1", "127.0.0.2")


def statistics(blue: int, green: int, errors: int = 0) -> bytes:
    counted = zip(("blue", "green"), (blue, green), strict=True)
    rows = [
        f'envoy_cluster_upstream_rq_completed{{envoy_cluster_name="{CLUSTERS[slot][0]}"}} {value}'
        for slot, value in counted
    ]
    failed = f'envoy_cluster_name="{CLUSTERS["green"][0]}",envoy_response_code_class="5"'
    return "\n".join([*rows, f"envoy_cluster_upstream_rq_xx{{{failed}}} {errors}", ""]).encode()


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[RecordingServer]]:
    """Two proxies on one port of two addresses, and a name that has both."""
    with ExitStack() as stack:
        first = stack.enter_context(recording_server(PROXIES[0]))
        second = stack.enter_context(recording_server(PROXIES[1], first.port))
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, first.port)) for address in PROXIES]
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, *args, **_: found if host == "metrics" else _real(host, *args)
        )
        yield [first, second]


_real = socket.getaddrinfo


def metrics(proxies: list[RecordingServer]) -> ProxyMetrics:
    return ProxyMetrics(f"http://metrics:{proxies[0].port}", CLUSTERS, probe=lambda _: None)


def test_the_proxies_add_up_and_the_slots_do_not_mix(proxies: list[RecordingServer]) -> None:
    found = metrics(proxies)
    proxies[0].answer, proxies[1].answer = (200, statistics(100, 10)), (200, statistics(200, 20))
    assert [found.read(slot).requests for slot in ("blue", "green")] == [0, 0]
    proxies[0].answer, proxies[1].answer = (200, statistics(103, 11, errors=1)), (200, statistics(204, 22))
    assert [found.read(slot).requests for slot in ("blue", "green")] == [7, 3]
    assert found.read("green").errors == 1
    assert found.read("blue").errors == 0


def test_only_the_rows_of_the_slot_are_asked_for(proxies: list[RecordingServer]) -> None:
    for proxy in proxies:
        proxy.answer = (200, statistics(1, 1))
    metrics(proxies).read("green")
    ((path, _),) = proxies[0].asked
    assert path.startswith("/stats/prometheus?usedonly&filter=")
    assert "backend%2F1" in path
    assert "backend%2F0" not in path


@pytest.mark.parametrize("answer", [(503, b"starting"), (200, b'envoy_cluster_upstream_rq_completed{a="b"} many\n')])
def test_a_proxy_that_does_not_answer_is_left_out(proxies: list[RecordingServer], answer: Any) -> None:
    found = metrics(proxies)
    proxies[0].answer, proxies[1].answer = (200, statistics(100, 0)), answer
    found.read("blue")
    proxies[0].answer = (200, statistics(105, 0))
    assert found.read("blue").requests == 5


def test_no_proxy_at_all_is_an_error_that_says_what_came(proxies: list[RecordingServer]) -> None:
    for proxy in proxies:
        proxy.answer = (503, b"starting")
    with pytest.raises(OSError, match="no proxy of metrics answers: status 503: starting"):
        metrics(proxies).read("blue")


def test_a_name_without_an_address_is_an_error() -> None:
    with pytest.raises(OSError, match=r"Name or service not known|name resolution|nodename"):
        ProxyMetrics("http://no-such-name.invalid:19001", CLUSTERS, probe=lambda _: None).read("blue")


def test_a_slot_is_healthy_when_its_golden_question_is_answered_through_the_gateway() -> None:
    question = GoldenProbe(model="digits", request={"inputs": []}, output="label", expected=[3])
    with recording_server() as gateway:
        probe = pinned_probe(
            {"green": question}, f"http://127.0.0.1:{gateway.port}", {"x-api-key": "secret"}, answer_seconds=2
        )
        found = ProxyMetrics("http://metrics:1", CLUSTERS, probe)
        gateway.answer = (200, b'{"outputs": [{"name": "label", "data": [3]}]}')
        assert found.healthy("green")
        ((_, headers),) = gateway.asked
        assert (headers["x-slipway-slot"], headers["x-api-key"]) == ("green", "secret")
        gateway.answer = (503, b"no healthy upstream")
        assert not found.healthy("green")


def test_a_slot_that_is_only_late_is_told_from_one_that_is_not_there() -> None:
    question = GoldenProbe(model="digits", request={"inputs": []}, output="label", expected=[3])
    with socket.create_server(("127.0.0.1", 0)) as silent, recording_server() as gateway:
        for port in (silent.getsockname()[1], gateway.port):
            gateway.answer = (504, b"upstream request timeout")
            probe = pinned_probe({"green": question}, f"http://127.0.0.1:{port}", {}, answer_seconds=0.2)
            with pytest.raises(TimeoutError):
                ProxyMetrics("http://metrics:1", CLUSTERS, probe).healthy("green")


def test_a_slot_without_a_golden_question_is_not_healthy() -> None:
    probe = pinned_probe({}, "http://127.0.0.1:1", {}, answer_seconds=2)
    with pytest.raises(ProbeError, match="there is no golden question for green"):
        probe("green")
    assert not ProxyMetrics("http://metrics:1", CLUSTERS, probe).healthy("green")
