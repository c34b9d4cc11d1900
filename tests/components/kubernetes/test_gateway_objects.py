"""What the gateway's objects say: routes, who may, limits, the guard, the proxies."""

import json
from dataclasses import replace
from typing import Any

import pytest

from components.aws import edge_waf
from components.kubernetes import gateway_policies, gateway_proxy, gateway_routes
from components.kubernetes.cluster_site import Origin, Site
from components.kubernetes.document import Document
from components.request_guard import script
from serving.cluster.route_rules import clusters_of, weighted
from serving.counters import LATENCY_BUCKETS_MS
from serving.gateway_names import ORIGIN_HEADER
from tests.support.cluster_examples import GATEWAY, SITE, model_spec, only_blue, release_spec

SPEC = model_spec()
FRAUD = model_spec("fraud_score", slots=only_blue("fraud_score"))


def clients_of(policy: Document) -> list[str]:
    (rule,) = policy["spec"]["authorization"]["rules"]
    values: list[str] = rule["principal"]["headers"][0]["values"]
    return values


@pytest.mark.parametrize("kind", ["http", "grpc"])
def test_a_shift_finds_both_slots_in_every_rule_in_one_order_and_counts_them_apart(kind: str) -> None:
    rules = gateway_routes.rules_template(SPEC)[kind]
    for rule in rules:
        assert [backend["name"] for backend in rule["backendRefs"]] == ["digits-blue", "digits-green"]
        assert all(backend["filters"] for backend in rule["backendRefs"]), "without them both slots are one cluster"
    shifted = weighted(rules, "digits", {"blue": 95, "green": 5})
    assert [backend["weight"] for backend in shifted[0]["backendRefs"]] == [95, 5]
    assert clusters_of("httproute/models/digits", rules, "digits", "green") == [
        "httproute/models/digits/rule/0/backend/1"
    ]


def test_an_answer_says_which_slot_gave_it_and_which_release_that_runs() -> None:
    blue, green = gateway_routes.rules_template(FRAUD)["http"][0]["backendRefs"]
    said = {each["name"]: each["value"] for each in blue["filters"][0]["responseHeaderModifier"]["set"]}
    assert said == {"x-slipway-slot": "blue", "x-slipway-release": release_spec("fraud_score", "1")["sha256"][:12]}
    assert [each["name"] for each in green["filters"][0]["responseHeaderModifier"]["set"]] == ["x-slipway-slot"]


def test_rest_and_grpc_reach_a_model_by_its_own_name_however_the_cluster_writes_it() -> None:
    (rest,), (grpc,) = (gateway_routes.rules_template(FRAUD)[kind] for kind in ("http", "grpc"))
    assert [match["path"]["value"] for match in rest["matches"]] == [
        "/v2/models/fraud_score/infer",
        "/v2/models/fraud_score",
        "/v2/models/fraud_score/ready",
    ]
    assert grpc["matches"][0]["headers"] == [{"type": "Exact", "name": "x-slipway-model", "value": "fraud_score"}]
    assert {backend["name"] for backend in rest["backendRefs"]} == {"fraud-score-blue", "fraud-score-green"}


def test_a_pinned_route_leads_to_its_slot_alone() -> None:
    (rule,) = gateway_routes.pinned_route(SITE, "HTTPRoute", SPEC, "green")["spec"]["rules"]
    assert [backend["name"] for backend in rule["backendRefs"]] == ["digits-green"]
    for match in rule["matches"]:
        assert {"type": "Exact", "name": "x-slipway-slot", "value": "green"} in match["headers"]


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute"])
def test_before_anybody_is_live_users_are_told_so(kind: str) -> None:
    (rule,) = gateway_routes.user_route(SITE, kind, "digits")["spec"]["rules"]
    assert "backendRefs" not in rule
    answer = gateway_routes.not_yet(SITE, "digits")
    assert rule["filters"][0]["extensionRef"]["name"] == answer["metadata"]["name"]
    assert answer["spec"]["directResponse"]["statusCode"] == 503
    said = json.loads(answer["spec"]["directResponse"]["body"]["inline"])
    assert "takes no traffic yet" in said["error"]
    assert said["request_id"] == "%REQ(X-REQUEST-ID)%", "the guard would take it for a model server's failure"


def test_a_model_is_called_by_its_clients_and_pinned_by_those_who_may() -> None:
    users, pinners = gateway_policies.model_access(SITE, "digits", GATEWAY["clients"])
    assert clients_of(users) == ["demo", "on-call", "slipway-operator"]
    assert clients_of(pinners) == ["on-call", "slipway-operator"]
    assert users["spec"]["authorization"]["defaultAction"] == "Deny"
    targets = {(target["kind"], target["name"]) for target in pinners["spec"]["targetRefs"]}
    assert targets == {(kind, f"digits-{slot}") for kind in ("HTTPRoute", "GRPCRoute") for slot in ("blue", "green")}


def test_a_route_without_a_policy_of_its_own_is_closed() -> None:
    closed = gateway_policies.closed_gateway(SITE)
    assert closed["spec"]["authorization"] == {"defaultAction": "Deny", "rules": []}
    assert closed["spec"]["targetRefs"] == [
        {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "gateway"}
    ]


def rules_of(policy: Document) -> dict[str, Document]:
    return {rule["name"]: rule for rule in policy["spec"]["authorization"]["rules"]}


@pytest.mark.parametrize("grpc_apart", [True, False])
def test_behind_a_firewall_clients_are_let_in_by_what_only_it_sends_and_gates_without(grpc_apart: bool) -> None:
    guarded = replace(SITE, origin=Origin(secret="only-it-knows", grpc_apart=grpc_apart))
    users, pinners = gateway_policies.model_access(guarded, "digits", GATEWAY["clients"])
    for policy, clients in ((users, ["demo", "on-call"]), (pinners, ["on-call"])):
        who = {"name": "x-slipway-client", "values": clients}
        rules = rules_of(policy)
        assert rules["clients"]["principal"] == {
            "headers": [who, {"name": "x-slipway-origin", "values": ["only-it-knows"]}]
        }
        assert "operation" not in rules["clients"]
        assert rules["operator"]["principal"] == {
            "headers": [{"name": "x-slipway-client", "values": ["slipway-operator"]}]
        }
        assert ("grpc" in rules) == grpc_apart
        if grpc_apart:
            assert rules["grpc"]["principal"] == {"headers": [who]}
            path = {"type": "PathPrefix", "value": "/inference.GRPCInferenceService/"}
            assert rules["grpc"]["operation"] == {"path": path}, "only gRPC has a door beside the firewall"


def test_what_the_firewall_sends_goes_no_further_than_the_gateway() -> None:
    rule = gateway_routes.rules_template(SPEC)["http"][0]
    assert "x-slipway-origin" in rule["filters"][0]["requestHeaderModifier"]["remove"]
    assert ORIGIN_HEADER == edge_waf.ORIGIN_HEADER


def test_whoever_asks_whether_the_gateway_is_there_needs_no_key() -> None:
    answer, route = gateway_routes.health(SITE)
    assert answer["spec"]["directResponse"]["statusCode"] == 200
    (rule,) = route["spec"]["rules"]
    assert rule["matches"] == [{"path": {"type": "Exact", "value": "/healthz"}, "method": "GET"}]
    assert "backendRefs" not in rule, "it leads to no model"
    assert rule["filters"][0]["extensionRef"]["name"] == answer["metadata"]["name"]
    policy = gateway_policies.open_health(SITE)["spec"]
    assert policy == {
        "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "health"}],
        "authorization": {"defaultAction": "Allow"},
    }


def test_a_key_is_read_from_its_header_and_never_passed_on() -> None:
    auth = gateway_policies.closed_gateway(SITE)["spec"]["apiKeyAuth"]
    assert auth["extractFrom"] == [{"headers": ["x-api-key"]}]
    assert auth["sanitize"] is True
    assert auth["forwardClientIDHeader"] == "x-slipway-client"
    assert auth["credentialRefs"][0]["name"] == "gateway-keys"


def test_a_caller_cannot_say_who_it_is_or_which_model_it_may_reach() -> None:
    headers = gateway_policies.client_traffic(SITE, GATEWAY)["spec"]["headers"]
    assert set(headers["earlyRequestHeaders"]["remove"]) == {"x-slipway-client", "x-slipway-model"}


def test_paths_are_what_they_look_like() -> None:
    path = gateway_policies.client_traffic(SITE, GATEWAY)["spec"]["path"]
    assert path == {"escapedSlashesAction": "RejectRequest", "disableMergeSlashes": False}


def test_requests_are_bounded_in_size_time_and_number() -> None:
    spec = gateway_policies.backend_traffic(SITE, GATEWAY)["spec"]
    assert spec["requestBuffer"] == {"limit": str(4 * 1024 * 1024)}
    assert spec["timeout"]["http"]["requestTimeout"] == "15s"
    assert spec["retry"]["numRetries"] == 16
    assert spec["circuitBreaker"]["maxParallelRequests"] == 1024
    everybody, demo = spec["rateLimit"]["local"]["rules"]
    assert everybody["limit"] == {"requests": 1000, "unit": "Second"}
    assert everybody["clientSelectors"][0]["headers"][0] == {"name": "x-slipway-client", "type": "Distinct"}
    assert demo["limit"] == {"requests": 5, "unit": "Second"}
    assert demo["clientSelectors"][0]["headers"][0]["value"] == "demo"


def test_the_load_of_a_gate_is_not_counted_as_a_clients() -> None:
    everybody, *named = gateway_policies.backend_traffic(SITE, GATEWAY)["spec"]["rateLimit"]["local"]["rules"]
    _, but = everybody["clientSelectors"][0]["headers"]
    assert but == {"name": "x-slipway-client", "type": "Exact", "value": "slipway-operator", "invert": True}
    assert "slipway-operator" not in str(named), "a rule of its own would hold beside everybody's, not instead of it"


@pytest.mark.parametrize("status", [401, 403, 413, 429])
def test_a_refusal_says_in_words_what_to_do(status: int) -> None:
    overrides = gateway_policies.backend_traffic(SITE, GATEWAY)["spec"]["responseOverride"]
    (found,) = [each for each in overrides if each["match"]["statusCodes"][0]["value"] == status]
    assert json.loads(found["response"]["body"]["inline"])["error"].endswith((".", "second."))


def test_the_guard_is_the_one_of_one_machine_but_for_who_knows_readiness() -> None:
    (lua,) = gateway_policies.request_guard(SITE)["spec"]["lua"]
    assert lua["inline"] == script("endpoints")
    assert gateway_proxy.envoy_proxy(SITE, GATEWAY)["spec"]["luaValidation"] == "InsecureSyntax"


def test_proxies_count_as_finely_as_on_one_machine() -> None:
    bootstrap = json.loads(gateway_proxy.envoy_proxy(SITE, GATEWAY)["spec"]["bootstrap"]["value"])
    (setting,) = bootstrap["stats_config"]["histogram_bucket_settings"]
    assert setting["buckets"] == list(LATENCY_BUCKETS_MS)
    assert bootstrap["stats_flush_interval"] == "1s"


def test_the_access_log_never_names_the_key_or_the_query() -> None:
    (settings,) = gateway_proxy.envoy_proxy(SITE, GATEWAY)["spec"]["telemetry"]["accessLog"]["settings"]
    text = json.dumps(settings).lower()
    assert "api-key" not in text
    assert "%path(nq)%" in text
    assert "%req(:path)%" not in text


def kubernetes_of(site: Site = SITE, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = gateway_proxy.envoy_proxy(site, {**GATEWAY, **changes})["spec"]["provider"]["kubernetes"]
    return found


@pytest.mark.parametrize("kind", ["ClusterIP", "NodePort", "LoadBalancer"])
def test_the_gateway_has_the_service_that_was_asked_for_under_a_name_that_is_known(kind: str) -> None:
    service = kubernetes_of(service_type=kind)["envoyService"]
    assert (service["name"], service["type"]) == ("models-gateway", kind)
    assert ("externalTrafficPolicy" in service) == (kind != "ClusterIP")


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_a_service_that_others_reach_has_no_port_for_clear_text(kind: str) -> None:
    patch = kubernetes_of(service_type=kind)["envoyService"]["patch"]
    assert patch == {"type": "StrategicMerge", "value": {"spec": {"ports": [{"port": 80, "$patch": "delete"}]}}}
    assert "patch" not in kubernetes_of(service_type="ClusterIP")["envoyService"]


def test_gates_enter_by_a_service_of_their_own_where_the_gateways_own_is_reached_from_outside() -> None:
    published = replace(SITE, published=True)
    assert SITE.gateway_url == "http://models-gateway.envoy-gateway-system.svc"
    assert published.gateway_url == "http://models-gateway-inside.envoy-gateway-system.svc"
    service = gateway_proxy.inside_service(published)
    assert service["metadata"]["name"] == "models-gateway-inside"
    assert service["metadata"]["namespace"] == "envoy-gateway-system"
    assert service["spec"] == {
        "type": "ClusterIP",
        "selector": SITE.proxy_labels,
        "ports": [{"name": "http", "port": 80, "targetPort": 10080, "protocol": "TCP"}],
    }


def test_proxies_leave_one_after_the_other_and_stand_apart_where_they_can() -> None:
    kubernetes = kubernetes_of()
    assert kubernetes["envoyPDB"] == {"maxUnavailable": 1}
    spread = kubernetes["envoyDeployment"]["pod"]["topologySpreadConstraints"]
    assert [each["topologyKey"] for each in spread] == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    for each in spread:
        assert each["whenUnsatisfiable"] == "ScheduleAnyway", "one node must be enough"
        assert each["labelSelector"] == {"matchLabels": SITE.proxy_labels}


def test_proxies_are_as_important_as_what_serves_behind_them() -> None:
    assert kubernetes_of(priority_class="high")["envoyDeployment"]["pod"]["priorityClassName"] == "high"
    assert "priorityClassName" not in kubernetes_of()["envoyDeployment"]["pod"]


def test_images_of_a_private_registry_are_pulled_for_proxies_too() -> None:
    private = replace(SITE, pull_secrets=("registry",))
    assert kubernetes_of(private)["envoyDeployment"]["pod"]["imagePullSecrets"] == [{"name": "registry"}]
    assert "imagePullSecrets" not in kubernetes_of()["envoyDeployment"]["pod"]


def test_what_the_clusters_owner_set_for_every_proxy_holds() -> None:
    spec = gateway_proxy.envoy_proxy(SITE, GATEWAY)["spec"]
    assert spec["mergeType"] == "StrategicMerge"
    assert "image" not in spec["provider"]["kubernetes"]["envoyDeployment"]["container"]


def test_the_labels_by_which_envoy_gateway_finds_its_proxies_are_left_to_it() -> None:
    kubernetes = gateway_proxy.envoy_proxy(SITE, GATEWAY)["spec"]["provider"]["kubernetes"]
    for labels in (kubernetes["envoyService"]["labels"], kubernetes["envoyDeployment"]["pod"]["labels"]):
        assert labels == {"slipway.dev/stack": "test"}


def test_a_certificate_adds_a_listener_of_tls_1_2_or_newer() -> None:
    secured = replace(SITE, tls_secret="gateway-tls")
    listeners: list[dict[str, Any]] = gateway_proxy.gateway(secured)["spec"]["listeners"]
    (https,) = [each for each in listeners if each["protocol"] == "HTTPS"]
    assert (https["port"], https["tls"]["certificateRefs"][0]["name"]) == (443, "gateway-tls")
    assert gateway_policies.client_traffic(secured, GATEWAY)["spec"]["tls"] == {"minVersion": "1.2"}
    assert len(gateway_proxy.gateway(SITE)["spec"]["listeners"]) == 1


def test_every_proxy_is_read_also_one_that_is_not_ready() -> None:
    spec = gateway_proxy.metrics_service(SITE)["spec"]
    assert (spec["clusterIP"], spec["publishNotReadyAddresses"]) == ("None", True)
    assert spec["selector"] == SITE.proxy_labels
    assert SITE.metrics_url == "http://models-gateway-metrics.envoy-gateway-system.svc:19001"
