from typing import Any

import pytest

from components.local.gateway_errors import local_replies
from tests.support.gateway_models import spec


def conditions(mapper: dict[str, Any]) -> list[dict[str, Any]]:
    filters: list[dict[str, Any]] = mapper["filter"].get("and_filter", {}).get("filters", [mapper["filter"]])
    return filters


def status(mapper: dict[str, Any]) -> int | None:
    for condition in conditions(mapper):
        if "status_code_filter" in condition:
            return int(condition["status_code_filter"]["comparison"]["value"]["default_value"])
    return None


def is_grpc(mapper: dict[str, Any]) -> bool:
    return any(
        condition.get("header_filter", {}).get("header", {}).get("name") == "content-type"
        for condition in conditions(mapper)
    )


MAPPERS: list[dict[str, Any]] = local_replies(spec())["mappers"]


@pytest.mark.parametrize("code", [400, 401, 403, 404, 408, 413, 431, 503, 504])
def test_every_refusal_of_envoy_has_a_text_for_rest_and_for_grpc(code: int) -> None:
    grpc = [is_grpc(mapper) for mapper in MAPPERS if status(mapper) == code]
    assert grpc
    assert grpc[::2] == [True] * (len(grpc) // 2), "the one for gRPC comes first, for the first that fits is used"
    assert grpc[1::2] == [False] * (len(grpc) // 2)


def test_a_json_error_names_the_request() -> None:
    bodies = [mapper["body_format_override"] for mapper in MAPPERS if not is_grpc(mapper) and status(mapper) != 200]
    assert all(body["json_format"]["request_id"] == "%REQ(X-REQUEST-ID)%" for body in bodies)
    assert local_replies(spec())["body_format"]["json_format"]["error"] == "%LOCAL_REPLY_BODY%"


def test_a_grpc_error_is_plain_text() -> None:
    assert all("text_format_source" in mapper["body_format_override"] for mapper in MAPPERS if is_grpc(mapper))
    assert status(MAPPERS[-1]) is None, "what has no text of its own comes last"


@pytest.mark.parametrize(("code", "grpc_status"), [(404, "5"), (413, "8"), (504, "4")])
def test_a_grpc_caller_gets_the_status_that_grpc_means(code: int, grpc_status: str) -> None:
    mapper = next(mapper for mapper in MAPPERS if status(mapper) == code)
    assert mapper["headers_to_add"][0]["header"] == {"key": "grpc-status", "value": grpc_status}


def test_a_refused_slot_is_told_apart_from_a_refused_model() -> None:
    mappers = [mapper for mapper in MAPPERS if status(mapper) == 403 and not is_grpc(mapper)]
    texts = [mapper["body_format_override"]["json_format"]["error"] for mapper in mappers]
    assert ["slot" in text for text in texts] == [True, False]
    assert [len(conditions(mapper)) for mapper in mappers] == [2, 1], "the narrower one comes first"


def test_limits_are_told_in_the_texts() -> None:
    texts = {status(mapper): mapper["body_format_override"] for mapper in MAPPERS if not is_grpc(mapper)}
    assert "1024 bytes" in texts[413]["json_format"]["error"]
    assert "within 10 s" in texts[504]["json_format"]["error"]
