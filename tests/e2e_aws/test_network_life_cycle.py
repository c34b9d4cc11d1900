"""The network by the real engine: made, left alone, widened, rerouted, taken down."""

from collections.abc import Callable

import pytest

from tests.e2e_aws.engine import Engine
from tests.support.aws_stand_in.leftovers import leftovers
from tests.support.aws_stand_in.server import StandIn

pytestmark = pytest.mark.e2e

_PROGRAM = """
import pulumi
from components.aws.network import Network, NetworkArgs
from components.aws.network_spec import FlowLogsToS3, NatIn, NatPerZone, NetworkSpec
from components.aws.endpoint_plan import Core
from components.aws.aws_site import Site, Tags

tags = Tags(stack="test", environment="test", owner="team", cost_centre="1")
site = Site(account_id="123456789012", region="us-east-1", tags=tags, disposable=True)
spec = NetworkSpec(zones={zones}, nat={nat}, endpoints=Core(), flow_logs=FlowLogsToS3(days=14))
Network("network", NetworkArgs(site=site, spec=spec))
"""


def _program(zones: tuple[str, ...] = ("use1-az1", "use1-az2"), nat: str = "NatIn(zone='use1-az1')") -> str:
    return _PROGRAM.format(zones=zones, nat=nat)


def test_a_network_comes_up_once_and_goes_without_a_trace(engine: Callable[[str], Engine], stand_in: StandIn) -> None:
    stack = engine(_program())
    stack.up()
    assert stack.preview().changes() == {}, "a second up must change nothing"
    stack.destroy()
    assert leftovers(stand_in.aws) == []


def test_one_more_zone_touches_nothing_that_exists(engine: Callable[[str], Engine]) -> None:
    stack = engine(_program())
    stack.up()
    before = {each["urn"]: each["id"] for each in stack.resources()}
    stack.write(_program(zones=("use1-az1", "use1-az2", "use1-az4")))
    assert set(stack.preview().changes().values()) == {"create"}
    stack.up()
    after = {each["urn"]: each["id"] for each in stack.resources()}
    assert before.items() < after.items()


def test_one_nat_gateway_per_zone_only_adds_and_edits_routes(engine: Callable[[str], Engine]) -> None:
    stack = engine(_program())
    stack.up()
    stack.write(_program(nat="NatPerZone()"))
    changes = stack.preview().changes()
    assert {name.split("::")[0] for name, operation in changes.items() if operation == "update"} == {
        "aws:ec2/route:Route"
    }
    assert set(changes.values()) == {"create", "update"}
    stack.up()
    assert stack.preview().changes() == {}
