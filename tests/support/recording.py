"""Runs a program under Pulumi mocks and keeps what it registered: inputs, parents, dependencies, options.

`record(program)` returns a `Graph`; every claim about order is one `reaches(graph, a, b)`.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import mocks, rpc

from tests.support.mock_loop import use_mock_loop

SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"
_SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
ACCOUNT = "123456789012"
REGION = "us-east-1"

Invoke = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One registration as the engine would have seen it; `inputs` are in the provider's camelCase."""

    urn: str
    type: str
    name: str
    custom: bool
    inputs: dict[str, Any]
    secret_inputs: frozenset[str]
    parent: str
    dependencies: frozenset[str]
    property_dependencies: Mapping[str, tuple[str, ...]]
    provider: str
    protect: bool
    retain_on_delete: bool
    deleted_with: str
    timeouts: Mapping[str, str]
    ignore_changes: tuple[str, ...]


@dataclass
class Graph:
    """All registrations of one run, with lookups that say what was not found."""

    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    secret_outputs: dict[str, frozenset[str]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Resource]:
        """Go through the resources in the order of registration."""
        return iter(self.resources.values())

    def of(self, *types: str) -> list[Resource]:
        """Return the resources of these types; a type may be given by its last part, e.g. `Subnet`."""
        return [found for found in self if found.type in types or found.type.rpartition(":")[2] in types]

    def one(self, type_: str, name: str | None = None) -> Resource:
        """Return the only resource of a type (and name)."""
        found = [resource for resource in self.of(type_) if name in (None, resource.name)]
        assert len(found) == 1, f"{len(found)} of {type_} {name or ''}: {sorted(r.name for r in self.of(type_))}"
        return found[0]

    def named(self, name: str) -> Resource:
        """Return the only custom resource with this name."""
        found = [resource for resource in self if resource.custom and resource.name == name]
        assert len(found) == 1, f"{len(found)} named {name}: {sorted(r.name for r in self if r.custom)}"
        return found[0]

    def below(self, name: str) -> list[Resource]:
        """Return the custom resources whose chain of parents has the component with this name."""
        roots = {resource.urn for resource in self if not resource.custom and resource.name == name}
        assert roots, f"no component is named {name}"
        return [resource for resource in self if resource.custom and roots & set(self._parents(resource))]

    def _parents(self, resource: Resource) -> Iterator[str]:
        while resource.parent in self.resources:
            yield resource.parent
            resource = self.resources[resource.parent]


def reaches(graph: Graph, a: Resource, b: Resource) -> bool:
    """Say whether `a` depends on `b`, directly or through others; so `b` is made first and destroyed last."""
    seen: set[str] = set()
    waiting = [a.urn]
    while waiting:
        urn = waiting.pop()
        if urn not in seen:
            seen.add(urn)
            waiting.extend(graph.resources[urn].dependencies if urn in graph.resources else ())
    return b.urn in seen - {a.urn}


def reaches_all(graph: Graph, a: Resource, others: Iterable[Resource]) -> bool:
    """Say whether `a` depends on each of `others`, of which there must be one."""
    wanted = list(others)
    return bool(wanted) and all(reaches(graph, a, b) for b in wanted)


def record(
    program: Callable[[], object], invokes: Mapping[str, Invoke] | None = None, *, preview: bool = False
) -> Graph:
    """Run a program under mocks until every registration is done.

    Args:
        program: Makes resources, or returns what makes them when awaited; an exception in it comes out of here.
        invokes: Token of a provider function → its answer; those of the AWS part have answers already.
        preview: Tell the program that this is a preview, where only inputs are known.
    """
    graph = Graph()
    answers = {**AWS_INVOKES, **(invokes or {})}
    monitor = _RecordingMonitor(_Mocks(answers, preview=preview), graph)
    use_mock_loop()
    pulumi.runtime.set_mocks(monitor.mocks, stack="test", monitor=monitor, preview=preview)

    @pulumi.runtime.test  # type: ignore[untyped-decorator] # the SDK's mocks carry no types
    def run() -> object:
        return program()

    run()
    return graph


class _RecordingMonitor(mocks.MockMonitor):
    def __init__(self, answers: mocks.Mocks, graph: Graph) -> None:
        super().__init__(answers)
        self._graph = graph

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the engine's name for it
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call] # the same
        if request.type != "pulumi:pulumi:Stack":
            inputs = _plain(request.object)
            assert response.urn not in self._graph.resources, f"{response.urn} is registered twice"
            self._graph.resources[response.urn] = Resource(
                urn=response.urn,
                type=request.type,
                name=request.name,
                custom=request.custom,
                inputs={key: _without_marks(value) for key, value in inputs.items()},
                secret_inputs=_secret_keys(inputs),
                parent=request.parent,
                dependencies=frozenset(request.dependencies),
                property_dependencies={
                    key: tuple(sources.urns) for key, sources in request.propertyDependencies.items()
                },
                provider=request.provider or next(iter(request.providers.values()), ""),
                protect=request.protect,
                retain_on_delete=request.retainOnDelete,
                deleted_with=request.deletedWith,
                timeouts={
                    name: value
                    for name in ("create", "update", "delete")
                    if (value := getattr(request.customTimeouts, name))
                },
                ignore_changes=tuple(request.ignoreChanges),
            )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the engine's name for it
        outputs = _plain(request.outputs)
        self._graph.outputs[request.urn] = {key: _without_marks(value) for key, value in outputs.items()}
        self._graph.secret_outputs[request.urn] = _secret_keys(outputs)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call] # the same


class _Mocks(mocks.Mocks):
    def __init__(self, answers: Mapping[str, Invoke], *, preview: bool) -> None:
        self._answers = answers
        self._preview = preview

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:
            return "", args.inputs
        if self._preview:
            # Nobody knows what the cloud will answer.
            return None, dict(args.inputs)
        service = args.typ.partition("/")[0].removeprefix("aws:")
        computed = {"arn": f"arn:aws:{service}:{REGION}:{ACCOUNT}:{args.name}", "name": args.name}
        return f"{args.name}-id", {**computed, **COMPUTED.get(args.typ, {}), **_challenges(args), **args.inputs}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        assert args.token in self._answers, f"no answer for the provider function {args.token}"
        return self._answers[args.token](args.args), []


def _challenges(args: mocks.MockResourceArgs) -> dict[str, Any]:
    """Return what a certificate asks to see in DNS: one record per name."""
    if args.typ != "aws:acm/certificate:Certificate":
        return {}
    names = [args.inputs["domainName"], *args.inputs.get("subjectAlternativeNames", [])]
    record = {"resourceRecordType": "CNAME", "resourceRecordValue": "_y."}
    return {
        "domainValidationOptions": [
            {"domainName": name, "resourceRecordName": f"_x.{name}.", **record} for name in names
        ]
    }


def _plain(properties: struct_pb2.Struct) -> dict[str, Any]:
    return {key: _whole(value) for key, value in json_format.MessageToDict(properties).items()}


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return value


def _secret_keys(properties: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(key for key, value in properties.items() if SECRET_SIGNATURE in str(value))


def _without_marks(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_marks(item) for item in value]
    if isinstance(value, dict):
        if value.get(_SIGNATURE_KEY) == SECRET_SIGNATURE:
            return _without_marks(value.get("value"))
        if value.get(_SIGNATURE_KEY) == rpc._special_asset_sig:
            return {"path": value.get("path")}
        return {key: _without_marks(item) for key, item in value.items()}
    return value


COMPUTED: dict[str, dict[str, Any]] = {
    "aws:kms/key:Key": {"keyId": "1234abcd-12ab-34cd-56ef-1234567890ab"},
    "aws:eks/cluster:Cluster": {
        "endpoint": "https://ABCD.gr7.us-east-1.eks.amazonaws.com",
        "certificateAuthority": {"data": "Q0EK"},
        "certificateAuthorities": [{"data": "Q0EK"}],
    },
    "aws:ecr/repository:Repository": {"repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/repository"},
    "aws:apigatewayv2/domainName:DomainName": {
        "domainNameConfiguration": {"targetDomainName": "d-1.execute-api.amazonaws.com", "hostedZoneId": "Z1"}
    },
    "aws:lb/loadBalancer:LoadBalancer": {
        "dnsName": "internal.elb.amazonaws.com", "zoneId": "Z2", "arnSuffix": "net/internal/0123456789abcdef"
    },
    "aws:lb/targetGroup:TargetGroup": {"arnSuffix": "targetgroup/rest/0123456789abcdef"},
    "aws:cloudfront/distribution:Distribution": {"domainName": "d1.cloudfront.net", "hostedZoneId": "Z2FDTNDATAQYW2"},
    "aws:apigatewayv2/api:Api": {"apiEndpoint": "https://a1.execute-api.us-east-1.amazonaws.com"},
    "docker:index/image:Image": {"repoDigest": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/x@sha256:{'0' * 64}"},
    "aws:amp/workspace:Workspace": {"prometheusEndpoint": "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/w/"},
}  # fmt: skip
"""What the provider would compute, for the types whose outputs somebody reads."""


def _support_ends(version: str, days: int) -> dict[str, str]:
    end = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)
    return {"clusterVersion": version, "endOfStandardSupportDate": end.isoformat()}


AWS_INVOKES: dict[str, Invoke] = {
    "aws:eks/getClusterVersions:getClusterVersions": lambda _: {
        "clusterVersions": [_support_ends("1.34", 10), _support_ends("1.35", 125), _support_ends("1.36", 300)]
    },
    "aws:eks/getAddonVersion:getAddonVersion": lambda args: {**args, "version": "v1.12.4-eksbuild.1"},
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": lambda _: {
        "userName": "AWS", "password": "token", "proxyEndpoint": f"https://{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    },
    "aws:ecr/getImage:getImage": lambda args: {**args, "imageUri": f"repository@{args.get('imageDigest')}"},
    "aws:s3/getObject:getObject": lambda args: {**args, "checksumSha256": "", "contentLength": 0},
}  # fmt: skip
