"""What `make status` shows of a stack on a cluster, from documents."""

from dataclasses import replace

from components.kubernetes.stack_view import StackView
from components.kubernetes.status import StackStatus, stack_status
from tests.support.cluster_view import NEW, OLD, deployment, job, pod, route

COUNTED = "\n".join(
    f'envoy_cluster_upstream_rq_completed{{envoy_cluster_name="{name}"}} {count}'
    for name, count in {
        "httproute/models/fraud-score/rule/0/backend/0": 10,
        "grpcroute/models/fraud-score/rule/0/backend/0": 5,
        "httproute/models/fraud-score-blue/rule/0/backend/0": 2,
        "httproute/models/fraud-score-green/rule/0/backend/0": 3,
        "httproute/elsewhere/fraud-score/rule/0/backend/0": 99,
    }.items()
)
FAILED = (
    'envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",'
    'envoy_cluster_name="httproute/models/fraud-score/rule/0/backend/0"} 1'
)
VIEW = StackView(
    deployments=[deployment("green", NEW, version=NEW[:12], replicas=1), deployment("blue", OLD)],
    pods=[pod("blue", OLD, restarts=1), pod("blue", OLD), pod("green", NEW, ready=False)],
    routes={
        "fraud-score": route(blue=100, green=0, live=f"blue@{OLD}"),
        "fraud-score-blue": route("fraud-score-blue", blue=1),
        "fraud-score-green": route("fraud-score-green", green=1),
    },
    jobs=[job("shift", "s", "2026-01-01T00:00:00Z")],
    last_words={"s": "step 5%"},
    counted=[COUNTED, f"{COUNTED}\n{FAILED}"],
)


def shown(view: StackView) -> StackStatus:
    return stack_status(view, ["fraud_score"])


def with_route(**changes: object) -> StackView:
    return replace(VIEW, routes={**(VIEW.routes or {}), "fraud-score": route(**changes)})  # type: ignore[arg-type]


def test_each_slot_is_shown_by_its_name_in_the_stack_file() -> None:
    blue, green = shown(VIEW).slots
    assert (blue.model, blue.slot, blue.role, blue.release) == ("fraud_score", "blue", "live", f"7 ({OLD[:12]})")
    assert (blue.weight, blue.pods, blue.health, blue.restarts) == ("100%", "2/2", "ok", 1)
    assert (green.slot, green.role, green.weight, green.pods) == ("green", "idle", "0%", "0/1")
    assert green.release == NEW[:12], "a release without a version is not named twice"
    assert not shown(VIEW).well


def test_requests_are_added_up_over_proxies_and_protocols_and_ways_to_a_slot() -> None:
    blue, green = shown(VIEW).slots
    assert (blue.requests, blue.errors) == (34, 1)
    assert (green.requests, green.errors) == (6, 0)


def test_what_could_not_be_read_is_unknown_and_says_why() -> None:
    view = replace(VIEW, pods=None, routes=None, counted=None, unread=["pods cannot be read here (Forbidden)"])
    blue = shown(view).slots[0]
    unknown = (blue.role, blue.weight, blue.pods, blue.health, blue.restarts, blue.requests, blue.errors)
    assert unknown == (None,) * 7
    assert not shown(view).well, "health that nobody knows is not good health"
    assert shown(view).text().endswith("\n\npods cannot be read here (Forbidden)")


def test_a_model_without_a_route_takes_no_traffic() -> None:
    assert {slot.role for slot in shown(replace(VIEW, routes={})).slots} == {"idle"}


def test_a_pod_on_its_way_out_is_not_counted() -> None:
    leaving = pod("blue", OLD)
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert shown(replace(VIEW, pods=[pod("blue", OLD), leaving])).slots[0].pods == "1/2"


def test_a_shift_that_was_cut_off_is_told() -> None:
    (note,) = shown(with_route(blue=95, green=5, live=f"blue@{OLD}")).notes
    assert note.startswith("fraud_score: green takes 5% and is not live yet: a shift is under way, or was cut off")


def test_a_slot_to_go_back_to_is_told_while_it_has_its_release() -> None:
    back = shown(with_route(blue=0, green=100, live=f"green@{NEW}", previous=f"blue@{OLD}"))
    assert back.notes == ["fraud_score: blue was live before and still has that release; a rollback needs no shift."]
    assert shown(with_route(blue=0, green=100, live=f"green@{NEW}", previous=f"blue@{NEW}")).notes == []


def test_slots_and_rollouts_are_two_tables() -> None:
    slots, rollouts = shown(VIEW).text().split("\n\n")
    assert slots.splitlines()[1].split()[:4] == ["fraud_score", "blue", "live", "7"]
    assert rollouts.splitlines()[1].split() == ["fraud_score", "shift", "s", "running", "step", "5%"]
