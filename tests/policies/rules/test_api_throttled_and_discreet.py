import pytest
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "api-throttled-and-discreet"


def test_a_stage_with_limits_and_a_discreet_log_passes() -> None:
    assert messages(ID, good_stack()) == []


@pytest.mark.parametrize("value", [MISSING, 0, None, "many"])
def test_a_missing_limit_is_refused(value: object) -> None:
    (found,) = messages(ID, spoil("stage", "defaultRouteSettings.throttlingRateLimit", value))
    assert (
        "the API takes any number of requests. Where: Stage stage, defaultRouteSettings.throttlingRateLimit." in found
    )


@pytest.mark.parametrize(
    "variable", ["$request.header.Cookie", "$request.querystring", "$context.identity.apiKey", "$request.body.rows"]
)
def test_what_tells_too_much_of_a_request_is_named(variable: str) -> None:
    (found,) = messages(ID, spoil("stage", "accessLogSettings.format", f'{{"x": "{variable}"}}'))
    assert f"the access log holds {variable}" in found


def test_something_else_with_a_log_is_left_alone() -> None:
    log = {"accessLogSettings": {"format": "$request.header.Cookie"}}
    assert messages(ID, put(resource("aws:appmesh/virtualNode:VirtualNode", "n", log))) == []
