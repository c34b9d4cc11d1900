"""A probe: one golden row with the answer that the release gave when it was packed.

A model server that says it is ready may still answer nothing, so a slot counts as healthy only when it answers this.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any, Self
from urllib.parse import urlsplit

import numpy as np

from serving.endpoint import infer_request, infer_response
from serving.release import Release, golden

# Answers of one model on other hardware differ in the last digits.
RELATIVE_TOLERANCE = 1e-3


class ProbeError(Exception):
    """A slot did not answer, or answered wrongly; the message says how."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One question with a known answer.

    Args:
        model: The model's name.
        request: The body of a KServe v2 inference of one row.
        output: The name of the output that is compared.
        expected: What that output held, flat, when the release was packed.
    """

    model: str
    request: dict[str, Any]
    output: str
    expected: list[Any]

    @classmethod
    def of(cls, release: Release) -> Self:
        """Return the probe of a release: the first row of its golden set.

        Raises:
            ReleaseError: The golden set is not what the manifest says.
        """
        rows, manifest = golden(release), release.manifest
        first = {name: values[:1] for name, values in rows.inputs.items()}
        return cls(
            model=manifest.name,
            request=infer_request(first, manifest.inputs),
            output=manifest.prediction,
            expected=rows.answers[:1].ravel().tolist(),
        )

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Return a probe from its plain values."""
        return cls(**document)

    def document(self) -> dict[str, Any]:
        """Return the plain values of this probe."""
        return asdict(self)

    def ask(self, url: str, timeout_seconds: float) -> None:
        """Ask a KServe v2 endpoint, over a connection of its own.

        Args:
            url: Such as `http://127.0.0.1:8000`.
            timeout_seconds: For connecting and for the answer, each.

        Raises:
            ProbeError: No answer, a refusal, or an answer that is not the expected one.
        """
        parts = urlsplit(url)
        connection = HTTPConnection(str(parts.hostname), parts.port, timeout=timeout_seconds)
        try:
            body = json.dumps(self.request)
            # An idle kept-alive connection would make the model server wait for its whole exit timeout.
            headers = {"content-type": "application/json", "connection": "close"}
            connection.request("POST", f"/v2/models/{self.model}/infer", body, headers)
            response = connection.getresponse()
            self._compare(response.status, response.read())
        except (OSError, HTTPException) as error:
            raise ProbeError(f"no answer ({error or type(error).__name__})") from error
        finally:
            connection.close()

    def _compare(self, status: int, content: bytes) -> None:
        text = content[:200].decode(errors="replace")
        if status != 200:  # noqa: PLR2004 - HTTP OK
            raise ProbeError(f"status {status}: {text}")
        try:
            answer = infer_response(json.loads(content))[self.output].ravel()
        except (ValueError, KeyError) as error:
            raise ProbeError(f"not an inference answer: {text}") from error
        if not _same(answer, np.array(self.expected)):
            raise ProbeError(f"{self.output} is {answer.tolist()}, expected {self.expected}")


def _same(answer: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> bool:
    if answer.shape != expected.shape:
        return False
    if expected.dtype.kind == "f":
        return bool(np.allclose(answer, expected, rtol=RELATIVE_TOLERANCE, atol=RELATIVE_TOLERANCE))
    return bool((answer == expected).all())
