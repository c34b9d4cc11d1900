"""What is refused before anything changes: another cluster, and another release in a slot that takes traffic."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.rpc import UNKNOWN

from components.kubernetes.cluster_access import api_client, is_content, is_known
from components.kubernetes.cluster_identity import ClusterIdentityProvider
from components.kubernetes.live_slot import LiveSlotProvider, share_of
from serving.errors import ConfigurationError
from tests.support.small_api_server import Answers, small_api_server

ROUTE = "/apis/gateway.networking.k8s.io/v1/namespaces/models/httproutes/fraud-score"
DEPLOYMENT = "/apis/apps/v1/namespaces/models/deployments/fraud-score-blue"
OLD, NEW = "a" * 64, "b" * 64


@pytest.fixture
def answers() -> Answers:
    backends = [{"name": "fraud-score-blue", "weight": 95}, {"name": "fraud-score-green", "weight": 5}]
    metadata = {"name": "fraud-score-blue", "annotations": {"slipway.dev/release-sha256": OLD}}
    return {
        "/api/v1/namespaces/kube-system": {"kind": "Namespace", "metadata": {"name": "kube-system", "uid": "uid-1"}},
        ROUTE: {"spec": {"rules": [{"backendRefs": backends}]}},
        DEPLOYMENT: {"kind": "Deployment", "metadata": metadata},
    }


@pytest.fixture
def kubeconfig(tmp_path: Path, answers: Answers) -> Iterator[str]:
    with small_api_server(tmp_path, answers) as path:
        yield path


def slot(kubeconfig: str, sha256: str = NEW, **changes: Any) -> dict[str, Any]:
    values = {"kubeconfig": kubeconfig, "context": "", "namespace": "models", "model": "fraud_score"}
    return {**values, "slot": "blue", "sha256": sha256, **changes}


def refusals(provider: Any, olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
    return [failure.reason for failure in provider.check(olds, news).failures]


def test_a_slot_that_takes_traffic_keeps_its_release(kubeconfig: str) -> None:
    (reason,) = refusals(LiveSlotProvider(), {}, slot(kubeconfig))
    assert reason == (
        "models.fraud_score.slots.blue takes 95 % of the traffic, so its release cannot change in place; put the new "
        "release into green and set models.fraud_score.live to green."
    )


def test_the_release_that_a_slot_runs_is_no_change(kubeconfig: str) -> None:
    assert refusals(LiveSlotProvider(), {}, slot(kubeconfig, OLD)) == []


def test_a_slot_without_traffic_may_get_another_release(kubeconfig: str, answers: Answers) -> None:
    answers[ROUTE]["spec"]["rules"][0]["backendRefs"][0]["weight"] = 0
    assert refusals(LiveSlotProvider(), {}, slot(kubeconfig)) == []


def test_a_model_that_is_not_there_yet_has_nothing_to_lose(kubeconfig: str, answers: Answers) -> None:
    del answers[ROUTE], answers[DEPLOYMENT]
    assert refusals(LiveSlotProvider(), {}, slot(kubeconfig)) == []


def test_a_slot_that_takes_traffic_is_not_left_out(kubeconfig: str) -> None:
    (reason,) = refusals(LiveSlotProvider(), {}, slot(kubeconfig, ""))
    assert reason == (
        "models.fraud_score.slots.blue takes 95 % of the traffic and cannot be left out; set models.fraud_score.live "
        "to green first, with both slots there, then leave blue out."
    )


def test_a_slot_without_traffic_may_be_left_out(kubeconfig: str, answers: Answers) -> None:
    answers[ROUTE]["spec"]["rules"][0]["backendRefs"][0]["weight"] = 0
    assert refusals(LiveSlotProvider(), {}, slot(kubeconfig, "")) == []
    del answers[DEPLOYMENT]
    answers[ROUTE]["spec"]["rules"][0]["backendRefs"][0]["weight"] = 95
    assert refusals(LiveSlotProvider(), {}, slot(kubeconfig, "")) == [], "what has no pods is no loss"


def test_a_share_of_a_slot_on_its_way_in_is_a_share(kubeconfig: str, answers: Answers) -> None:
    backends = answers[ROUTE]["spec"]["rules"][0]["backendRefs"]
    backends[0]["weight"], backends[1]["weight"] = 1, 999_999
    (reason,) = refusals(LiveSlotProvider(), {}, slot(kubeconfig))
    assert "takes 1 % of the traffic" in reason


def test_a_cluster_that_refuses_is_said_so(kubeconfig: str, answers: Answers) -> None:
    answers[ROUTE] = (403, {"reason": "Forbidden"})
    (reason,) = refusals(LiveSlotProvider(), {}, slot(kubeconfig))
    assert reason == (
        "models.fraud_score.slots.blue: the cluster does not say what it takes of the traffic (Forbidden); look at "
        "the network between here and there, and whether these credentials may get httproutes and deployments."
    )


def test_a_cluster_that_does_not_answer_for_a_slot_is_said_so(tmp_path: Path, answers: Answers) -> None:
    with small_api_server(tmp_path, answers) as path:
        gone = path
    api_client(gone, "").configuration.retries = False
    (reason,) = refusals(LiveSlotProvider(), {}, slot(gone))
    assert reason.startswith("models.fraud_score.slots.blue: the cluster does not say what it takes of the traffic (")
    assert "Connection refused" in reason


def test_a_cluster_that_another_stack_has_yet_to_make_is_not_asked() -> None:
    assert refusals(LiveSlotProvider(), {}, slot(UNKNOWN)) == []
    assert refusals(ClusterIdentityProvider(), {}, {"kubeconfig": UNKNOWN, "entry": "stack prod-cloud"}) == []


@pytest.mark.parametrize(
    ("route", "share"),
    [
        ({}, 0),
        ({"spec": {"rules": [{"filters": []}]}}, 0),
        ({"spec": {"rules": [{"backendRefs": [{"name": "digits-blue"}]}]}}, 100),
        ({"spec": {"rules": [{"backendRefs": [{"name": "digits-blue", "weight": 0}]}]}}, 0),
    ],
)
def test_a_share_is_what_the_route_gives(route: dict[str, Any], share: int) -> None:
    assert share_of(route, "digits-blue") == share


def test_a_stack_remembers_its_cluster_and_refuses_another(kubeconfig: str, answers: Answers) -> None:
    provider, news = ClusterIdentityProvider(), {"kubeconfig": kubeconfig, "context": "", "entry": kubeconfig}
    remembered = provider.check({}, dict(news)).inputs
    assert remembered["uid"] == "uid-1"
    assert refusals(provider, remembered, dict(news)) == []
    answers["/api/v1/namespaces/kube-system"]["metadata"]["uid"] = "uid-2"
    (reason,) = refusals(provider, remembered, dict(news))
    assert reason.startswith(
        f"platform.cluster: {kubeconfig} leads to the cluster uid-2 now, but this stack was made for uid-1;"
    )


def test_another_way_into_the_same_cluster_changes_nothing_of_what_it_is(kubeconfig: str) -> None:
    provider = ClusterIdentityProvider()
    old = provider.create({"kubeconfig": kubeconfig, "context": "", "entry": "a"}).outs or {}
    new = provider.update("uid-1", old, {"kubeconfig": kubeconfig, "context": "x", "entry": "b"}).outs or {}
    assert old["uid"] == new["uid"] == "uid-1"


def test_a_cluster_that_does_not_answer_is_said_so(kubeconfig: str, answers: Answers) -> None:
    answers.clear()
    (reason,) = refusals(ClusterIdentityProvider(), {}, {"kubeconfig": kubeconfig, "context": "", "entry": "e"})
    assert reason.startswith("platform.cluster: the cluster does not answer (Not Found); check the kubeconfig")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "platform.cluster: the cluster does not know these credentials, or no longer; log in again"),
        (403, "platform.cluster: these credentials may not read the namespace kube-system, by whose uid"),
    ],
)
def test_credentials_that_do_not_suffice_are_no_silent_cluster(
    kubeconfig: str, answers: Answers, status: int, said: str
) -> None:
    answers["/api/v1/namespaces/kube-system"] = (status, '{"kind": "Status"}')
    (reason,) = refusals(ClusterIdentityProvider(), {}, {"kubeconfig": kubeconfig, "context": "", "entry": "e"})
    assert reason.startswith(said)


def test_a_kubeconfig_that_leads_nowhere_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"platform.cluster: .*none leads nowhere .*; correct its path or its"):
        api_client(str(tmp_path / "none"), "")


@pytest.mark.parametrize(
    ("text", "content"), [("{}", True), ("apiVersion: v1\nkind: Config", True), ("~/.kube/config", False)]
)
def test_a_kubeconfig_is_a_path_or_what_stands_in_one(text: str, content: bool) -> None:
    assert is_content(text) == content
    assert is_known(text)
    assert not is_known(None)


def test_what_stands_in_a_kubeconfig_leads_to_the_cluster_too(kubeconfig: str) -> None:
    provider = ClusterIdentityProvider()
    text = Path(kubeconfig).read_text()
    outs = provider.create({"kubeconfig": text, "context": "x", "entry": "stack prod-cloud"}).outs or {}
    assert outs["uid"] == "uid-1"
