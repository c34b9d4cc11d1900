"""The stand-in for the AWS provider, as the engine sees it: a gRPC ResourceProvider. For tests and plans only."""
# ruff: noqa: N802 - the methods carry the names of the engine's protocol

import json
from collections.abc import Callable
from typing import Any, NoReturn

import grpc
from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from tests.support.aws_stand_in.aws import Aws
from tests.support.aws_stand_in.invokes import INVOKES
from tests.support.aws_stand_in.life_cycle import LifeCycle, declared_outputs
from tests.support.aws_stand_in.row import Row
from tests.support.aws_stand_in.tables import ROWS
from tests.support.aws_stand_in.translate import StandInError
from tests.support.stand_in import wire
from tests.support.stand_in.plugin import Context, Plugin

VERSION = "7.51.1"
"""The SDK that the tables were written against."""
_NAME_DIGITS = 7
_ERRORS = (StandInError, ClientError, BotoCoreError, ValueError)


class AwsStandIn(Plugin):
    """Answers the engine in place of pulumi-aws.

    Args:
        aws: Clients of the emulator.
        before_create: Called with each resource's name before it is made; an exception fails the creation.
    """

    def __init__(self, aws: Aws, before_create: Callable[[str], None] = lambda _: None) -> None:
        super().__init__(VERSION)
        self.life_cycle = LifeCycle(aws)
        self.before_create = before_create
        self._aws = aws

    def DiffConfig(self, request: Any, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002
        """Change the provider in place; another region replaces it."""
        old, new = wire.properties(request.old_inputs), wire.properties(request.news)
        replaces = ["region"] if old.get("region") != new.get("region") else []
        changes = _SOME if old != new else _NONE
        return provider_pb2.DiffResponse(changes=changes, replaces=replaces)

    def Configure(self, request: Any, context: Context) -> provider_pb2.ConfigureResponse:
        """Take the region and refuse an account that is not allowed, as pulumi-aws does."""
        given = wire.properties(request.args)
        allowed = given.get("allowedAccountIds") or []
        allowed = json.loads(allowed) if isinstance(allowed, str) else allowed
        if allowed and self._aws.account not in allowed:
            _fail(context, f"AWS account ID not allowed: {self._aws.account}")
        if given.get("region") not in (None, wire.UNKNOWN):
            self._aws.region = str(given["region"])
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, context: Context) -> provider_pb2.CheckResponse:
        """Give an unnamed thing a name; refuse a type without a row."""
        row = _row(request.urn, context)
        old, new = wire.properties(request.olds), wire.properties(request.news)
        prefixed = row.autoname and new.get(f"{row.autoname}Prefix")
        if row.autoname and new.get(row.autoname) is None and not prefixed:
            new |= {
                row.autoname: old.get(row.autoname) or _generated(request, row, context),
                "__defaults": [row.autoname],
            }
        return provider_pb2.CheckResponse(inputs=wire.struct(new))

    def Diff(self, request: Any, context: Context) -> provider_pb2.DiffResponse:
        """Compare inputs, property by property."""
        row = _row(request.urn, context)
        old, new = wire.properties(request.old_inputs), wire.properties(request.news)
        changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
        changed = [name for name in changed if name not in ("__defaults", *request.ignoreChanges)]
        replaces = [name for name in changed if name in row.replaces]
        return provider_pb2.DiffResponse(
            changes=_SOME if changed else _NONE,
            diffs=changed,
            replaces=replaces,
            deleteBeforeReplace=bool(replaces) and row.delete_first,
            hasDetailedDiff=True,
            detailedDiff={name: _detail(name, old, new, replace=name in replaces) for name in changed},
        )

    def Create(self, request: Any, context: Context) -> provider_pb2.CreateResponse:
        """Make the resource in the emulator; in a preview say which outputs will be known later."""
        row, inputs = _row(request.urn, context), wire.properties(request.properties)
        if request.preview:
            later = dict.fromkeys(declared_outputs(row.token) - inputs.keys(), wire.UNKNOWN)
            return provider_pb2.CreateResponse(properties=wire.struct(later | inputs))
        try:
            self.before_create(_name(request.urn))
            identity, outputs = self.life_cycle.create(row, inputs)
        except _ERRORS as error:
            _fail(context, _sentence(error))
        return provider_pb2.CreateResponse(id=identity, properties=wire.struct(outputs))

    def Read(self, request: Any, context: Context) -> provider_pb2.ReadResponse:
        """Look the resource up; an empty id says that it is gone."""
        row, state = _row(request.urn, context), wire.properties(request.properties)
        try:
            found = self.life_cycle.read(row, request.id, state)
        except _ERRORS as error:
            _fail(context, _sentence(error))
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=request.id, properties=wire.struct(found), inputs=request.inputs)

    def Update(self, request: Any, context: Context) -> provider_pb2.UpdateResponse:
        """Change the resource in place."""
        row, state = _row(request.urn, context), wire.properties(request.olds)
        old, new = wire.properties(request.old_inputs), wire.properties(request.news)
        if request.preview:
            kept = {name: item for name, item in state.items() if name not in old or name in new}
            changed = {name: item for name, item in new.items() if old.get(name) != item}
            return provider_pb2.UpdateResponse(properties=wire.struct(kept | changed))
        try:
            outputs = self.life_cycle.update(row, request.id, state, old, new)
        except _ERRORS as error:
            _fail(context, _sentence(error))
        return provider_pb2.UpdateResponse(properties=wire.struct(outputs))

    def Delete(self, request: Any, context: Context) -> empty_pb2.Empty:
        """Remove the resource."""
        row, state = _row(request.urn, context), wire.properties(request.properties)
        try:
            self.life_cycle.delete(row, request.id, state)
        except _ERRORS as error:
            _fail(context, _sentence(error))
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Context) -> provider_pb2.InvokeResponse:
        """Answer a provider function."""
        answer = INVOKES.get(request.tok)
        if answer is None:
            _fail(context, f"the stand-in for aws has no function {request.tok}; add it to invokes.py")
        try:
            values = answer(self._aws, wire.properties(request.args))
        except _ERRORS as error:
            _fail(context, _sentence(error))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(wire.struct(values))
        return response


_SOME = provider_pb2.DiffResponse.DIFF_SOME
_NONE = provider_pb2.DiffResponse.DIFF_NONE
_Kind = provider_pb2.PropertyDiff


def _detail(name: str, old: dict[str, Any], new: dict[str, Any], *, replace: bool) -> provider_pb2.PropertyDiff:
    word = "ADD" if old.get(name) is None else "DELETE" if new.get(name) is None else "UPDATE"
    return _Kind(kind=_Kind.Kind.Value(f"{word}_REPLACE" if replace else word), inputDiff=True)


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def _generated(request: Any, row: Row, context: Context) -> str:
    try:
        return wire.generated_name(_name(request.urn), request.randomSeed, digits=_NAME_DIGITS, limit=row.name_limit)
    except ValueError as error:
        _fail(context, f"could not make instance of 'aws:{row.token}': {error}")


def _row(urn: str, context: Context) -> Row:
    token = urn.split("::")[2].rsplit("$", 1)[-1]
    if token not in ROWS:
        _fail(context, f"the stand-in for aws has no row for {token}; add one to its tables")
    return ROWS[token]


def _sentence(error: Exception) -> str:
    return f"{error} (from the stand-in for aws)"


def _fail(context: Context, message: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError(message)
