"""Asking the gateway through the API server: its own answers are told from those of the API server."""

from pathlib import Path
from typing import Any

import pytest

from components.kubernetes.cluster_access import api_client
from components.kubernetes.gateway_call import ask_gateway
from tests.support.cluster_examples import SITE
from tests.support.small_api_server import small_api_server


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('{"outputs": [7]}', '{"outputs": [7]}'),
        ((401, '{"error": "Send a valid key"}'), '{"error": "Send a valid key"}'),
        ((502, "upstream"), "upstream"),
        ((403, '{"kind": "Status", "reason": "Forbidden"}'), None),
        ((503, ""), None),
    ],
)
def test_only_the_gateway_s_own_words_are_an_answer(tmp_path: Path, answer: Any, said: str | None) -> None:
    sent: list[Any] = []

    def answered(asked: Any) -> Any:
        sent.append(asked)
        return answer

    with small_api_server(tmp_path, {"POST": answered}) as kubeconfig:
        client = api_client(kubeconfig, "")
        assert ask_gateway(client, SITE, "/v2/models/digits/infer", {"inputs": [1]}, {"x-api-key": "key"}) == said
    assert sent == [{"inputs": [1]}]


def test_an_api_server_that_is_gone_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_api_server(tmp_path, {}) as kubeconfig:
        client = api_client(kubeconfig, "")

        def gone(*_: object, **__: object) -> object:
            raise OSError("gone")

        monkeypatch.setattr(client, "call_api", gone)
        assert ask_gateway(client, SITE, "/v2/models/digits/infer", {}, {}) is None
