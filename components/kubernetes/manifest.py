"""A Kubernetes object as a Pulumi resource, from the document that the API reference describes.

The typed classes of the SDK say the same in other spellings; a plain document is tested, judged by policies and applied
as it is written. Its type is the SDK's own, so provider, policies and tools see no difference.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi


class Manifest(pulumi.CustomResource):
    """One object; `status` is what the cluster says of it."""

    status: pulumi.Output[Any]

    def __init__(self, name: str, document: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        kind = document["kind"]
        secret = pulumi.ResourceOptions(additional_secret_outputs=["data", "stringData"] if kind == "Secret" else None)
        super().__init__(
            type_token(document["apiVersion"], kind),
            name,
            {**document, "status": None},
            pulumi.ResourceOptions.merge(opts, secret),
        )


def waiting_for(resources: Sequence[pulumi.Resource]) -> pulumi.ResourceTransformation:
    """Return what lets every object below a component wait for others: a component's own options reach no child."""

    def wait(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not args.type_.startswith("kubernetes:"):
            return None
        options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(depends_on=list(resources)))
        return pulumi.ResourceTransformationResult(props=args.props, opts=options)

    return wait


def type_token(api_version: str, kind: str) -> str:
    """Return the type of a kind of object, as the official provider names it."""
    group = api_version if "/" in api_version else f"core/{api_version}"
    return f"kubernetes:{group}:{kind}"
