"""What the stand-in knows of one resource type: a row of calls, an id, and what replaces it.

Expressions are JMESPath over the resource's properties (inputs, then outputs) plus `id`, `account` and `region`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"[A-Za-z_]\w*")


def names_in(expression: str) -> set[str]:
    """The property names that an expression mentions (and perhaps some words that are none)."""
    return set(_NAME.findall(expression))


@dataclass(frozen=True)
class Call:
    """One AWS operation.

    Args:
        operation: Method of the boto3 client.
        arguments: Request member to the expression that gives its value; a null leaves the member out.
        on: Properties that make the call necessary, when set at creation or changed later; empty means always.
        fill: Take further members from the properties of the same name.
        service: boto3 client name where it is not the row's.
        when: Expression that must find something, or the call is left out.
        echo: moto lacks the call: the request is validated by botocore and goes no further.
        keep: Name under which later expressions find the answer.
    """

    operation: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    on: tuple[str, ...] = ()
    fill: bool = False
    service: str = ""
    when: str = ""
    keep: str = ""
    echo: bool = False

    def properties(self) -> set[str]:
        """Properties that the call carries by expression or by its condition."""
        return set(self.on).union(*(names_in(expression) for expression in self.arguments.values()))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One resource type.

    Args:
        token: Type token without the package, such as `ec2/vpc:Vpc`.
        service: boto3 client name.
        create: Made first; always filled from the properties.
        id: Expression over the create call's answer (as `answer`) and the properties.
        after: Calls after creation and again when one of their properties changes.
        updates: Calls for changes only.
        read: Call that describes it; `found` is the expression that holds it in the answer.
        outputs: Output name to expression over properties, `answer` and `found`; others are matched by name.
        before_delete: Calls that empty or detach it.
        delete: Last call; None where deleting means nothing in AWS either.
        replaces: Properties that AWS cannot change in place.
        names: Property name to request member, where they differ, at any depth.
        ignored: Properties that reach no AWS call, because only the official provider acts on them.
        autoname: Property that gets a generated name when unset, and `name_limit` its length.
        tag_type: What EC2 calls the type in TagSpecifications.
        delete_first: The old one goes before its replacement, because two cannot exist.
        echo: moto has no such type: the request is validated by botocore, then remembered here.
    """

    token: str
    service: str
    create: Call
    id: str
    after: tuple[Call, ...] = ()
    updates: tuple[Call, ...] = ()
    read: Call | None = None
    found: str = "@"
    outputs: Mapping[str, str] = field(default_factory=dict)
    before_delete: tuple[Call, ...] = ()
    delete: Call | None = None
    replaces: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    autoname: str = ""
    name_limit: int = 64
    tag_type: str = ""
    delete_first: bool = False
    echo: bool = False


def arn(service: str, path: str) -> str:
    """Expression for an ARN that the describe call leaves out; `{name}` in the path is a property.

    Args:
        service: Service part of the ARN.
        path: Resource part, such as `vpc/{id}`.
    """
    pieces = ", ".join(f"'{text}'" if index % 2 == 0 else text for index, text in enumerate(re.split(r"[{}]", path)))
    return f"join('', ['arn:aws:{service}:', region, ':', account, ':', {pieces}])"
