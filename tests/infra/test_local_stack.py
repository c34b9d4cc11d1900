"""Settings and releases as the plain values that components and policies see."""

from pathlib import Path
from typing import Any

import pytest

from infra.local_stack import gateway_spec, platform_args
from infra.plain_values import drain_seconds
from infra.releases import PlannedRelease, planned_releases
from infra.settings import Settings
from tests.support.tiny_releases import constant_model, linear_model, make_release

STACK: dict[str, Any] = {
    "platform": {"kind": "local", "slot_ports": {"first": 22000, "count": 30}},
    "gateway": {
        "port": 9000,
        "request_timeout_seconds": 20,
        "clients": {
            "ward": {"models": ["tiny"]},
            "demo": {"models": ["tiny"], "key_version": 2, "may_pin_slots": True},
        },
    },
    "models": {
        "tiny": {
            "slots": {"blue": {"release": "blue"}, "green": {"release": "green"}},
            "live": "green",
            "runtime": {"threads": 2},
        }
    },
}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings.model_validate(STACK)


@pytest.fixture(scope="module")
def releases(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, PlannedRelease]]:
    folder: Path = tmp_path_factory.mktemp("releases")
    make_release(linear_model(), folder / "blue")
    make_release(constant_model(1), folder / "green", version="2")
    return planned_releases(settings, folder)


def test_the_state_of_a_stack_lies_below_its_name(settings: Settings, releases: Any) -> None:
    assert platform_args("mine", settings, releases).stack_dir == ".slipway/mine"


def test_the_gateway_is_described_with_its_admin_interface_on_a_private_socket(settings: Settings) -> None:
    assert gateway_spec(settings.gateway) == {
        "address": "127.0.0.1",
        "port": 9000,
        "clients": {
            "demo": {"models": ["tiny"], "may_pin_slots": True},
            "ward": {"models": ["tiny"], "may_pin_slots": False},
        },
        "max_request_bytes": 4 * 1024 * 1024,
        "request_timeout_seconds": 20,
        "drain_seconds": 25,
        "admin": {"kind": "unix_socket", "path": "run/gateway-admin.sock", "mode": "0600"},
    }


def test_a_drain_outlasts_the_longest_request(settings: Settings, releases: Any) -> None:
    assert drain_seconds(settings.gateway) > settings.gateway.request_timeout_seconds
    model = platform_args("local", settings, releases).models["tiny"]
    assert model["grace_seconds"] == drain_seconds(settings.gateway)


def test_a_model_is_described_with_the_digest_of_each_release(settings: Settings, releases: Any) -> None:
    model = platform_args("local", settings, releases).models["tiny"]
    assert (model["model"], model["live"], model["runtime"]["threads"]) == ("tiny", "green", 2)
    assert {slot: entry["release"]["sha256"] for slot, entry in model["slots"].items()} == {
        slot: planned.release.digest for slot, planned in releases["tiny"].items()
    }


def test_what_policies_judge_is_plain_and_complete(settings: Settings, releases: Any) -> None:
    model = platform_args("local", settings, releases).models["tiny"]
    assert model["gate"] == settings.models["tiny"].gate.model_dump(mode="json")
    assert model["shift"] == settings.models["tiny"].shift.model_dump(mode="json")
    assert plain(model)
    assert plain(gateway_spec(settings.gateway))


def plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and plain(inner) for key, inner in value.items())
    if isinstance(value, list):
        return all(plain(inner) for inner in value)
    return value is None or type(value) in (str, int, float, bool)


def test_ports_and_patience_are_handed_on(settings: Settings, releases: Any) -> None:
    args = platform_args("local", settings, releases)
    assert (args.first_port, args.port_count, args.start_timeout_seconds) == (22000, 30, 60)
    assert (args.probe_interval_seconds, args.probe_failures_to_restart) == (3, 3)
    assert args.key_versions == {"demo": 2, "ward": 1}
