import datetime as dt
import json
from dataclasses import replace

import pytest

from components.aws import prices
from components.aws.budget import Budget, BudgetArgs
from components.aws.budget_spec import budget_problems, gpu_usage_types
from components.aws.cost_model import DEV_USAGE, PROD_USAGE, monthly_estimate, total
from components.aws.gpu_types import GPU_FAMILIES, gpu_count
from components.aws.image_cache_plan import SnapshotCache
from components.aws.network_spec import FlowLogsToS3, NatIn, NatRegional, NetworkSpec, NoNat
from infra.aws_presets import DEV as DEV_PRESET
from infra.aws_presets import PROD as PROD_PRESET
from tests.support.aws_examples import (
    BUDGET,
    CLUSTER,
    DEV_CLUSTER,
    KARPENTER_POOL,
    NETWORK,
    PROD,
    SMALL_NETWORK,
    ZONES,
    make_budget,
)  # fmt: skip
from tests.support.recording import Graph, record

MAX_AGE_DAYS = 365


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record(lambda: make_budget("budget", PROD))


def test_the_price_table_is_younger_than_a_year() -> None:
    age = prices.age_days(dt.datetime.now(dt.UTC).date())
    assert age <= MAX_AGE_DAYS, f"prices were read {age} days ago: read {prices.EC2_SOURCE} again and set prices.READ"


def test_every_single_gpu_type_of_the_presets_has_a_price() -> None:
    for preset in (DEV_PRESET, PROD_PRESET):
        assert all(prices.per_hour(kind) for pool in preset["node_pools"].values() for kind in pool["instance_types"])
        assert prices.per_hour(preset["cluster"]["system_nodes"]["instance_type"])


def test_prices_of_a_family_grow_with_its_gpus() -> None:
    for family in GPU_FAMILIES:
        sizes = [
            (gpu_count(kind), price) for kind, price in prices.EC2_PER_HOUR.items() if kind.startswith(f"{family}.")
        ]
        assert all(price > 0.1 * count for count, price in sizes)


def test_dev_costs_about_420_dollars_a_month() -> None:
    pool = replace(KARPENTER_POOL, disk_gib=150)
    network = replace(SMALL_NETWORK, flow_logs=FlowLogsToS3(days=14))
    lines = monthly_estimate(network, DEV_CLUSTER, {"gpu": pool}, DEV_USAGE, has_edge=True)
    assert total(lines) == pytest.approx(420, rel=0.03)


def test_prod_costs_about_2360_dollars_a_month_and_gpus_are_most_of_it() -> None:
    lines = monthly_estimate(NETWORK, CLUSTER, {"gpu": KARPENTER_POOL}, PROD_USAGE, has_edge=True)
    assert total(lines) == pytest.approx(2360, rel=0.03)
    by_name = {line.name: line.usd for line in lines}
    assert by_name["GPU nodes (gpu)"] / total(lines) == pytest.approx(0.55, abs=0.01)
    assert by_name["system nodes"] / total(lines) == pytest.approx(0.19, abs=0.01)
    assert by_name["interface endpoints"] == pytest.approx(175.2)


def test_an_edge_an_nat_gateway_and_a_snapshot_are_lines_of_their_own() -> None:
    cache = SnapshotCache(snapshot_id="s", fast_restore_zones=ZONES, accept_cost=True)
    pools = {"gpu": replace(KARPENTER_POOL, image_cache=cache)}
    lines = monthly_estimate(NETWORK, CLUSTER, pools, PROD_USAGE, has_edge=False)
    names = {line.name for line in lines}
    assert "fast snapshot restore" in names
    assert "HTTP API" not in names


@pytest.mark.parametrize(
    ("network", "dollars"),
    [
        (NetworkSpec(zones=ZONES, nat=NatIn(zone="use1-az1")), 36.5 + 9),
        (NetworkSpec(zones=ZONES, nat=NatRegional()), 32.85 + 10.95 + 9),
        (NetworkSpec(zones=ZONES, nat=NoNat()), 0),
    ],
)
def test_nat_costs_what_its_kind_needs(network: NetworkSpec, dollars: float) -> None:
    lines = monthly_estimate(network, CLUSTER, {}, PROD_USAGE, has_edge=False)
    assert next(line.usd for line in lines if line.name == "NAT gateways") == pytest.approx(dollars)


@pytest.mark.parametrize(
    ("budget", "sentence"),
    [
        (replace(BUDGET, monthly_usd=0), "budget.monthly_usd is 0; give the dollars that a month may cost."),
        (
            replace(BUDGET, anomaly_usd=-1),
            "budget.anomaly_usd is -1; give the dollars of an unusual day that is worth a message.",
        ),
        (replace(BUDGET, alert_percent=(120,)), "budget.alert_percent has 120; give percentages from 1 to 100."),
        (
            replace(BUDGET, alert_percent=(20, 40, 60, 80, 100)),
            "budget.alert_percent has 5 entries; AWS takes 5 notices a budget, and the forecast is one: give at most 4.",
        ),
    ],
)
def test_a_mistake_is_named_with_place_value_and_what_to_do(budget: object, sentence: str) -> None:
    assert list(budget_problems(budget)) == [sentence]  # type: ignore[arg-type]


def test_the_forecast_is_always_told(graph: Graph) -> None:
    for found in graph.of("aws:budgets/budget:Budget"):
        told = [(n["notificationType"], n["threshold"]) for n in found.inputs["notifications"]]
        assert told == [("ACTUAL", 50), ("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]
        assert all(n["subscriberSnsTopicArns"] == ["arn:topic"] for n in found.inputs["notifications"])


def test_gpus_have_a_budget_of_their_own(graph: Graph) -> None:
    whole, gpus = graph.named("budget").inputs, graph.named("budget-gpu").inputs
    assert (whole["limitAmount"], whole["limitUnit"], whole["timeUnit"]) == ("2600.00", "USD", "MONTHLY")
    assert gpus["costFilters"][1] == {"name": "UsageType", "values": ["BoxUsage:g6.xlarge", "SpotUsage:g6.xlarge"]}
    assert gpu_usage_types("USW2-", ["g5.xlarge", "g5.xlarge"]) == [
        "USW2-BoxUsage:g5.xlarge",
        "USW2-SpotUsage:g5.xlarge",
    ]


def test_an_unusual_day_is_told_at_once(graph: Graph) -> None:
    subscription = graph.one("AnomalySubscription").inputs
    assert subscription["frequency"] == "IMMEDIATE"
    assert subscription["thresholdExpression"]["dimension"]["values"] == ["100"]
    specification = json.loads(graph.one("AnomalyMonitor").inputs["monitorSpecification"])
    assert specification["Tags"] == {"Key": "user:slipway:stack", "MatchOptions": None, "Values": ["prod-cloud"]}


def test_the_monitor_is_described_as_the_provider_reads_it_back_or_every_up_would_replace_it(graph: Graph) -> None:
    specification = json.loads(graph.one("AnomalyMonitor").inputs["monitorSpecification"])
    assert {key for key, value in specification.items() if value is None} == {
        "And", "CostCategories", "Dimensions", "Not", "Or"
    }  # fmt: skip
    assert graph.one("AnomalyMonitor").ignore_changes == ("monitorSpecification",), "a later provider knows more keys"


def test_the_ceiling_is_an_input_that_policies_can_judge(graph: Graph) -> None:
    component = next(resource for resource in graph if resource.type == "slipway:aws:Budget")
    spec = {"monthly_usd": 2600, "ceiling_usd_per_month": 2937.52, "accept_ceiling": False}
    assert component.inputs["spec"] == spec
    assert graph.outputs[component.urn]["spec"] == spec


def test_without_a_receiver_the_budget_still_stands() -> None:
    args = BudgetArgs(
        site=PROD, spec=BUDGET, gpu_types=(), topic_arn=None, ceiling_usd_per_month=0, estimate_usd_per_month=1
    )
    graph = record(lambda: Budget("b", args))
    assert len(graph.of("aws:budgets/budget:Budget")) == 1
    assert graph.of("AnomalySubscription") == []
