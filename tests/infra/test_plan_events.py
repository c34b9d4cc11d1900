import json

from infra.plan_events import changed, read_plan

_STACK = "urn:pulumi:dev::slipway::pulumi:pulumi:Stack::slipway-dev"
_NETWORK = "urn:pulumi:dev::slipway::slipway:aws:Network::network"
_VPC = "urn:pulumi:dev::slipway::slipway:aws:Network$aws:ec2/vpc:Vpc::network"


def step(urn: str, kind: str, operation: str = "create", parent: str = "") -> str:
    metadata = {"op": operation, "urn": urn, "type": kind, "new": {"parent": parent}}
    return json.dumps({"sequence": 1, "resourcePreEvent": {"metadata": metadata}})


def finding(level: str) -> str:
    event = {
        "resourceUrn": _VPC, "policyName": "eks-endpoint-private", "enforcementLevel": level,
        "message": "The API is private.\nclosed to the world is what it is not. Fix: list ranges.\n",
    }  # fmt: skip
    return json.dumps({"sequence": 2, "policyEvent": event})


def error(text: str) -> str:
    return json.dumps({"sequence": 3, "diagnosticEvent": {"severity": "error", "message": f"{text}\n"}})


def test_steps_carry_name_kind_and_service() -> None:
    [vpc] = read_plan([step(_VPC, "aws:ec2/vpc:Vpc", parent=_NETWORK)]).resources
    assert (vpc.name, vpc.kind, vpc.service, vpc.parent) == ("network", "Vpc", "ec2", _NETWORK)


def test_a_component_belongs_to_no_cloud_service() -> None:
    [network] = read_plan([step(_NETWORK, "slipway:aws:Network")]).resources
    assert network.service == ""


def test_lines_that_are_no_events_are_left_out() -> None:
    assert read_plan(["Previewing update (dev):", "", "{}"]).resources == ()


def test_the_stack_providers_and_what_stays_the_same_are_no_changes() -> None:
    plan = read_plan([
        step(_STACK, "pulumi:pulumi:Stack"),
        step("urn:pulumi:dev::slipway::pulumi:providers:aws::aws", "pulumi:providers:aws"),
        step(_NETWORK, "slipway:aws:Network", "same"),
        step(_VPC, "aws:ec2/vpc:Vpc", "update"),
    ])  # fmt: skip
    assert [each.urn for each in changed(plan)] == [_VPC]


def test_a_finding_is_told_without_the_rule_s_own_description() -> None:
    [found] = read_plan([finding("mandatory")]).findings
    assert found.message == "closed to the world is what it is not. Fix: list ranges."
    assert (found.rule, found.where) == ("eks-endpoint-private", "network")


def test_a_mandatory_finding_or_an_error_makes_a_plan_unacceptable() -> None:
    assert read_plan([]).acceptable
    assert read_plan([finding("advisory")]).acceptable
    assert not read_plan([finding("mandatory")]).acceptable
    assert not read_plan([error("no such zone")]).acceptable
