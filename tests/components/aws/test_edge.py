import itertools
import json
from dataclasses import replace
from typing import Any

import pytest

from components.aws.access_log_format import FIELDS
from components.aws.edge_spec import (
    CloudFrontWaf,
    EdgeSpec,
    GrpcPublic,
    Jwt,
    Mtls,
    NoGrpc,
    Route,
    Throttle,
    edge_problems,
)  # fmt: skip
from components.aws.target_registrar import registrar_policy
from tests.support.aws_examples import EDGE, OPEN_EDGE, PROD, make_edge, make_guarded_edge
from tests.support.recording import Graph, reaches, reaches_all, record

MTLS = Mtls(truststore_uri="s3://b/ca.pem", version="7")


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record(lambda: make_edge("edge", PROD))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"domain": None, "zone_id": None}, "edge.domain is missing; prod needs one, because the execute-api address cannot be disabled without it."),
        ({"zone_id": None}, "edge.zone_id is missing; give the Route 53 zone of models.example.com, which proves the certificate."),
        ({"timeout_ms": 60000}, "edge.timeout_ms is 60000; HTTP APIs stop at 30,000. Use the gRPC listener, or answer asynchronously."),
        ({"timeout_ms": 10}, "edge.timeout_ms is 10; HTTP APIs start at 50. Use the gRPC listener, or answer asynchronously."),
        ({"jwt": None}, "edge.routes[0].auth is jwt, but edge.jwt is missing; give issuer and audiences, or spell out auth: gateway (Envoy's API keys)."),
        ({"jwt": Jwt(issuer="http://i", audiences=("a",))}, 'edge.jwt.issuer is "http://i"; it must begin with https://.'),
        ({"jwt": Jwt(issuer="https://i", audiences=())}, "edge.jwt.audiences has 0 entries; give 1 to 50."),
        ({"routes": (Route(key="v2"),)}, 'edge.routes[0].key is "v2"; write a method and a path such as ANY /v2/{proxy+}.'),
        ({"routes": (Route(key="ANY /v2", scopes=tuple("abcdefghijk")),)}, "edge.routes[0].scopes has 11 entries; HTTP APIs stop at 10."),
        ({"routes": tuple(Route(key=f"GET /{n}") for n in range(301))}, "edge.routes has 301 entries; HTTP APIs stop at 300."),
        ({"grpc": GrpcPublic(allowed_cidrs=("0.0.0.0/0",))}, "edge.grpc.allowed_cidrs has 0.0.0.0/0, which opens the models to everyone; list your clients' ranges."),
        ({"grpc": GrpcPublic(allowed_cidrs=())}, "edge.grpc.allowed_cidrs is empty; list the ranges of your clients, or use internal."),
        ({"throttle": Throttle(requests_per_second=10, burst=0)}, "edge.throttle has a limit below 1; no request would pass. Give requests_per_second and burst."),
        ({"log_retention_days": 15}, "edge.log_retention_days is 15; CloudWatch accepts 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."),
        ({"mtls": Mtls(truststore_uri="s3://b/ca.pem", version="")}, "edge.mtls.version is missing; without it a changed bundle is never read."),
        ({"mtls": MTLS, "waf": CloudFrontWaf(origin_secret="x")}, "edge.mtls and edge.waf cloudfront cannot stand together: the API would ask CloudFront for a client certificate, and it presents none here. Leave one of them out."),
        ({"deregistration_seconds": 300}, "edge.deregistration_seconds is 300, longer than Envoy drains (90 s); a pod must outlive its registration."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_place_value_and_what_to_do(change: dict[str, Any], sentence: str) -> None:
    assert list(edge_problems(replace(EDGE, **change), production=True)) == [sentence]


def test_a_range_that_cannot_be_read_is_a_sentence_too() -> None:
    spec = replace(EDGE, grpc=GrpcPublic(allowed_cidrs=("office",)))
    (sentence,) = edge_problems(spec, production=True)
    assert sentence.startswith('edge.grpc.allowed_cidrs has "office", which is no range')


def test_without_a_domain_dev_needs_a_certificate_and_loses_what_only_a_domain_has() -> None:
    spec = replace(OPEN_EDGE, domain=None, zone_id=None)
    assert list(edge_problems(spec, production=False)) == [
        "edge.domain is missing, and edge.certificate_arn with edge.server_name too; give one of them: the load balancer answers over TLS only."
    ]
    named = replace(spec, certificate_arn="arn:c", server_name="models.internal")
    assert list(edge_problems(named, production=False)) == []
    needs: dict[str, dict[str, Any]] = {
        "edge.mtls needs edge.domain: only a custom domain asks clients for certificates.": {"mtls": MTLS},
        "edge.waf is cloudfront, which needs edge.domain.": {"waf": CloudFrontWaf(origin_secret="x")},
    }
    for sentence, change in needs.items():
        assert list(edge_problems(replace(named, **change), production=False)) == [sentence]


def test_the_balancer_is_internal_has_its_group_from_birth_and_logs(graph: Graph) -> None:
    balancer = graph.one("LoadBalancer")
    assert balancer.inputs["internal"]
    assert balancer.inputs["securityGroups"] == ["edge-balancer-group-id"]
    assert balancer.inputs["enableDeletionProtection"]
    assert balancer.inputs["accessLogs"]["enabled"]


def test_every_listener_and_every_target_speaks_tls(graph: Graph) -> None:
    assert {found.inputs["protocol"] for found in graph.of("Listener", "TargetGroup")} == {"TLS"}
    assert {found.inputs["sslPolicy"] for found in graph.of("Listener")} == {"ELBSecurityPolicy-TLS13-1-2-2021-06"}
    grpc = graph.named("edge-balancer-grpc-listener")
    assert (grpc.inputs["port"], grpc.inputs["alpnPolicy"]) == (8443, "HTTP2Only")


def test_a_leaving_pod_is_forgotten_before_envoy_has_drained(graph: Graph) -> None:
    for group in graph.of("TargetGroup"):
        assert group.inputs["deregistrationDelay"] == 60
        assert group.inputs["connectionTermination"]
        assert group.inputs["preserveClientIp"] == "false"
        assert (group.inputs["healthCheck"]["interval"], group.inputs["healthCheck"]["healthyThreshold"]) == (10, 2)


def test_the_link_reaches_only_the_balancer_and_the_balancer_only_envoy(graph: Graph) -> None:
    out = {rule.name: rule.inputs for rule in graph.of("SecurityGroupEgressRule")}
    assert out["edge-api-link-to-balancer"]["referencedSecurityGroupId"] == "edge-balancer-group-id"
    ports = {rule["fromPort"] for name, rule in out.items() if rule["securityGroupId"] == "edge-balancer-group-id"}
    assert ports == {EDGE.envoy.requests, EDGE.envoy.ready}
    assert not any(rule.get("cidrIpv4") for rule in out.values())


def test_the_api_cannot_be_reached_around_its_domain(graph: Graph) -> None:
    assert graph.one("Api").inputs["disableExecuteApiEndpoint"]
    assert graph.one("DomainName").inputs["domainNameConfiguration"]["securityPolicy"] == "TLS_1_2"


def test_requests_go_through_the_link_over_tls_to_the_name_on_the_certificate(graph: Graph) -> None:
    integration = graph.one("Integration").inputs
    assert integration["connectionType"] == "VPC_LINK"
    assert integration["tlsConfig"] == {"serverNameToVerify": "models.example.com"}
    assert integration["timeoutMilliseconds"] <= 30_000
    assert integration["requestParameters"]["overwrite:path"] == "$request.path"


def test_every_route_has_auth_unless_it_is_declared_to_leave_it_to_envoy(graph: Graph) -> None:
    auth = {
        route.inputs["routeKey"]: route.inputs["authorizationType"]
        for route in graph.of("aws:apigatewayv2/route:Route")
    }
    assert auth == {"ANY /v2/{proxy+}": "JWT", "GET /healthz": "NONE"}


def test_stage_and_routes_are_throttled_and_never_trace_data(graph: Graph) -> None:
    stage = graph.one("Stage").inputs
    assert stage["defaultRouteSettings"] == {
        "throttlingRateLimit": 50,
        "throttlingBurstLimit": 100,
        "detailedMetricsEnabled": True,
    }
    assert len(stage["routeSettings"]) == len(graph.of("aws:apigatewayv2/route:Route"))
    assert reaches_all(graph, graph.one("Stage"), graph.of("aws:apigatewayv2/route:Route"))


def test_the_access_log_holds_no_header_no_token_and_no_query(graph: Graph) -> None:
    logged = json.loads(graph.one("Stage").inputs["accessLogSettings"]["format"])
    assert logged == FIELDS
    text = json.dumps(logged).lower()
    assert not [
        word
        for word in ("header", "authorization", "querystring", "body", "cookie")
        if word in text.replace("authorizer", "")
    ]


def test_the_order_is_certificate_listener_integration_route_stage_mapping_record(graph: Graph) -> None:
    chain = [
        graph.named("edge-certificate-validation"), graph.named("edge-balancer-rest-listener"), graph.one("Integration"),
        graph.named("edge-api-any--v2--proxy"), graph.one("Stage"), graph.one("ApiMapping"), graph.named("edge-domain-record"),
    ]  # fmt: skip
    assert all(reaches(graph, later, earlier) for earlier, later in itertools.pairwise(chain))
    assert reaches(graph, graph.one("CertificateValidation"), graph.named("edge-certificate-models.example.com"))


def test_the_link_waits_for_nothing_of_envoy(graph: Graph) -> None:
    link = graph.one("VpcLink")
    assert reaches(graph, graph.one("Integration"), link)
    assert not any(reaches(graph, link, found) for found in graph.of("TargetGroup", "Listener"))


def test_the_link_stands_in_two_zones_that_a_new_zone_does_not_move(graph: Graph) -> None:
    assert len(graph.one("VpcLink").inputs["subnetIds"]) == 2


def test_a_probe_keeps_the_link_alive(graph: Graph) -> None:
    probe = graph.one("HealthCheck").inputs
    assert (probe["type"], probe["requestInterval"], probe["resourcePath"]) == ("HTTPS", 30, "/healthz")


def test_public_gRPC_has_a_balancer_of_its_own_for_listed_ranges() -> None:  # noqa: N802 - the protocol's name
    spec = replace(EDGE, grpc=GrpcPublic(allowed_cidrs=("203.0.113.0/24",)))
    graph = record(lambda: make_edge("edge", PROD, spec))
    assert {b.name: b.inputs["internal"] for b in graph.of("LoadBalancer")} == {
        "edge-balancer": True,
        "edge-public": False,
    }
    assert graph.named("edge-public-from-clients-0").inputs["cidrIpv4"] == "203.0.113.0/24"


def test_without_grpc_there_is_one_door() -> None:
    graph = record(lambda: make_edge("edge", PROD, replace(EDGE, grpc=NoGrpc())))
    assert [found.name for found in graph.of("Listener")] == ["edge-balancer-rest-listener"]


def test_a_certificate_that_exists_needs_no_domain() -> None:
    spec = EdgeSpec(certificate_arn="arn:c", server_name="models.internal", routes=OPEN_EDGE.routes)
    graph = record(lambda: make_edge("edge", replace(PROD, protect=False), spec))
    assert graph.of("Certificate", "DomainName", "HealthCheck") == []
    assert graph.one("Listener").inputs["certificateArn"] == "arn:c"
    assert not graph.one("Api").inputs["disableExecuteApiEndpoint"]


def test_mutual_tls_reads_one_version_of_the_bundle() -> None:
    graph = record(lambda: make_edge("edge", PROD, replace(EDGE, mtls=MTLS)))
    domain = graph.one("DomainName").inputs
    assert domain["mutualTlsAuthentication"] == {"truststoreUri": "s3://b/ca.pem", "truststoreVersion": "7"}
    assert graph.of("HealthCheck") == [], "a probe has no certificate and would ring for ever"


def outputs(graph: Graph) -> tuple[dict[str, Any], frozenset[str]]:
    urn = next(each.urn for each in graph if each.type == "slipway:aws:Edge")
    return graph.outputs[urn], graph.secret_outputs[urn]


def test_gRPC_clients_call_a_name_that_is_on_the_certificate(graph: Graph) -> None:  # noqa: N802 - the protocol's name
    certificate = graph.named("edge-certificate").inputs
    assert certificate["subjectAlternativeNames"] == ["grpc.models.example.com"]
    record = graph.named("edge-grpc-record").inputs
    assert (record["name"], record["type"]) == ("grpc.models.example.com", "A")
    assert record["aliases"][0]["zoneId"] == "Z2"
    assert outputs(graph)[0]["grpc_endpoint"] == "grpc.models.example.com:8443"


def test_each_name_is_proven_by_its_own_record(graph: Graph) -> None:
    for host in ("models.example.com", "grpc.models.example.com"):
        assert graph.named(f"edge-certificate-{host}").inputs["name"] == f"_x.{host}."


def test_without_a_domain_gRPC_clients_verify_the_name_that_is_known() -> None:  # noqa: N802 - the protocol's name
    spec = EdgeSpec(certificate_arn="arn:c", server_name="models.internal", routes=OPEN_EDGE.routes, grpc=EDGE.grpc)
    graph = record(lambda: make_edge("edge", replace(PROD, protect=False), spec))
    assert graph.of("Record") == []
    assert outputs(graph)[0]["grpc_endpoint"] == "internal.elb.amazonaws.com:8443"


def test_pages_may_call_only_where_asked_for(graph: Graph) -> None:
    assert "corsConfiguration" not in graph.one("Api").inputs
    asked = record(lambda: make_edge("edge", PROD, replace(EDGE, cors_origins=("https://app.example.com",))))
    assert asked.one("Api").inputs["corsConfiguration"]["allowOrigins"] == ["https://app.example.com"]


def test_the_firewall_stands_in_front_and_its_secret_is_an_output_for_envoy() -> None:
    graph = record(lambda: make_guarded_edge("edge", PROD))
    acl, distribution = graph.one("WebAcl"), graph.one("Distribution")
    assert (acl.inputs["scope"], acl.inputs["region"]) == ("CLOUDFRONT", "us-east-1")
    assert graph.named("edge-waf-certificate").inputs["region"] == "us-east-1"
    assert distribution.inputs["origins"][0]["domainName"] == "origin.models.example.com"
    assert "origins" in distribution.secret_inputs
    assert graph.one("DomainName").inputs["domainName"] == "origin.models.example.com"
    assert graph.named("edge-waf-record").inputs["name"] == "models.example.com"
    found, secret = outputs(graph)
    assert found["origin_secret"] == "only-cloudfront-knows"
    assert secret == {"origin_secret"}


def test_without_a_firewall_there_is_no_secret(graph: Graph) -> None:
    assert outputs(graph)[0].get("origin_secret") is None


def test_the_firewall_counts_what_it_thinks_of_bodies_because_tensors_are_no_forms() -> None:
    acl = record(lambda: make_guarded_edge("edge", PROD)).one("WebAcl").inputs
    groups = [rule["statement"]["managedRuleGroupStatement"] for rule in acl["rules"][1:]]
    counted = {group["name"]: group.get("ruleActionOverrides", []) for group in groups}
    assert all(set(each["actionToUse"]) == {"count"} for found in counted.values() for each in found)
    assert {name: sorted(each["name"] for each in found) for name, found in counted.items()} == {
        "AWSManagedRulesCommonRuleSet": [
            "CrossSiteScripting_BODY",
            "EC2MetaDataSSRF_BODY",
            "GenericLFI_BODY",
            "GenericRFI_BODY",
            "SizeRestrictions_BODY",
        ],
        "AWSManagedRulesKnownBadInputsRuleSet": ["JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"],
        "AWSManagedRulesAmazonIpReputationList": [],
    }


def test_the_controller_registers_targets_of_our_groups_only() -> None:
    register, look = json.loads(registrar_policy(["arn:b", "arn:a"], "us-east-1"))["Statement"]
    assert register["Resource"] == ["arn:a", "arn:b"]
    assert register["Action"] == ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]
    assert all(":Describe" in action for action in look["Action"])
