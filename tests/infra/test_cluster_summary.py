"""What `make up` ends with on a cluster, and what it must not claim or show."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from components.kubernetes.stack_view import StackView
from infra import cluster_summary, summary
from infra.aws_presets import merged
from infra.cluster_stack import site
from infra.cluster_summary import NOT_ASKED, example, kubectl
from infra.kubernetes_settings import ClusterOfStack
from infra.settings import ClusterSettings
from tests.support.cluster_view import OLD, deployment
from tests.support.project_programs import program
from tests.support.tiny_releases import linear_model, make_release

ROOT = Path(__file__).parents[2]
SMALLEST: dict[str, Any] = {
    "platform": {
        "kind": "kubernetes",
        "cluster": {"kubeconfig": "/a folder/kubeconfig", "context": "test"},
        "namespace": "tiny-models",
        "images": {name: f"registry.example.com/{name}@sha256:{'0' * 64}" for name in ("triton", "rollout")},
    },
    "gateway": {"clients": {"anybody": {"models": ["other"]}, "demo": {"models": ["tiny"]}}},
    "models": {
        "other": {"slots": {"blue": {"release": {"uri": "s3://bucket/9", "sha256": "9" * 64}}}, "live": "blue"},
        "tiny": {"slots": {"blue": {"release": "releases/tiny/1"}}, "live": "blue"},
    },
}
FORWARD = (
    "kubectl --kubeconfig '/a folder/kubeconfig' --context test port-forward --namespace envoy-gateway-system "
    "service/tiny-models-gateway 8080:80"
)


def settings(**changes: Any) -> ClusterSettings:
    return ClusterSettings.model_validate(merged(SMALLEST, changes))


def write_stack_file(config: dict[str, Any]) -> None:
    with Path("Pulumi.mine.yaml").open("w") as file:
        YAML().dump({"config": {f"slipway:{name}": value for name, value in config.items()}}, file)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """A project with a stack on a cluster that is not there; what its gateway is asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    program(tmp_path, "pulumi", 'test "$3" = api_key_demo && echo s3cret')
    make_release(linear_model(), tmp_path / "releases" / "tiny" / "1")
    write_stack_file(SMALLEST)
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(cluster_summary, "entered", lambda *_: "client")
    monkeypatch.setattr(cluster_summary, "look", lambda *_: StackView(deployments=[deployment("blue", OLD)]))
    answer_with(monkeypatch, calls, '{"outputs": [7]}')
    return calls


def answer_with(monkeypatch: pytest.MonkeyPatch, calls: list[tuple[Any, ...]], answer: str | None) -> None:
    def ask(_client: str, _site: object, *call: Any) -> str | None:
        calls.append(call)
        return answer

    monkeypatch.setattr(cluster_summary, "ask_gateway", ask)


def test_the_summary_shows_a_call_from_outside_with_the_real_answer(
    asked: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert summary.main(["--stack", "mine"]) == 0
    shown = capsys.readouterr().out
    assert "Gateway   http://tiny-models-gateway.envoy-gateway-system.svc (inside the cluster)" in shown
    assert f"Forward   {FORWARD}" in shown
    assert "-d @.slipway/mine/samples/tiny.json http://127.0.0.1:8080/v2/models/tiny/infer" in shown
    assert 'Answer    {"outputs": [7]}' in shown
    assert "logs --namespace tiny-models deployment/tiny-blue" in shown
    assert "make rollback MODEL=tiny STACK=mine" in shown
    ((path, body, headers),) = asked
    assert (path, headers) == ("/v2/models/tiny/infer", {"x-api-key": "s3cret"})
    assert body == json.loads(Path(".slipway/mine/samples/tiny.json").read_text()), "what is shown is what was asked"


@pytest.mark.usefixtures("asked")
def test_the_key_is_never_shown(capsys: pytest.CaptureFixture[str]) -> None:
    summary.main(["--stack", "mine"])
    shown = capsys.readouterr().out
    assert "s3cret" not in shown
    assert "$(pulumi stack output api_key_demo --show-secrets --stack mine)" in shown


def test_behind_a_firewall_the_gateway_is_asked_as_the_firewall_asks_it(
    asked: list[tuple[Any, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = 'test "$3 $6" = "api_key_demo mine" && echo s3cret; test "$3 $6" = "origin_secret cloud" && echo 0nly'
    program(tmp_path, "pulumi", script)
    beside = {**SMALLEST, "platform": {**SMALLEST["platform"], "cluster": {"stack": "cloud"}}}
    write_stack_file(beside)
    assert summary.main(["--stack", "mine"]) == 0
    assert asked[0][2] == {"x-api-key": "s3cret", "x-slipway-origin": "0nly"}
    shown = capsys.readouterr().out
    assert '-H "x-slipway-origin: $(pulumi stack output origin_secret --show-secrets --stack cloud)"' in shown
    assert "0nly" not in shown


def test_no_answer_is_claimed_where_nobody_could_ask(
    asked: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer_with(monkeypatch, asked, None)
    assert summary.main(["--stack", "mine"]) == 0
    assert f"Answer    {NOT_ASKED}" in capsys.readouterr().out


def test_a_model_that_answers_otherwise_is_a_failure(
    asked: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer_with(monkeypatch, asked, '{"error": "no healthy upstream"}')
    assert summary.main(["--stack", "mine"]) == 1
    assert 'Answer    {"error": "no healthy upstream"}' in capsys.readouterr().out


def test_a_stack_that_was_drained_is_asked_nothing(
    asked: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    write_stack_file(merged(SMALLEST, {"platform": {"lifecycle": "drain"}}))
    assert summary.main(["--stack", "mine"]) == 0
    assert "Take it down: make down STACK=mine" in capsys.readouterr().out
    assert asked == []


def test_a_cloud_without_models_has_no_summary(
    asked: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("Pulumi.mine.yaml").write_text((ROOT / "Pulumi.foundation.yaml").read_text())
    assert summary.main(["--stack", "mine"]) == 0
    assert capsys.readouterr().out == ""
    assert asked == []


@pytest.mark.usefixtures("asked")
def test_a_model_that_nobody_here_can_read_or_call_is_not_asked() -> None:
    call = example(settings())
    assert call is not None
    assert (call.model, call.client) == ("tiny", "demo"), "the release of the other one lies in a bucket"
    assert example(settings(gateway={"clients": {"demo": {"models": ["other"]}}})) is None


def test_the_cluster_of_another_stack_is_entered_by_its_kubeconfig() -> None:
    platform = settings().platform.model_copy(update={"cluster": ClusterOfStack(stack="prod-cloud")})
    assert kubectl(platform) == (
        "kubectl --kubeconfig <(pulumi stack output kubeconfig --show-secrets --stack prod-cloud)"
    )


def test_a_gateway_with_an_address_of_its_own_says_where_that_stands() -> None:
    there = settings(platform={"gateway_service": "LoadBalancer"})
    lines = list(cluster_summary.reached(site("mine", there.platform, there.gateway), there.platform))
    assert lines[1] == "Outside   pulumi stack output gateway_address --stack mine (LoadBalancer, port 443)"
    assert "models-gateway-inside 8080:80" in lines[2], "the port for clear text is not on the other one"
