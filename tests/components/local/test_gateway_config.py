import json
from typing import Any

import pytest

from components.local.gateway_clusters import clusters
from components.local.gateway_config import (
    GatewayFiles,
    api_keys,
    arguments,
    bootstrap,
    listeners,
)
from components.local.gateway_routes import routes
from components.local.gateway_spec import Client
from components.local.stack_dir import StackDir
from components.request_guard import script
from tests.support.gateway_models import route, spec

FILES = GatewayFiles(StackDir.at("/s"))
LISTENER: dict[str, Any] = listeners(FILES, spec())["resources"][0]
MANAGER: dict[str, Any] = LISTENER["filter_chains"][0]["filters"][0]["typed_config"]


def test_every_watched_file_lies_in_a_folder_of_its_own() -> None:
    watched = [FILES.listeners, FILES.clusters, FILES.routes, FILES.api_keys]
    assert len({file.parent for file in watched}) == len(watched)


def test_envoy_finds_its_files_by_the_bootstrap() -> None:
    dynamic = bootstrap(FILES)["dynamic_resources"]
    assert dynamic["lds_config"]["path_config_source"] == {
        "path": "/s/gateway/listeners/listeners.json",
        "watched_directory": {"path": "/s/gateway/listeners"},
    }
    assert dynamic["cds_config"]["path_config_source"]["path"] == str(FILES.clusters)
    assert MANAGER["rds"]["config_source"]["path_config_source"]["path"] == str(FILES.routes)


def test_the_admin_interface_is_a_socket_for_its_owner_alone() -> None:
    assert bootstrap(FILES)["admin"]["address"] == {"pipe": {"path": "/s/run/gateway-admin.sock", "mode": 0o600}}


def test_latency_is_counted_finely_and_often() -> None:
    document = bootstrap(FILES)
    settings = document["stats_config"]["histogram_bucket_settings"][0]
    assert settings["match"] == {"suffix": "upstream_rq_time"}
    assert settings["buckets"] == sorted(set(settings["buckets"]))
    assert document["stats_flush_interval"] == "1s"


def test_a_gateway_that_runs_out_of_memory_refuses_instead_of_growing() -> None:
    overload = bootstrap(FILES)["overload_manager"]
    monitors = {monitor["name"] for monitor in overload["resource_monitors"]}
    assert {action["triggers"][0]["name"] for action in overload["actions"]} <= monitors


def test_unknown_fields_of_the_files_are_refused() -> None:
    assert "--reject-unknown-dynamic-fields" in arguments(FILES)
    assert arguments(FILES)[:2] == ["--config-path", "/s/gateway/bootstrap.json"]


def test_envoy_leaves_nothing_behind_in_shared_memory() -> None:
    assert "--disable-hot-restart" in arguments(FILES)


def test_a_second_gateway_cannot_share_the_port() -> None:
    assert LISTENER["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 8080}
    assert LISTENER["enable_reuse_port"] is False


def test_a_request_passes_the_filters_in_the_order_that_keeps_strangers_from_costly_ones() -> None:
    assert [http_filter["name"] for http_filter in MANAGER["http_filters"]] == [
        "strip",
        "api_key",
        "buffer",
        "request_guard",
        "access",
        "grpc_stats",
        "router",
    ]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("codec_type", "AUTO"),
        ("normalize_path", True),
        ("merge_slashes", True),
        ("path_with_escaped_slashes_action", "REJECT_REQUEST"),
        ("use_remote_address", True),
        ("always_set_request_id_in_response", True),
        ("request_timeout", "10s"),
        ("stream_idle_timeout", "15s"),
        ("drain_timeout", "5s"),
    ],
)
def test_the_connection_manager_is_hardened(setting: str, value: object) -> None:
    assert MANAGER[setting] == value


def test_a_new_client_leaves_the_listener_as_it_is() -> None:
    assert listeners(FILES, spec(Client(name="new", models=("digits",))))["resources"][0] == LISTENER


def test_the_guard_is_one_script_that_asks_the_prober() -> None:
    guard = next(item for item in MANAGER["http_filters"] if item["name"] == "request_guard")
    assert guard["typed_config"]["default_source_code"]["inline_string"] == script("prober")


def test_the_access_log_never_names_the_key_or_the_query() -> None:
    log = MANAGER["access_log"][0]["typed_config"]
    assert log["path"] == str(FILES.access_log)
    text = json.dumps(log).lower()
    assert "api-key" not in text
    assert "%path(nq)%" in text
    assert "%req(:path)%" not in text


def test_a_key_is_bound_to_its_client_and_taken_off_the_request() -> None:
    config = api_keys({"demo": "secret"})["resources"][0]["typed_config"]
    assert config["credentials"] == [{"key": "secret", "client": "demo"}]
    assert config["forwarding"] == {"header": "x-slipway-client", "hide_credentials": True}


def test_no_document_but_the_key_file_holds_a_key() -> None:
    documents = [bootstrap(FILES), listeners(FILES, spec()), routes(spec(), [route()]), clusters([route()])]
    assert "secret" not in json.dumps(documents)
