"""What a status asks a cluster, over HTTP, and what it says when it is not answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.kubernetes.cluster_access import api_client
from components.kubernetes.document import Document
from components.kubernetes.stack_view import StackView, look
from serving.errors import ConfigurationError
from tests.support.cluster_examples import SITE
from tests.support.cluster_view import OLD, deployment, job, pod, pod_of_job, route
from tests.support.small_api_server import Answers, small_api_server

INSIDE, GATEWAY = "namespaces/models", "namespaces/envoy-gateway-system"
PODS, PROXIES = f"/api/v1/{INSIDE}/pods", f"/api/v1/{GATEWAY}/pods"
DEPLOYMENTS = f"/apis/apps/v1/{INSIDE}/deployments"
STATISTICS = f"{PROXIES}/proxy-1:19001/proxy/stats/prometheus"
FORBIDDEN = (403, '{"kind": "Status"}')


def items(*found: Document) -> Document:
    return {"items": list(found)}


@pytest.fixture
def answers() -> Answers:
    leaving = {"metadata": {"name": "proxy-2", "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    return {
        "/api/v1/namespaces": items({"metadata": {"labels": {"slipway.dev/stack": "test"}}}),
        DEPLOYMENTS: items(deployment("blue", OLD)),
        PODS: items(pod("blue", OLD), pod_of_job("s")),
        f"/apis/gateway.networking.k8s.io/v1/{INSIDE}/httproutes": items(route(blue=100)),
        f"/apis/batch/v1/{INSIDE}/jobs": items(job("shift", "s", "2026-01-01T00:00:00Z")),
        f"{PODS}/s-x/log": "all traffic is on blue.\n",
        PROXIES: items({"metadata": {"name": "proxy-1"}}, leaving),
        STATISTICS: "counted",
    }


@pytest.fixture
def kubeconfig(tmp_path: Path, answers: Answers) -> Iterator[str]:
    with small_api_server(tmp_path, answers) as path:
        yield path


def seen(kubeconfig: str) -> StackView:
    return look(api_client(kubeconfig, ""), SITE)


def test_everything_of_the_stack_is_read(kubeconfig: str) -> None:
    view = seen(kubeconfig)
    assert [each["metadata"]["name"] for each in view.deployments] == ["fraud-score-blue"]
    assert view.pods is not None
    assert len(view.pods) == 2
    assert set(view.routes or {}) == {"fraud-score"}
    assert view.last_words == {"s": "all traffic is on blue."}
    assert view.counted == ["counted"], "a proxy on its way out may not answer any more"
    assert view.unread == []


def test_a_job_that_left_a_message_or_has_not_begun_is_not_asked_for_its_log(kubeconfig: str, answers: Answers) -> None:
    del answers[f"{PODS}/s-x/log"]
    for pod_found in (pod_of_job("s", "aborted"), pod_of_job("s", phase="Pending")):
        answers[PODS] = items(pod_found)
        view = seen(kubeconfig)
        assert view.last_words == {}
        assert view.unread == []


def test_what_may_not_be_read_is_said_and_the_rest_is_there(kubeconfig: str, answers: Answers) -> None:
    answers[STATISTICS] = answers[f"{PODS}/s-x/log"] = FORBIDDEN
    view = seen(kubeconfig)
    assert view.counted is None
    assert view.unread == [
        "logs of gates and shifts cannot be read here (Forbidden)",
        "requests and errors cannot be read here (Forbidden)",
    ]
    assert view.routes is not None


@pytest.mark.parametrize(
    ("namespaces", "why"),
    [
        ([], "it is not on this cluster"),
        ([{"metadata": {}}], "its namespace models is not of this stack"),
        ([{"metadata": {"labels": {"slipway.dev/stack": "yours"}}}], "its namespace models is not of this stack"),
    ],
)
def test_a_stack_that_is_not_there_is_told_with_what_to_do(
    kubeconfig: str, answers: Answers, namespaces: list[Document], why: str
) -> None:
    answers["/api/v1/namespaces"] = items(*namespaces)
    with pytest.raises(
        ConfigurationError, match=f"Stack test does not run: {why}. Start it with `make up STACK=test`."
    ):
        seen(kubeconfig)


def test_without_the_slots_there_is_nothing_to_show(kubeconfig: str, answers: Answers) -> None:
    answers[DEPLOYMENTS] = FORBIDDEN
    with pytest.raises(ConfigurationError, match="The cluster does not show the slots of test"):
        seen(kubeconfig)
    answers["/api/v1/namespaces"] = FORBIDDEN
    with pytest.raises(ConfigurationError, match="The cluster does not say which namespaces it has"):
        seen(kubeconfig)
