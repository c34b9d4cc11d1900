"""What holds for every component: one table, one test per promise."""

import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
from collections import Counter

import pulumi
import pulumi_aws
import pytest

import components.aws
from components.aws.aws_platform import AwsPlatform
from components.aws.aws_site import STACK_TAG, Site
from components.aws.edge_spec import GrpcPublic
from components.aws.gpu_pool_spec import GpuPool
from infra.cloud_names import CLOUD
from tests.support.aws_examples import BUDGET, COMPONENTS, DEV, EDGE, KARPENTER_POOL, MANAGED_POOL, PROD, make_platform
from tests.support.aws_stand_in.tables import ROWS
from tests.support.recording import Graph, Resource, record

MODULES = [
    importlib.import_module(f"components.aws.{found.name}") for found in pkgutil.iter_modules(components.aws.__path__)
]
CLASSES: set[type] = {
    value
    for module in MODULES
    for value in vars(module).values()
    if inspect.isclass(value) and issubclass(value, pulumi.ComponentResource) and value.__module__ == module.__name__
}
BY_NAME = {kind.__name__: kind for kind in sorted(CLASSES, key=lambda kind: kind.__name__)}
WITHOUT_TAGS = {"aws:ebs/fastSnapshotRestore:FastSnapshotRestore"}
PHYSICAL_NAMES = ("name", "bucket", "ecrRepositoryPrefix", "prefix", "configurationName")


@pytest.fixture(scope="module")
def graphs() -> dict[str, Graph]:
    return {key: record(lambda make=make: make("one", PROD)) for key, make in COMPONENTS.items()}  # type: ignore[misc]


def taggable(resource: Resource) -> bool:
    package, _, rest = resource.type.partition(":")
    if package != "aws" or resource.type in WITHOUT_TAGS:
        return False
    module, _, name = rest.partition(":")
    kind = getattr(getattr(pulumi_aws, module.partition("/")[0].replace("lambda", "lambda_")), name)
    return "tags" in inspect.signature(kind._internal_init).parameters


@pytest.mark.parametrize("key", COMPONENTS)
def test_every_taggable_child_carries_the_tags_of_the_stack(graphs: dict[str, Graph], key: str) -> None:
    wanted = PROD.tags.common()
    found = [resource for resource in graphs[key] if resource.custom and taggable(resource)]
    assert found, "a component without a taggable child escapes budget and leak check"
    for resource in found:
        tags = resource.inputs.get("tags") or resource.inputs.get("resourceTags") or {}
        assert wanted.items() <= tags.items(), f"{resource.name} ({resource.type}) lacks tags"


@pytest.mark.parametrize("key", COMPONENTS)
def test_every_child_stands_below_a_component(graphs: dict[str, Graph], key: str) -> None:
    graph = graphs[key]
    for resource in graph:
        roots = [r for r in graph if r.parent not in graph.resources]
        assert resource in roots or resource.parent in graph.resources
        assert resource.type.startswith("slipway:aws:") or resource.parent in graph.resources, resource.name


@pytest.mark.parametrize("key", COMPONENTS)
def test_every_component_registers_all_outputs_that_it_announces(graphs: dict[str, Graph], key: str) -> None:
    kinds = {f"slipway:aws:{kind.__name__}": kind for kind in CLASSES}
    for resource in graphs[key]:
        if resource.type not in kinds:
            continue
        assert resource.urn in graphs[key].outputs, f"{resource.name} never registered its outputs"
        announced = {
            name
            for name, kind in kinds[resource.type].__annotations__.items()
            if "Output" in str(kind)
            and not {"None", "Optional"} & set(re.findall(r"\w+", str(kind)))
            and not str(kind).startswith("list")
        }
        got = set(graphs[key].outputs[resource.urn])
        assert announced <= got, f"{resource.type} announces {announced - got} and does not register it"


@pytest.mark.parametrize("key", COMPONENTS)
def test_names_begin_with_the_name_of_the_component(graphs: dict[str, Graph], key: str) -> None:
    for resource in graphs[key]:
        bounded = resource.name.startswith(("one", "apply-", "plan"))
        assert bounded, f"{resource.name} would collide with a second instance"


@pytest.mark.parametrize("key", [key for key in COMPONENTS if key != "foundation"])
def test_two_instances_do_not_collide(key: str) -> None:
    make = COMPONENTS[key]
    two = dataclasses.replace(DEV, tags=dataclasses.replace(DEV.tags, stack="other"))
    graph = record(lambda: (make("one", DEV), make("two", two)))
    named = Counter(
        (resource.type, field, resource.inputs[field])
        for resource in graph
        if resource.custom
        and resource.type.split(":")[1].split("/")[0] in ("iam", "ecr", "eks", "kms", "cloudwatch", "sqs")
        for field in PHYSICAL_NAMES
        if isinstance(resource.inputs.get(field), str)
        and not resource.type.endswith((":RepositoryPolicy", ":LifecyclePolicy", ":RolePolicy"))
    )
    assert [name for name, count in named.items() if count > 1] == []


LONGEST_POOL = "longest-name-of-a-pool-thirty"
GENERATED = len("-0123456")
"""What Pulumi adds to the logical name of a resource that has no name of its own."""


def wide(site: Site) -> AwsPlatform:
    """The cloud with the longest names: pools of every kind, and a gRPC balancer of its own."""
    placed = dataclasses.replace(MANAGED_POOL, instance_types=("p5.48xlarge",), efa_interfaces=2, zones=("use1-az1",))
    pools: dict[str, GpuPool] = {
        f"{LONGEST_POOL}a": KARPENTER_POOL,
        f"{LONGEST_POOL}b": placed,
        f"{LONGEST_POOL}c": dataclasses.replace(MANAGED_POOL, group_per_zone=True),
    }
    edge = dataclasses.replace(EDGE, grpc=GrpcPublic(allowed_cidrs=("203.0.113.0/24",)))
    budget = dataclasses.replace(BUDGET, accept_ceiling=True)
    return make_platform(CLOUD, site, node_pools=pools, edge=edge, budget=budget)


def named_too_long(graph: Graph) -> list[str]:
    """Names, generated or given, that are longer than their service takes."""
    rows = [(found, ROWS[found.type]) for found in graph if found.type in ROWS]
    sizes = [
        (found, row, len(found.inputs[row.autoname]) if row.autoname in found.inputs else len(found.name) + GENERATED)
        for found, row in rows
        if row.autoname
    ]
    return [
        f"{found.type} {found.name}: {size} of {row.name_limit}" for found, row, size in sizes if size > row.name_limit
    ]


@pytest.mark.parametrize("stack", ["prod-cloud", "a-stack-with-the-longest-name-that-pulumi-takes-" + "x" * 52])
def test_every_name_fits_its_service(stack: str) -> None:
    site = dataclasses.replace(PROD, tags=dataclasses.replace(PROD.tags, stack=stack))
    assert named_too_long(record(lambda: wide(site))) == []
    internal = record(lambda: make_platform(CLOUD, site))
    assert named_too_long(internal) == []


@pytest.mark.parametrize("kind", BY_NAME.values(), ids=BY_NAME)
def test_arguments_are_frozen_and_given_by_name(kind: type) -> None:
    parameters = list(inspect.signature(kind.__init__).parameters)  # type: ignore[misc]
    assert parameters == ["self", "name", "args", "opts"]
    args = inspect.signature(kind.__init__).parameters["args"].annotation  # type: ignore[misc]
    assert args.__name__ == f"{kind.__name__}Args"
    assert args.__dataclass_params__.frozen
    assert all(field.kw_only for field in dataclasses.fields(args))


@pytest.mark.parametrize("kind", BY_NAME.values(), ids=BY_NAME)
def test_the_type_token_is_the_name_of_the_class(kind: type) -> None:
    assert f'"slipway:aws:{kind.__name__}"' in inspect.getsource(kind)


def test_every_component_is_made_by_at_least_one_example(graphs: dict[str, Graph]) -> None:
    made = {resource.type for graph in graphs.values() for resource in graph if not resource.custom}
    assert {f"slipway:aws:{kind.__name__}" for kind in CLASSES} <= made


def test_only_plain_resources_of_known_providers_are_made(graphs: dict[str, Graph]) -> None:
    kinds = {resource.type.partition(":")[0] for graph in graphs.values() for resource in graph}
    assert kinds == {"aws", "docker", "kubernetes", "slipway", "pulumi", "pulumi-python"}


def test_everything_goes_through_the_one_provider(graphs: dict[str, Graph]) -> None:
    providers = {r.provider for r in graphs["platform"] if r.custom and r.type.startswith("aws:")}
    assert len(providers) == 1
    assert "one-provider" in providers.pop()


@pytest.mark.parametrize("key", COMPONENTS)
def test_no_role_policy_allows_everything(graphs: dict[str, Graph], key: str) -> None:
    for resource in graphs[key]:
        for field in ("policy", "assumeRolePolicy"):
            text = resource.inputs.get(field)
            if isinstance(text, str) and '"Statement"' in text:
                for statement in json.loads(text)["Statement"]:
                    actions = statement["Action"]
                    if statement["Effect"] == "Allow":
                        assert not {"*", "iam:*"} & set(actions), resource.name
                        assert not [a for a in actions if a.endswith(":*")], resource.name
                        assert statement.get("Principal") != "*", resource.name


@pytest.mark.parametrize("key", [key for key in COMPONENTS if key != "foundation"])
def test_every_role_has_our_path_and_our_boundary(graphs: dict[str, Graph], key: str) -> None:
    for found in graphs[key].of("Role"):
        assert found.inputs["path"] == "/slipway/prod/"
        assert found.inputs["permissionsBoundary"] == PROD.boundary_arn
        assert {"inlinePolicies", "managedPolicyArns"}.isdisjoint(found.inputs)


def test_stack_tag_is_the_one_that_budgets_filter_by(graphs: dict[str, Graph]) -> None:
    filters = graphs["platform"].of("aws:budgets/budget:Budget")[0].inputs["costFilters"]
    assert filters[0] == {"name": "TagKeyValue", "values": [f"user:{STACK_TAG}$prod-cloud"]}
