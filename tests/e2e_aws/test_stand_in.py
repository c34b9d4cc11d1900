"""The stand-in itself: each row of its tables against moto, and what it refuses."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e_aws.stand_in_examples import EXAMPLES
from tests.support.aws_stand_in.leftovers import leftovers
from tests.support.aws_stand_in.life_cycle import declared_outputs
from tests.support.aws_stand_in.row import Row
from tests.support.aws_stand_in.server import StandIn, running
from tests.support.aws_stand_in.tables import ROWS
from tests.support.aws_stand_in.translate import StandInError
from tests.support.engine import ROOT, Engine

_REFERENCE = re.compile(r"<([\w/:#]+)\.(\w+)>")


@pytest.fixture
def account() -> Iterator[StandIn]:
    with running() as each:
        yield each


def _row(token: str) -> Row:
    return ROWS[f"aws:{token.partition('#')[0]}"]


def _resolved(given: Any, made: dict[str, dict[str, Any]]) -> Any:
    if isinstance(given, dict):
        return {name: _resolved(item, made) for name, item in given.items()}
    if isinstance(given, list):
        return [_resolved(item, made) for item in given]
    match = _REFERENCE.fullmatch(given) if isinstance(given, str) else None
    return made[match[1]][match[2]] if match else given


def test_every_row_makes_reads_and_removes_its_example(account: StandIn) -> None:
    made: dict[str, dict[str, Any]] = {}
    life = account.provider.life_cycle
    for token, example in EXAMPLES:
        identity, outputs = life.create(_row(token), _resolved(example, made))
        made[token] = {**outputs, "id": identity}
    for token, state in made.items():
        assert life.read(_row(token), state["id"], state) is not None, f"{token} cannot be read"
    for token, state in reversed(made.items()):
        life.delete(_row(token), state["id"], state)
    assert leftovers(account.aws) == []
    assert life.alive == {}


def test_a_record_in_a_zone_that_stays_is_left_over(account: StandIn) -> None:
    zone = account.aws.client("route53").create_hosted_zone(Name="example.com", CallerReference="a")["HostedZone"]
    identity = zone["Id"].removeprefix("/hostedzone/")
    record = {"zoneId": identity, "name": "m.example.com", "type": "CNAME", "ttl": 60, "records": ["x.example.com"]}
    assert leftovers(account.aws) == []
    account.provider.life_cycle.create(ROWS["aws:route53/record:Record"], record)
    assert leftovers(account.aws) == ["route53 list_resource_record_sets: CNAME m.example.com."]


def test_a_minimum_above_the_desired_size_is_refused_as_eks_refuses_it(account: StandIn) -> None:
    life, row = account.provider.life_cycle, ROWS["aws:eks/nodeGroup:NodeGroup"]
    old = {"clusterName": "c", "scalingConfig": {"minSize": 1, "desiredSize": 1, "maxSize": 2}}
    new = {**old, "scalingConfig": {"minSize": 2, "desiredSize": 1, "maxSize": 3}}
    with pytest.raises(StandInError, match="Minimum capacity 2 can't be greater than desired size 1"):
        life.update(row, "c:n", old, old, new)


def test_every_row_has_an_example() -> None:
    assert {f"aws:{token.partition('#')[0]}" for token, _ in EXAMPLES} == set(ROWS)


def test_what_moto_lacks_is_what_the_documents_say() -> None:
    text = (ROOT / "docs" / "measurements.md").read_text()
    told = set(
        re.findall(
            r"`([a-z0-9]+/\w+|update_\w+)`", text.partition("that\nmoto lacks")[2].partition("\n\nWhere moto")[0]
        )
    )
    types = {row.token.partition(":")[0] for row in ROWS.values() if row.echo}
    changes = {call.operation for row in ROWS.values() if not row.echo for call in row.updates if call.echo}
    assert told == types | changes


def test_rows_name_only_properties_that_the_sdk_has() -> None:
    for token, row in ROWS.items():
        named = {*row.replaces, *row.ignored, *row.outputs, *filter(None, [row.autoname])}
        assert named <= declared_outputs(row.token), token


def test_arguments_of_rows_are_members_of_their_requests(account: StandIn) -> None:
    for token, row in ROWS.items():
        for call in filter(None, [row.create, *row.after, *row.updates, *row.before_delete, row.read, row.delete]):
            model = account.aws.client(call.service or row.service).meta
            shape = model.service_model.operation_model(model.method_to_api_mapping[call.operation]).input_shape
            assert set(call.arguments) <= set(shape.members), f"{token}: {call.operation}"


def test_a_property_that_no_call_takes_is_refused(account: StandIn) -> None:
    with pytest.raises(StandInError, match="ec2/vpc:Vpc: no call in its row takes ipv6CidrBlockNetworkBorderGroop"):
        account.provider.life_cycle.create(
            ROWS["aws:ec2/vpc:Vpc"], {"cidrBlock": "10.0.0.0/16", "ipv6CidrBlockNetworkBorderGroop": "x"}
        )


def test_a_word_that_the_service_model_does_not_know_is_refused(account: StandIn) -> None:
    example = dict(EXAMPLES)["ec2/flowLog:FlowLog"] | {"trafficType": "SOME", "vpcId": "vpc-1", "logDestination": "x"}
    with pytest.raises(StandInError, match='trafficType is "SOME"; TrafficType allows ACCEPT, REJECT, ALL'):
        account.provider.life_cycle.create(ROWS["aws:ec2/flowLog:FlowLog"], example)


def test_an_echoed_type_is_still_held_to_the_service_model(account: StandIn) -> None:
    with pytest.raises(ValueError, match='Missing required parameter in input: "serviceAccount"'):
        account.provider.life_cycle.create(
            ROWS["aws:eks/podIdentityAssociation:PodIdentityAssociation"],
            {"clusterName": "c", "namespace": "n", "roleArn": "arn:aws:iam::123456789012:role/r"},
        )


def test_a_changed_property_without_a_call_is_refused(account: StandIn) -> None:
    life, row = account.provider.life_cycle, ROWS["aws:ec2/eip:Eip"]
    identity, state = life.create(row, {"domain": "vpc"})
    with pytest.raises(StandInError, match="no call in its row changes domain"):
        life.update(row, identity, state, {"domain": "vpc"}, {"domain": "standard"})


@pytest.mark.e2e
def test_a_name_that_does_not_fit_with_its_digits_is_refused_as_the_provider_refuses_it(
    engine: Callable[[str], Engine],
) -> None:
    refused = engine("from pulumi_aws import lb\nlb.TargetGroup('a' * 25)\nlb.TargetGroup('b' * 24)\n").up(check=False)
    assert refused.returncode != 0
    assert (
        f"could not make instance of 'aws:lb/targetGroup:TargetGroup': name '{'a' * 25}-' plus 7 random chars is longer "
        "than maximum length 32"
    ) in " ".join(refused.text.split())
    assert f"name '{'b' * 24}-'" not in refused.text
