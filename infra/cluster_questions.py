"""Questions to a cluster that change nothing, and their answers: what is there, what is not, what may not be seen."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from components.kubernetes.cluster_access import called, failures, why

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class HiddenError(Exception):
    """These credentials may not ask that."""


class SilentError(Exception):
    """The cluster does not answer, or not with what was asked."""


class Questions:
    """What one cluster is asked.

    Args:
        client: Of the cluster.
    """

    def __init__(self, client: "ApiClient") -> None:
        self._client = client

    def get(self, path: str, what: str) -> Mapping[str, Any] | None:
        """Return a document of the API, None where there is none.

        Args:
            path: Such as `/version`.
            what: What people call it, for a refusal.

        Raises:
            HiddenError: It may not be read.
            SilentError: The cluster does not answer.
        """
        return self._call("GET", path, what)

    def may(self, **attributes: str) -> bool:
        """Tell whether these credentials may do something.

        Args:
            attributes: `verb`, `group`, `resource`, `namespace`, `name`.

        Raises:
            HiddenError: Nobody may ask.
            SilentError: The cluster does not answer.
        """
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {name: value for name, value in attributes.items() if value}},
        }
        answer = self._call("POST", REVIEWS, "what they may do", review) or {}
        return bool((answer.get("status") or {}).get("allowed"))

    def _call(self, verb: str, path: str, what: str, body: Any = None) -> Mapping[str, Any] | None:  # noqa: ANN401 - JSON
        from kubernetes.client import ApiException  # noqa: PLC0415 - see cluster_access

        try:
            headers = {"Accept": "application/json", "Content-Type": "application/json"}
            document: Mapping[str, Any] = json.loads(called(self._client, verb, path, headers, body))
        except ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            if error.status == HTTPStatus.FORBIDDEN:
                raise HiddenError(what) from None
            raise SilentError(why(error)) from None
        except failures() as error:
            raise SilentError(why(error)) from None
        except ValueError as error:
            raise SilentError(why(error)) from None
        return document


def unless_hidden(sentences: Iterator[str]) -> Iterator[str]:
    """Yield sentences, and one more where the next question may not be asked."""
    try:
        yield from sentences
    except HiddenError as error:
        yield f"These credentials may not read {error}; ask the cluster's administrator for that."
