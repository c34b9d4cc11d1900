from typing import Any

import pytest

from components.local.gateway_clusters import clusters, prober
from components.local.stack_dir import StackDir
from tests.support.gateway_models import route


def by_name() -> dict[str, dict[str, Any]]:
    return {cluster["name"]: cluster for cluster in clusters([route()])["resources"]}


def port(cluster: dict[str, Any]) -> int:
    address = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]
    assert address["socket_address"]["address"] == "127.0.0.1"
    return int(address["socket_address"]["port_value"])


def test_a_slot_has_a_cluster_for_each_protocol_and_one_more_for_copies() -> None:
    assert sorted(by_name()) == [
        "digits_blue_grpc",
        "digits_blue_mirror_grpc",
        "digits_blue_mirror_rest",
        "digits_blue_rest",
        "digits_green_grpc",
        "digits_green_mirror_grpc",
        "digits_green_mirror_rest",
        "digits_green_rest",
    ]


@pytest.mark.parametrize(
    ("name", "expected", "protocol"),
    [
        ("digits_blue_rest", 1, "http_protocol_options"),
        ("digits_blue_grpc", 2, "http2_protocol_options"),
        ("digits_blue_mirror_rest", 1, "http_protocol_options"),
        ("digits_blue_mirror_grpc", 2, "http2_protocol_options"),
    ],
)
def test_each_cluster_goes_to_its_port_by_its_protocol(name: str, expected: int, protocol: str) -> None:
    cluster = by_name()[name]
    options = next(iter(cluster["typed_extension_protocol_options"].values()))
    assert (port(cluster), list(options["explicit_http_config"])) == (expected, [protocol])


def test_the_access_log_can_tell_model_slot_and_release_from_the_cluster() -> None:
    labels = by_name()["digits_green_rest"]["metadata"]["filter_metadata"]["slipway"]
    assert labels == {"model": "digits", "slot": "green", "release": "0123456789ab"}


def test_a_switch_may_retry_every_request_but_copies_stay_few() -> None:
    limits = {name: cluster["circuit_breakers"]["thresholds"][0] for name, cluster in by_name().items()}
    assert limits["digits_blue_rest"]["max_retries"] == 1024
    assert limits["digits_blue_mirror_rest"]["max_requests"] < limits["digits_blue_rest"]["max_requests"]


def test_idle_connections_end_before_a_model_server_waits_for_them() -> None:
    options = next(iter(by_name()["digits_blue_rest"]["typed_extension_protocol_options"].values()))
    assert options["common_http_protocol_options"]["idle_timeout"] == "2s"


def test_the_prober_is_reached_by_its_socket() -> None:
    endpoint = prober(StackDir.at("/s"))["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
    assert endpoint["address"]["pipe"]["path"] == "/s/run/prober.sock"
