"""A model's weights are written to both routes under a lock, and only when the gateway has taken them is that told."""

from collections.abc import Callable, Iterator

import pytest

from serving.cluster.route_api import ClusterRoutes, RouteError
from serving.cluster.route_rules import LIVE, OWNER, PREVIOUS
from serving.cluster.route_traffic import CONFLICTS, EASED_SECONDS, Route, RouteTraffic
from serving.errors import ConfigurationError
from serving.lead import Known, Served
from tests.support.route_server import RouteServer, route_server, rule

BLUE, GREEN = Served(slot="blue", release="a" * 64), Served(slot="green", release="b" * 64)


@pytest.fixture
def server() -> Iterator[RouteServer]:
    with route_server() as made:
        for plural in ("httproutes", "grpcroutes"):
            made.put(plural, [rule(100, 0)])
        yield made


@pytest.fixture
def traffic(server: RouteServer) -> RouteTraffic:
    routes = ClusterRoutes("models", server.client())
    http = Route(plural="httproutes", name="digits", rules=[rule()])
    grpc = Route(plural="grpcroutes", name="digits", rules=[rule(), rule()])
    return RouteTraffic(routes, model="digits", http=http, grpc=grpc, sleep=lambda _: None)


def test_weights_are_those_of_the_http_route(traffic: RouteTraffic) -> None:
    assert traffic.read() == {"blue": 100, "green": 0}


def test_both_routes_get_the_whole_template_with_weights(server: RouteServer, traffic: RouteTraffic) -> None:
    traffic.write({"blue": 95, "green": 5})
    assert (server.weights("httproutes"), server.weights("grpcroutes")) == ([95, 5], [95, 5])
    assert len(server.routes["grpcroutes", "digits"]["spec"]["rules"]) == 2, "the template is what the rules become"
    assert all("resourceVersion" in body["metadata"] for _, body in server.patches)


def test_a_slot_enters_a_route_before_it_gets_its_share_and_the_proxies_have_time_to_hear_of_it(
    server: RouteServer, traffic: RouteTraffic
) -> None:
    waited: list[list[int]] = []
    traffic.sleep = lambda seconds: waited.append(server.weights("grpcroutes")) if seconds == EASED_SECONDS else None
    traffic.write({"blue": 90, "green": 10})
    assert waited == [[999_999, 1]]
    assert server.weights("grpcroutes") == [90, 10]


def test_a_slot_that_is_on_its_way_reads_as_one_without_traffic(server: RouteServer, traffic: RouteTraffic) -> None:
    server.put("httproutes", [rule(1, 999_999)])
    assert traffic.read() == {"blue": 0, "green": 100}


def test_routes_without_any_weights_yet_are_nobodys(server: RouteServer, traffic: RouteTraffic) -> None:
    server.put("httproutes", [{"filters": [{"type": "ExtensionRef"}]}])
    assert traffic.read() == {}
    assert traffic.known() == Known()


def test_a_route_that_changed_otherwise_meanwhile_is_read_and_written_again(
    server: RouteServer, traffic: RouteTraffic
) -> None:
    traffic.read()
    faster = iter(range(3))
    server.before_patch = lambda: server.written_by_somebody("httproutes") if next(faster, None) is not None else None
    traffic.write({"blue": 0, "green": 100})
    assert server.weights("httproutes") == [0, 100]


def test_weights_that_somebody_else_wrote_are_not_overwritten_in_silence(
    server: RouteServer, traffic: RouteTraffic
) -> None:
    traffic.read()
    server.written_by_somebody("httproutes", [rule(50, 50)])
    with pytest.raises(
        RouteError, match=r"somebody else wrote httproutes digits: .*'blue': 50, 'green': 50.* instead of"
    ):
        traffic.write({"blue": 95, "green": 5})
    assert server.weights("httproutes") == [50, 50]
    traffic.write({"blue": 100, "green": 0})
    assert server.weights("httproutes") == [100, 0], "the way back is then not refused: it was said who interfered"


def test_weights_that_change_between_reading_and_writing_are_noticed_by_the_lock(
    server: RouteServer, traffic: RouteTraffic
) -> None:
    traffic.read()
    server.before_patch = lambda: server.written_by_somebody("httproutes", [rule(0, 100)])
    with pytest.raises(RouteError, match="somebody else wrote"):
        traffic.write({"blue": 95, "green": 5})


def test_a_route_that_never_stops_changing_is_given_up(server: RouteServer, traffic: RouteTraffic) -> None:
    server.before_patch = lambda: server.written_by_somebody("httproutes")
    with pytest.raises(RouteError, match=f"was changed by others {CONFLICTS} times while it was written"):
        traffic.write({"blue": 95, "green": 5})


def test_rules_that_the_gateway_refuses_are_an_error_with_its_words(server: RouteServer, traffic: RouteTraffic) -> None:
    server.condition = {"status": "False", "reason": "NotAllowedByListeners", "message": "no such listener"}
    with pytest.raises(RouteError, match=r"does not take digits: NotAllowedByListeners \(no such listener\)"):
        traffic.write({"blue": 95, "green": 5})


def test_rules_that_no_gateway_looks_at_are_not_in_force(server: RouteServer, traffic: RouteTraffic) -> None:
    server.condition = None
    with pytest.raises(RouteError, match="no gateway took httproutes digits within 15 s; is its controller running"):
        traffic.write({"blue": 95, "green": 5})


def test_what_is_live_is_noted_at_the_http_route_and_read_again(server: RouteServer, traffic: RouteTraffic) -> None:
    for known in (Known(live=BLUE), Known(live=GREEN, previous=BLUE), Known(live=BLUE)):
        assert known.live is not None
        traffic.write({"blue": 0, "green": 0, known.live.slot: 100})
        traffic.remember(known)
        assert traffic.known() == known
    assert server.annotations() == {LIVE: f"blue@{'a' * 64}"}, "what is not known any more is removed"
    assert PREVIOUS not in server.annotations()


def test_what_is_not_live_any_more_is_not_noted(server: RouteServer, traffic: RouteTraffic) -> None:
    traffic.write({"blue": 0, "green": 100})
    server.written_by_somebody("httproutes", [rule(100, 0)])
    assert traffic.read() == {"blue": 100, "green": 0}
    with pytest.raises(RouteError, match=r"somebody else wrote httproutes digits: .*'blue': 100.* instead of"):
        traffic.remember(Known(live=GREEN, previous=BLUE))
    assert server.annotations() == {}


def test_a_note_is_taken_under_the_lock(server: RouteServer, traffic: RouteTraffic) -> None:
    traffic.write({"blue": 0, "green": 100})
    server.before_patch = lambda: server.written_by_somebody("httproutes", [rule(100, 0)])
    with pytest.raises(RouteError, match="somebody else wrote"):
        traffic.remember(Known(live=GREEN))
    assert server.annotations() == {}


def test_a_shift_that_begins_takes_the_routes_over(server: RouteServer, traffic: RouteTraffic) -> None:
    traffic.claim("old")
    traffic.write({"blue": 50, "green": 50})
    newer = RouteTraffic(traffic.routes, model="digits", http=traffic.http, grpc=traffic.grpc, sleep=lambda _: None)
    newer.claim("new")
    before = len(server.patches)
    changes: list[Callable[[], None]] = [
        lambda: traffic.write({"blue": 0, "green": 100}),
        lambda: traffic.write({"blue": 100, "green": 0}),
        lambda: traffic.remember(Known(live=GREEN)),
    ]
    for refused in changes:
        with pytest.raises(RouteError, match=r"another shift has taken over httproutes digits \(new\)"):
            refused()
    assert len(server.patches) == before, "not even its way back: the weights are not its own any more"
    newer.write({"blue": 100, "green": 0})
    newer.remember(Known(live=BLUE))
    assert server.annotations() == {LIVE: f"blue@{'a' * 64}", OWNER: "new"}


def test_a_takeover_between_reading_and_writing_is_noticed_by_the_lock(
    server: RouteServer, traffic: RouteTraffic
) -> None:
    traffic.claim("old")

    def take_over() -> None:
        server.written_by_somebody("httproutes")
        server.annotations()[OWNER] = "new"

    server.before_patch = take_over
    with pytest.raises(RouteError, match="another shift has taken over"):
        traffic.write({"blue": 0, "green": 100})
    assert server.weights("httproutes") == [100, 0]


def test_without_a_note_the_slot_with_most_traffic_is_live(server: RouteServer, traffic: RouteTraffic) -> None:
    server.put("httproutes", [rule(5, 95)])
    assert traffic.known() == Known(live=Served(slot="green", release=""))


def test_mirroring_is_refused_and_its_end_is_not(traffic: RouteTraffic) -> None:
    traffic.mirror("green", None)
    with pytest.raises(ConfigurationError, match=r"set shift.mirror_percent to 0"):
        traffic.mirror("green", 10)


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (
            (403, "Forbidden"),
            "httproutes models/digits cannot be read: 403 Forbidden; the ServiceAccount needs get and",
        ),
        ((404, "NotFound"), "httproutes models/digits cannot be read: 404 NotFound; the route is not there"),
        ((500, "Internal"), "httproutes models/digits cannot be read: 500 Internal"),
    ],
)
def test_what_the_api_refuses_is_a_sentence(
    server: RouteServer, traffic: RouteTraffic, refusal: tuple[int, str], said: str
) -> None:
    server.refuse = refusal
    with pytest.raises(RouteError, match=said):
        traffic.read()


def test_an_api_that_does_not_answer_is_a_sentence() -> None:
    with route_server() as gone:
        client = gone.client()
    client.configuration.retries = False
    with pytest.raises(RouteError, match="cannot be read: the API does not answer"):
        ClusterRoutes("models", client).read("httproutes", "digits")
