"""A Kubernetes object as the API reference describes it, before it is a resource."""

from typing import Any

Document = dict[str, Any]
