import pytest
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "payload-logging-masked"
FORMAT = "spec.telemetry.accessLog.settings[0].format"


def test_a_log_of_paths_and_clients_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []
    assert messages(ID, spoil("proxies", "spec.telemetry", MISSING)) == []


@pytest.mark.parametrize(
    "telling", ["%REQ(X-API-KEY)%", "%REQ(authorization):10%", "%RESP(SET-COOKIE)%", "%QUERY_PARAM(key)%"]
)
@pytest.mark.parametrize("as_text", [True, False])
def test_what_admits_a_caller_is_not_logged(telling: str, as_text: bool) -> None:
    format_ = {"type": "Text", "text": f"a {telling} b"} if as_text else {"type": "JSON", "json": {"x": telling}}
    (found,) = messages(ID, spoil("proxies", FORMAT, format_))
    assert f"with {telling} the access log tells too much. Where: EnvoyProxy proxies, {FORMAT}." in found


def test_other_objects_are_left_alone() -> None:
    settings = [{"format": {"text": "%REQ(COOKIE)%"}}]
    props = {"spec": {"telemetry": {"accessLog": {"settings": settings}}}}
    assert messages(ID, put(resource("kubernetes:core/v1:ConfigMap", "none", props))) == []
