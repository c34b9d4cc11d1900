"""What Envoy 1.40 said of upstreams that fail in each way is read as requests, errors and latencies."""

import pytest

from serving.counters import Counters, parse, stats_query

REST = """\
# TYPE envoy_cluster_upstream_rq_completed counter
envoy_cluster_upstream_rq_completed{envoy_cluster_name="digits_green_rest"} 20
# TYPE envoy_cluster_upstream_rq_retry counter
envoy_cluster_upstream_rq_retry{envoy_cluster_name="digits_green_rest"} 60
# TYPE envoy_cluster_upstream_rq_pending_failure_eject counter
envoy_cluster_upstream_rq_pending_failure_eject{envoy_cluster_name="digits_green_rest"} 3
# TYPE envoy_cluster_upstream_cx_destroy_remote_with_active_rq counter
envoy_cluster_upstream_cx_destroy_remote_with_active_rq{envoy_cluster_name="digits_green_rest"} 2
# TYPE envoy_cluster_upstream_rq_rx_reset counter
envoy_cluster_upstream_rq_rx_reset{envoy_cluster_name="digits_green_rest"} 1
# TYPE envoy_cluster_upstream_rq_xx counter
envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="digits_green_rest"} 12
envoy_cluster_upstream_rq_xx{envoy_response_code_class="4",envoy_cluster_name="digits_green_rest"} 5
envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="digits_green_rest"} 3
# TYPE envoy_cluster_upstream_rq_active gauge
envoy_cluster_upstream_rq_active{envoy_cluster_name="digits_green_rest"} 4
# TYPE envoy_cluster_upstream_rq_pending_active gauge
envoy_cluster_upstream_rq_pending_active{envoy_cluster_name="digits_green_rest"} 2
# TYPE envoy_cluster_upstream_rq_time histogram
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="digits_green_rest",le="0.5"} 3
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="digits_green_rest",le="10"} 16
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="digits_green_rest",le="+Inf"} 17
envoy_cluster_upstream_rq_time_sum{envoy_cluster_name="digits_green_rest"} 609.8360655737705
envoy_cluster_upstream_rq_time_count{envoy_cluster_name="digits_green_rest"} 17
"""

GRPC = """\
envoy_cluster_grpc_0{envoy_cluster_name="digits_green_grpc"} 5
envoy_cluster_grpc_3{envoy_cluster_name="digits_green_grpc"} 7
envoy_cluster_grpc_13{envoy_cluster_name="digits_green_grpc"} 2
envoy_cluster_grpc_14{envoy_cluster_name="digits_green_grpc"} 3
envoy_cluster_upstream_rq_completed{envoy_cluster_name="digits_green_grpc"} 17
envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="digits_green_grpc"} 14
envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="digits_green_grpc"} 3
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="digits_green_grpc",le="0.5"} 1
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="digits_green_grpc",le="10"} 14
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="digits_green_grpc",le="+Inf"} 14
"""


def test_an_answer_is_a_request_and_an_attempt_without_an_answer_is_one_more() -> None:
    found = parse(REST, ["digits_green_rest"])
    assert (found.requests, found.errors) == (26, 9), "retries are those of the other slot's failures too"


def test_a_caller_s_mistakes_are_no_errors_of_the_slot() -> None:
    only_4xx = 'envoy_cluster_upstream_rq_xx{envoy_response_code_class="4",envoy_cluster_name="c"} 5\n'
    assert parse(only_4xx, ["c"]).errors == 0


def test_grpc_statuses_are_read_whether_or_not_methods_are_counted_apart() -> None:
    labels = (
        'envoy_grpc_bridge_method="GRPCInferenceService",envoy_grpc_bridge_service="inference",envoy_cluster_name="c"'
    )
    by_method = "".join(f"envoy_cluster_grpc_ModelInfer_{status}{{{labels}}} {status}\n" for status in (0, 3, 13, 14))
    assert parse(by_method, ["c"]).errors == 27


def test_requests_in_flight_are_those_sent_and_those_waiting_for_a_connection() -> None:
    assert parse(REST, ["digits_green_rest"]).active == 6


def test_failures_of_grpc_are_the_server_s_statuses_and_not_counted_twice() -> None:
    found = parse(GRPC, ["digits_green_grpc"])
    assert found.errors == 5, "INTERNAL and UNAVAILABLE; Envoy's own 503 are among the latter; INVALID_ARGUMENT is none"


def test_the_clusters_of_a_slot_are_added_up() -> None:
    found = parse(REST + GRPC, ["digits_green_rest", "digits_green_grpc"])
    assert (found.requests, found.errors) == (43, 14)
    assert found.buckets == ((0.5, 4), (10.0, 30), (float("inf"), 31))


def test_rows_of_other_clusters_do_not_count() -> None:
    assert parse(REST + GRPC, ["digits_blue_rest"]) == Counters()


def test_rows_that_are_absent_are_zero() -> None:
    assert parse("", ["digits_green_rest"]) == Counters()


def test_a_row_without_a_number_is_an_error() -> None:
    with pytest.raises(ValueError, match="broken"):
        parse('envoy_cluster_upstream_rq_completed{envoy_cluster_name="c"} broken\n', ["c"])


def test_the_query_asks_envoy_by_its_own_names() -> None:
    query = stats_query(["digits_green_rest", "a.b"])
    assert query.startswith("usedonly&filter=^cluster\\.(digits_green_rest|a\\.b)\\.(")
    assert "upstream_rq_(5xx|" in query, "Envoy filters by upstream_rq_5xx and answers upstream_rq_xx"
