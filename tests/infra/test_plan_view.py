from pathlib import Path

import pytest

from infra.plan import read_config
from infra.plan_events import read_plan
from infra.plan_view import by_service, findings, price, read_platform, show, tree

_ROOT = Path(__file__).parents[2]
_URN = "urn:pulumi:dev::slipway::"


def _step(name: str, kind: str, parent: str = "", operation: str = "create") -> str:
    return (
        f'{{"sequence":1,"resourcePreEvent":{{"metadata":{{"op":"{operation}","urn":"{_URN}{kind}::{name}",'
        f'"type":"{kind}","new":{{"parent":"{parent and _URN + parent}"}}}}}}}}'
    )


_STEPS = [
    _step("platform", "slipway:aws:AwsPlatform"),
    _step("network", "slipway:aws:Network", "slipway:aws:AwsPlatform::platform"),
    _step("network", "aws:ec2/vpc:Vpc", "slipway:aws:Network::network"),
    _step("a", "aws:ec2/subnet:Subnet", "slipway:aws:Network::network"),
    _step("b", "aws:ec2/subnet:Subnet", "slipway:aws:Network::network"),
    _step("nodes", "aws:iam/role:Role", "slipway:aws:AwsPlatform::platform"),
    _step("read", "aws:iam/rolePolicy:RolePolicy", "aws:iam/role:Role::nodes"),
]


def test_the_tree_shows_components_with_their_resources_counted() -> None:
    assert list(tree(read_plan(_STEPS))) == [
        "└─ AwsPlatform platform: 1 Role, 1 RolePolicy",
        "   └─ Network network: 2 Subnet, 1 Vpc",
    ]


def test_the_tree_says_what_is_not_made_but_changed() -> None:
    steps = [
        _step("network", "slipway:aws:Network"),
        _step("r", "aws:ec2/route:Route", "slipway:aws:Network::network", "update"),
    ]
    assert list(tree(read_plan(steps))) == ["└─ Network network: 1 update Route"]


def test_services_are_counted_most_first() -> None:
    assert [line.split() for line in by_service(read_plan(_STEPS))] == [["ec2", "3"], ["iam", "2"], ["total", "5"]]


def test_no_finding_is_said_too() -> None:
    assert list(findings(read_plan(_STEPS))) == ["none"]


@pytest.mark.parametrize("stack", ["dev", "prod-cloud"])
def test_the_price_ends_with_estimate_ceiling_and_budget(stack: str) -> None:
    args = read_platform(stack, read_config(_ROOT / f"Pulumi.{stack}.yaml"))
    assert args is not None
    estimate, ceiling, budget = [float(line.split()[-1].replace(",", "")) for line in price(args)][-3:]
    assert 0 < estimate < budget
    assert ceiling <= 1.5 * budget


def test_a_stack_without_a_cloud_has_no_price() -> None:
    assert read_platform("foundation", read_config(_ROOT / "Pulumi.foundation.yaml")) is None


def test_the_page_tells_everything_and_refuses_what_an_up_would(capsys: pytest.CaptureFixture[str]) -> None:
    broken = '{"sequence":9,"diagnosticEvent":{"severity":"error","message":"no such zone"}}'
    assert show([*_STEPS, broken], "dev", read_config(_ROOT / "Pulumi.dev.yaml")) == 1
    page = capsys.readouterr().out
    assert page.startswith("What would be made")
    for part in ("By service", "What a month would cost", "Policy findings", "Errors\n  no such zone"):
        assert part in page
