"""The pure parts of the measurement of a control plane, and what it must not leave behind or pass off as a figure."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench import control_plane
from bench.control_plane import Measure, copies, on_paper, place, ready, requests, table
from tests.cluster.fake_nodes import FakeNode
from tests.cluster.kubectl import Kubectl

METRICS = """
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",resource="pods",verb="GET",version="v1"} 7
apiserver_request_total{code="404",resource="pods",verb="GET",version="v1"} 2
apiserver_request_total{code="201",resource="pods",verb="POST",version="v1"} 1.2e+03
apiserver_request_duration_seconds_count{verb="GET"} 99
"""
NODES = {
    "items": [
        {"metadata": {"name": "open"}, "spec": {}},
        {"metadata": {"name": "closed"}, "spec": {"unschedulable": True}},
    ]
}
PODS_OF_ONE_MODEL = 4


class Answers(Kubectl):
    """A kubectl that remembers what it was asked, and answers from a table by the first word after the verb."""

    def __init__(self, **answers: str) -> None:
        super().__init__(Path("kubectl"), Path("kubeconfig"))
        object.__setattr__(self, "said", [])
        object.__setattr__(self, "answers", answers)

    def __call__(self, *words: str, text: str | None = None) -> str:  # noqa: ARG002
        self.said.append(words)  # type: ignore[attr-defined]
        return str(self.answers.get(words[1], ""))  # type: ignore[attr-defined]


def asked(kubectl: Kubectl, verb: str) -> list[Sequence[str]]:
    return [words[1:] for words in kubectl.said if words[0] == verb]  # type: ignore[attr-defined]


@pytest.fixture
def on_these(monkeypatch: pytest.MonkeyPatch) -> list[FakeNode]:
    """The nodes that would have been added."""
    added: list[FakeNode] = []

    @contextmanager
    def fake_nodes(_kubeconfig: Path, nodes: Sequence[FakeNode]) -> Iterator[None]:
        added.extend(nodes)
        yield

    monkeypatch.setattr(control_plane, "fake_nodes", fake_nodes)
    return added


def test_requests_are_added_up_by_verb() -> None:
    assert requests(Answers(**{"--raw=/metrics": METRICS})) == {"GET": 9, "POST": 1200}


def test_the_copies_of_a_model_differ_by_its_name_only() -> None:
    first, second = (json.dumps(list(copies(number))) for number in (1, 2))
    assert first.replace("m1", "m2") == second
    deployments = [item for item in copies(1) if item["kind"] == "Deployment"]
    assert sum(item["spec"]["replicas"] for item in deployments) == PODS_OF_ONE_MODEL
    accounts = {item["metadata"]["name"] for item in copies(1) if item["kind"] == "ServiceAccount"}
    assert {item["spec"]["template"]["spec"]["serviceAccountName"] for item in deployments} <= accounts


def test_pods_that_are_ready_are_added_up_and_none_is_none() -> None:
    assert ready(Answers(deployments="2 2 1")) == 5
    assert ready(Answers(deployments="")) == 0


def test_placed_pods_are_reported_once_all_are_ready() -> None:
    kubectl = Answers(deployments="2 2")
    pods, seconds = place(1, kubectl)
    assert pods == PODS_OF_ONE_MODEL
    assert seconds >= 0
    assert asked(kubectl, "delete") == [("namespace", "models")]


def test_pods_that_are_not_ready_in_time_are_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_plane, "LIMIT_SECONDS", 0)
    kubectl = Answers(deployments="2 1")
    with pytest.raises(TimeoutError, match="only 3 of 4 pods were ready after 0 s"):
        place(1, kubectl)
    assert asked(kubectl, "delete") == [("namespace", "models")], "nothing may be left on the cluster"


def test_only_nodes_that_were_open_are_closed_and_opened_again(on_these: list[FakeNode]) -> None:
    kubectl = Answers(nodes=json.dumps(NODES))
    with on_paper(Path("kubeconfig"), kubectl, 50):
        assert asked(kubectl, "cordon") == [("open",)]
        assert asked(kubectl, "uncordon") == []
    assert asked(kubectl, "uncordon") == [("open",)], "somebody closed the other one for a reason"
    assert len(on_these) * control_plane.PODS_A_NODE >= 50 * PODS_OF_ONE_MODEL


def test_a_cluster_whose_nodes_are_all_closed_stays_so(on_these: list[FakeNode]) -> None:
    kubectl = Answers(nodes=json.dumps({"items": NODES["items"][1:]}))
    with on_paper(Path("kubeconfig"), kubectl, 1):
        assert len(on_these) == 1
    assert asked(kubectl, "cordon") == asked(kubectl, "uncordon") == []


def test_the_table_counts_who_writes_and_who_reads() -> None:
    asks = Counter({"POST": 1000, "PATCH": 500, "GET": 400, "LIST": 100, "WATCH": 99})
    line = table([Measure(models=10, objects=100, seconds=12.4, requests=asks)]).splitlines()[-1]
    assert line == "| 10 | 100 | 12 | 1,500 | 500 | 20 |", "a watch is one request however much it tells"
