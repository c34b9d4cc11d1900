import re

import pytest
from cluster_mutants import BLUE, PINNED, SERVER
from planned_stack import ADMIN_APIS, COMMAND, GRPC_RESTRICTION, HTTP_RESTRICTION, messages, spoil

ID = "triton-admin-restricted"
KEY = "x-slipway-admin={admin_key}"


def _with(*more: str) -> list[str]:
    return messages(ID, spoil("digits-blue", "command", [*COMMAND, *more]))


def _without(flag: str, *instead: str) -> list[str]:
    kept = [argument for argument in COMMAND if not argument.startswith(flag)]
    return messages(ID, spoil("digits-blue", "command", [*kept, *instead]))


@pytest.mark.parametrize(
    ("flag", "instead", "message"),
    [
        ("--model-control-mode", ["--model-control-mode=poll"], 'is "poll".*Fix: use --model-control-mode=explicit'),
        ("--model-control-mode", [], "is not set"),
    ],
)
def test_a_flag_that_opens_the_server_is_refused(flag: str, instead: list[str], message: str) -> None:
    (found,) = _without(flag, *instead)
    assert re.search(message, found)
    assert "Where: digits/blue, command." in found


@pytest.mark.parametrize("flag", ["--http-restricted-api", "--grpc-restricted-protocol"])
def test_every_admin_api_is_restricted_by_both_protocols(flag: str) -> None:
    assert [re.search(r"restricts (\S+) 0 times", found).group(1) for found in _without(flag)] == sorted(  # type: ignore[union-attr]
        ADMIN_APIS.split(",")
    )


@pytest.mark.parametrize("position", [HTTP_RESTRICTION, GRPC_RESTRICTION])
def test_a_single_api_left_open_is_named(position: int) -> None:
    shorter = COMMAND[position].replace("trace,", "")
    (found,) = messages(ID, spoil("digits-blue", f"command[{position}]", shorter))
    assert "restricts trace 0 times" in found


def test_an_api_that_is_restricted_twice_is_refused() -> None:
    (found,) = _with(f"--http-restricted-api=logging:{KEY}")
    assert "--http-restricted-api restricts logging 2 times" in found


@pytest.mark.parametrize("key", ["x-admin=hunter2", "x-admin=", "", "x-admin=hunter2{admin_key}"])
def test_a_key_on_the_command_line_is_refused_and_not_repeated(key: str) -> None:
    found = _without("--http-restricted-api", f"--http-restricted-api={ADMIN_APIS}:{key}")
    assert len(found) == 1
    assert "holds its key in plain text, or none" in found[0]
    assert "hunter2" not in found[0]


def test_a_key_from_a_kubernetes_secret_is_as_good_as_the_placeholder() -> None:
    assert _without("--http-restricted-api", f"--http-restricted-api={ADMIN_APIS}:x-admin=$(ADMIN_KEY)") == []


def test_the_restrictions_may_be_spread_over_flags_and_words() -> None:
    one, *others = ADMIN_APIS.split(",")
    spread = ["--http-restricted-api", f"{one}:{KEY}", f"--http-restricted-api={','.join(others)}:{KEY}"]
    assert _without("--http-restricted-api", *spread) == []


@pytest.mark.parametrize("door", ["--allow-sagemaker=true", "--allow-vertex-ai=1", "--allow-sagemaker"])
def test_a_second_inference_endpoint_is_refused(door: str) -> None:
    (found,) = _with(door)
    assert "opens a second inference endpoint" in found


def test_a_second_endpoint_that_is_off_is_no_finding() -> None:
    assert _with("--allow-sagemaker=false", "--allow-vertex-ai", "0") == []


def test_tracing_is_refused() -> None:
    (found,) = _with("--trace-config=level=TIMESTAMPS")
    assert "writes requests to files" in found


def test_the_server_of_a_pod_is_held_to_the_same() -> None:
    (found,) = messages(ID, spoil(BLUE, f"{SERVER}.args[1]", "--model-control-mode=poll"))
    assert f'is "poll". Where: Deployment {BLUE}, {SERVER}.command.' in found


def test_the_key_of_a_pod_comes_from_a_secret() -> None:
    literal = [{"name": "SLIPWAY_ADMIN_KEY", "value": "hunter2"}]
    (found,) = messages(ID, spoil(BLUE, f"{SERVER}.env", literal))
    assert "SLIPWAY_ADMIN_KEY, which closes the administration APIs, comes from no Secret" in found
    assert "hunter2" not in found


@pytest.mark.parametrize(
    ("kind", "path", "passes"),
    [
        ("Exact", "/v2/models/tumours/infer", True),
        ("Exact", "/v2/models/tumours", True),
        ("PathPrefix", "/v2", False),
        ("PathPrefix", "/", False),
        ("Exact", "/v2/repository/index", False),
        ("Exact", "/v2/logging", False),
        ("Exact", "/v2/trace/setting", False),
        ("PathPrefix", "/v2/systemsharedmemory", False),
        ("Exact", "/v2/models/tumours/config", False),
        ("Exact", "/v2/models/tumours/stats", False),
    ],
)
def test_a_route_leads_to_inference_metadata_and_health_only(kind: str, path: str, passes: bool) -> None:
    found = messages(ID, spoil(PINNED, "spec.rules[0].matches[0].path", {"type": kind, "value": path}))
    assert (found == []) is passes
    assert passes or f'the route leads to the administration APIs by "{path}"' in found[0]


def test_what_the_gateway_answers_itself_opens_nothing() -> None:
    silent = {"matches": [{"path": {"type": "PathPrefix", "value": "/"}}], "filters": [{"type": "ExtensionRef"}]}
    assert messages(ID, spoil(PINNED, "spec.rules", [silent])) == []
