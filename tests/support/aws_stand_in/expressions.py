"""JMESPath with the functions that the tables need beside the standard ones."""

import json
from typing import Any

import jmespath
from jmespath import functions


class _Functions(functions.Functions):
    @functions.signature({"types": ["string"]}, {"types": ["array"]})
    def _func_map_by(self, key: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
        """Turn a list of blocks into a mapping by one of their keys."""
        return {block[key]: {name: item for name, item in block.items() if name != key} for block in blocks}

    @functions.signature({"types": ["array"]})
    def _func_from_pairs(self, pairs: list[list[Any]]) -> dict[str, Any]:
        """Turn pairs of name and value into a mapping."""
        return {name: item for name, item in pairs}  # noqa: C416 - names what the pairs are

    @functions.signature({"types": ["string"]})
    def _func_from_json(self, text: str) -> Any:
        """Parse a document that the official provider takes as text and AWS as a structure."""
        return json.loads(text)

    @functions.signature({"types": ["string"]})
    def _func_bare(self, document: str) -> str:
        """Write lists of one as that one, and anyone as a mapping: moto reads only those; to AWS they are the same."""
        return json.dumps(_bare(json.loads(document)))

    @functions.signature({"types": ["string"]}, {"types": ["string"]}, {"types": ["string"]})
    def _func_replace(self, text: str, old: str, new: str) -> str:
        """Replace a part of a text."""
        return text.replace(old, new)


def _bare(part: Any) -> Any:
    if isinstance(part, dict):
        anyone = {"Principal": {"AWS": "*"}} if part.get("Principal") == "*" else {}
        return {name: item if name == "Action" else _bare(item) for name, item in (part | anyone).items()}
    if isinstance(part, list):
        return _bare(part[0]) if len(part) == 1 and isinstance(part[0], str) else [_bare(item) for item in part]
    return part


_OPTIONS = jmespath.Options(custom_functions=_Functions())


def evaluate(expression: str, context: dict[str, Any]) -> Any:
    """Give what an expression of the tables finds in the context; None when nothing."""
    return jmespath.search(expression, context, _OPTIONS)
