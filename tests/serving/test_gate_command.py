"""`python -m serving.gate` runs the gate against an endpoint, and its exit status tells how that went."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from serving.cluster import route_api
from serving.errors import ConfigurationError
from serving.gate_command import main, read_limits
from serving.gate_limits import GateLimits
from tests.support.gated_slots import FakeConnection, classify, write_release, wrong_for
from tests.support.route_server import RouteServer, route_server, rule
from tests.support.slot_endpoint import SlotEndpoint, endpoint

LIMITS = '{"load_seconds": 0.1, "min_quality": {"accuracy": 0.9}}'


@pytest.fixture(name="releases")
def _releases(tmp_path: Path) -> list[Path]:
    return [write_release(tmp_path / version).directory for version in ("1", "2")]


@pytest.fixture(name="served")
def _served(tmp_path: Path) -> Iterator[SlotEndpoint]:
    release = write_release(tmp_path / "served")
    with endpoint({slot: FakeConnection(release=release) for slot in ("blue", "green")}) as found:
        yield found


def arguments(served: SlotEndpoint, release: Path, *more: object) -> list[str]:
    common = ["--release", str(release), "--url", served.url, "--model", "digits", "--slot", "green"]
    return [*common, "--limits", LIMITS, *map(str, more)]


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    return capsys.readouterr().err


def test_a_good_slot_passes_with_a_table_and_a_report(
    served: SlotEndpoint, releases: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live = ("--live-release", releases[0], "--live-slot", "blue")
    assert main(arguments(served, releases[1], *live, "--report", tmp_path / "reports")) == 0
    printed = capsys.readouterr().out
    assert "accuracy                  passed            1       0.9  accuracy 1.0000 on 90 golden rows" in printed
    assert "gate of digits 2 in green passed 8 checks" in printed
    page = Path(printed.partition("report: ")[2].splitlines()[0])
    assert page.parent == tmp_path / "reports"
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert {headers["x-slipway-slot"] for headers in served.headers} == {"blue", "green"}


def test_a_bad_slot_fails(served: SlotEndpoint, releases: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    served.slots["green"].answer = wrong_for(0.5)
    assert main(arguments(served, releases[0])) == 1
    assert "failed at accuracy: accuracy 0.5000 on 90 golden rows, limit 0.9" in capsys.readouterr().out


def test_nan_in_an_answer_comes_through_json_and_fails(
    served: SlotEndpoint, releases: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    served.slots["green"].answer = lambda rows: classify(rows) | {"scores": np.full((len(rows), 3), np.nan, np.float32)}
    assert main(arguments(served, releases[0])) == 1
    assert "output scores has values that are no numbers" in capsys.readouterr().out


def test_nobody_at_the_address_fails_with_a_sentence(releases: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(SlotEndpoint("http://127.0.0.1:9", {}), releases[0])) == 1
    assert "could not be measured: no answer: [Errno 111] Connection refused" in capsys.readouterr().out


def test_secret_headers_come_from_the_environment_or_from_a_file(
    served: SlotEndpoint, releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMO_KEY", "from-env")
    (tmp_path / "token").write_text("from-file\n")
    headers = ("--header-from-env", "x-api-key=DEMO_KEY", "--header-from-file", f"authorization={tmp_path / 'token'}")
    assert main(arguments(served, releases[0], *headers)) == 0
    assert {(sent["x-api-key"], sent["authorization"]) for sent in served.headers} == {("from-env", "from-file")}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--header-from-env", "x-api-key=NO_SUCH"], "the environment has no NO_SUCH; set it."),
        (["--header-from-file", "x-api-key=/no/such"], "--header-from-file x-api-key: /no/such cannot be read"),
        (["--header-from-env", "x-api-key"], "'x-api-key' is not NAME=VALUE"),
        (["--live-slot", "blue"], "--live-release and --live-slot go together; give both or neither."),
        (["--live-slot", "green", "--live-release", "x"], "--slot and --live-slot are both 'green'; they must differ."),
        (["--release", "/no/such"], "/no/such is not a release"),
        (["--unless-live", "models/digits"], "--unless-live and --expect-release go together; give both or neither."),
        (["--unless-live", "digits", "--expect-release", "a"], "--unless-live is 'digits'; give NAMESPACE/HTTPROUTE."),
        (["--url", "ftp://x"], "'ftp://x' is no endpoint"),
        (["--limits", '{"min_quality": {"auc": 1}}'], "gate.min_quality names auc"),
    ],
)
def test_wrong_usage_is_explained(
    releases: list[Path], more: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refusal([*arguments(SlotEndpoint("http://127.0.0.1:9", {}), releases[0]), *more], capsys)


@pytest.fixture(name="routes")
def _routes(monkeypatch: pytest.MonkeyPatch) -> Iterator[RouteServer]:
    """Routes of a cluster, reached as in a pod of it."""
    with route_server() as made:
        monkeypatch.setattr(route_api, "_reachable", made.client)
        yield made


ON_A_CLUSTER = ("--unless-live", "models/digits", "--expect-release", "b" * 64)


def test_a_slot_that_is_live_on_a_cluster_has_nothing_to_show(
    routes: RouteServer, releases: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    routes.put("httproutes", [rule(0, 100)], {"slipway.dev/live": f"green@{'b' * 64}"})
    assert main(arguments(SlotEndpoint("http://127.0.0.1:9", {}), releases[0], *ON_A_CLUSTER)) == 0
    assert "gate of digits in green has nothing to check" in capsys.readouterr().out


@pytest.mark.parametrize(("share", "compared"), [(100, True), (0, False)])
def test_the_live_slot_of_a_cluster_is_compared_with_while_it_has_traffic(
    routes: RouteServer, served: SlotEndpoint, releases: list[Path], share: int, compared: bool
) -> None:
    routes.put("httproutes", [rule(share, 0)])
    live = ("--live-release", releases[0], "--live-slot", "blue")
    main(arguments(served, releases[1], *live, *ON_A_CLUSTER))
    assert ("blue" in {headers["x-slipway-slot"] for headers in served.headers}) is compared


def test_a_route_that_cannot_be_read_fails_the_gate(
    routes: RouteServer, releases: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    routes.refuse = (403, "Forbidden")
    assert main(arguments(SlotEndpoint("http://127.0.0.1:9", {}), releases[0], *ON_A_CLUSTER)) == 1
    assert (
        "gate of digits in green could not be run: httproutes models/digits cannot be read: 403"
        in capsys.readouterr().out
    )


def test_limits_are_read_from_an_argument_or_a_file(tmp_path: Path) -> None:
    limits = GateLimits(min_quality={"accuracy": 0.9}, max_disagreement=None, load_concurrency=2)
    text = '{"min_quality": {"accuracy": 0.9}, "max_disagreement": null, "load_concurrency": 2}'
    (tmp_path / "limits.json").write_text(text)
    assert read_limits(text) == read_limits(str(tmp_path / "limits.json")) == limits


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"max_p99": 5}', "--limits has max_p99; allowed are min_quality, "),
        ('{"max_p99_ms": "5"}', "--limits.max_p99_ms: Input should be a valid number"),
        ('{"max_p99_ms": 5', "--limits: Invalid JSON"),
        ("no-such-file.json", "--limits: no-such-file.json cannot be read"),
    ],
)
def test_limits_that_cannot_be_read_are_explained(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_limits(text)


def test_it_explains_itself_as_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "serving.gate", "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.startswith("usage: python -m serving.gate")
    assert "--header-from-env" in done.stdout
