"""Create, read, update and delete of any resource in the table, by boto3 against the emulator."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import OperationModel
from pulumi._types import resource_types

from tests.support.aws_stand_in.aws import Aws
from tests.support.aws_stand_in.demands import demand
from tests.support.aws_stand_in.expressions import evaluate
from tests.support.aws_stand_in.row import Call, Row, names_in
from tests.support.aws_stand_in.tables import tag_calls
from tests.support.aws_stand_in.translate import StandInError, member_of, normal, value

Properties = dict[str, Any]
_EVERYWHERE = frozenset({"region", "tags", "tagsAll", "__defaults"})
_GONE = ("NotFound", "NoSuch", "ResourceNotFoundException", "NonExistent", "404", "Unknown")


@cache
def declared_outputs(token: str) -> frozenset[str]:
    """Output names of a type as the SDK of pulumi-aws declares them; tests need no schema file."""
    module, name = token.split("/", maxsplit=1)[0], token.rsplit(":", 1)[-1]
    package = import_module(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}")
    return frozenset(resource_types(getattr(package, name)))


class LifeCycle:
    """Carries resources of the table to the emulator.

    Args:
        aws: Clients of the emulator.
    """

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self.alive: dict[tuple[str, str], Properties] = {}

    def create(self, row: Row, inputs: Properties) -> tuple[str, Properties]:
        """Make a resource; its id and outputs."""
        context = self._context(inputs)
        self._refuse_unused(row, context)
        demand(row, "create", context, self.alive)
        answer = self._call(row, _filled(row.create), context)
        context["answer"] = answer
        identity = evaluate(row.id, {"random": secrets.token_hex(8), **context})
        if not identity:
            raise StandInError(f"{row.token}: its id, {row.id}, is not in the answer {answer}")
        context["id"] = str(identity)
        for call in row.after:
            if any(_given(context.get(name)) for name in call.on) or not call.on:
                self._call(row, call, context)
        outputs = self._outputs(row, context, inputs)
        self.alive[row.token, str(identity)] = outputs
        return str(identity), outputs

    def read(self, row: Row, identity: str, state: Properties) -> Properties | None:
        """What the emulator says of a resource; None when it is gone."""
        if row.echo:
            return self.alive.get((row.token, identity))
        try:
            return self._outputs(row, self._context(state) | {"id": identity}, state)
        except ClientError as error:
            if is_gone(error):
                return None
            raise

    def update(self, row: Row, identity: str, state: Properties, old: Properties, new: Properties) -> Properties:
        """Change a resource in place.

        Raises:
            StandInError: A changed property has no call in the row.
        """
        changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)} - _EVERYWHERE
        context = self._context(state | dict.fromkeys(changed) | new) | {"id": identity, "old": old, "state": state}
        demand(row, "update", context, self.alive)
        done = set(row.ignored)
        for call in (*(call for call in row.after if call.on), *row.updates):
            carried = self._carried(row, call, context)
            if changed & (set(call.on) or carried):
                self._call(row, call, context)
                done |= carried
        if changed - done:
            raise StandInError(f"{row.token}: no call in its row changes {', '.join(sorted(changed - done))}")
        self._tag(row, context, old)
        self.alive[row.token, identity] = self._outputs(row, context, new)
        return self.alive[row.token, identity]

    def delete(self, row: Row, identity: str, state: Properties) -> None:
        """Remove a resource; one that is gone already is no error."""
        context = self._context(state) | {"id": identity}
        demand(row, "delete", context, self.alive)
        for call in (*row.before_delete, *([row.delete] if row.delete else [])):
            try:
                self._call(row, call, context)
            except ClientError as error:
                if not is_gone(error):
                    raise
        self.alive.pop((row.token, identity), None)

    def _context(self, properties: Properties) -> Properties:
        tags = properties.get("tagsAll") or properties.get("tags")
        region = properties.get("region") or self._aws.region
        return {**properties, "tags": tags or None, "region": region, "account": self._aws.account}

    def _operation(self, row: Row, call: Call) -> OperationModel:
        client = self._aws.client(call.service or row.service, self._aws.region)
        return client.meta.service_model.operation_model(client.meta.method_to_api_mapping[call.operation])

    def _carried(self, row: Row, call: Call, context: Properties) -> set[str]:
        """Properties that a call takes to AWS."""
        shape = self._operation(row, call).input_shape
        filled = {name for name in context if call.fill and shape and member_of(shape, name, row.names)}
        return call.properties() | filled

    def _refuse_unused(self, row: Row, context: Properties) -> None:
        calls = (_filled(row.create), *row.after)
        carried = set().union(*(self._carried(row, call, context) for call in calls))
        if row.echo:
            carried |= set().union(*(self._carried(row, call, context) for call in row.updates))
        known = carried | _EVERYWHERE | set(row.ignored) | names_in(row.id) | {"account"}
        if unused := {name for name in context if _given(context[name])} - known:
            raise StandInError(f"{row.token}: no call in its row takes {', '.join(sorted(unused))}")
        if context["tags"] and not row.tag_type and "tags" not in carried:
            raise StandInError(f"{row.token}: no call in its row takes tags")

    def _request(self, row: Row, call: Call, context: Properties) -> Properties:
        shape = self._operation(row, call).input_shape
        request: Properties = {}
        if shape is None:
            return request
        if call.fill:
            for name in sorted(context.keys() & (declared_outputs(row.token) | {"tags"})):
                member = member_of(shape, name, row.names)
                if member and context[name] is not None and member not in call.arguments:
                    request[member] = value(shape.members[member], context[name], f"{row.token}.{name}", row.names)
        if row.tag_type and call.fill and context["tags"] and "TagSpecifications" in shape.members:
            tags = [{"Key": key, "Value": text} for key, text in context["tags"].items()]
            request["TagSpecifications"] = [{"ResourceType": row.tag_type, "Tags": tags}]
        for member, expression in call.arguments.items():
            given = evaluate(expression, context)
            if given is not None:
                request[member] = value(shape.members[member], given, f"{row.token}.{member}", row.names)
        return {member: item for member, item in request.items() if item is not None}

    def _call(self, row: Row, call: Call, context: Properties) -> Properties:
        if call.when and not evaluate(call.when, context):
            return {}
        request = self._request(row, call, context)
        client = self._aws.client(call.service or row.service, context["region"])
        if row.echo or call.echo:
            self._aws.validate(row.service, self._operation(row, call), request)
            return {}
        answer = dict(getattr(client, call.operation)(**request))
        if call.keep:
            context[call.keep] = answer
        return answer

    def _tag(self, row: Row, context: Properties, old: Properties) -> None:
        before, after = (old.get("tagsAll") or old.get("tags") or {}), (context["tags"] or {})
        if before == after or row.echo:
            return
        tag, untag = tag_calls(row)
        removed = sorted(before.keys() - after.keys())
        if removed:
            self._call(row, untag, context | {"removed": removed})
        if after:
            self._call(row, tag, context)

    def _outputs(self, row: Row, context: Properties, inputs: Mapping[str, Any]) -> Properties:
        found: Any = {}
        if row.read and not row.echo:
            found = evaluate(row.found, self._call(row, row.read, context))
            if found is None:
                raise ClientError({"Error": {"Code": "NotFound", "Message": row.token}}, row.read.operation)
        outputs = {name: item for name, item in inputs.items() if item is not None and name != "__defaults"}
        outputs |= {"region": context["region"]}
        matched = dict(_matches(found, declared_outputs(row.token) - outputs.keys()))
        computed = {
            name: evaluate(expression, {**matched, **context, "found": found})
            for name, expression in row.outputs.items()
        }
        return outputs | matched | {name: item for name, item in computed.items() if item is not None}


def _filled(call: Call) -> Call:
    return replace(call, fill=True)


def _given(item: Any) -> bool:
    return item not in (None, [], {})


def _matches(found: Any, wanted: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Outputs that the description holds under the same name, when they are plain values."""
    members = {normal(member): item for member, item in found.items()} if isinstance(found, dict) else {}
    for name in sorted(wanted):
        item = members.get(normal(name))
        if isinstance(item, str | bool | int | float) or (
            isinstance(item, list) and item and all(isinstance(part, str) for part in item)
        ):
            yield name, item


def is_gone(error: ClientError) -> bool:
    """Whether AWS says that the thing does not exist."""
    return any(word in error.response["Error"]["Code"] for word in _GONE)
