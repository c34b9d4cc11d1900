"""One question with a known answer, asked with the standard library alone, so that the command starts in a moment.

`python -m serving.golden_probe FILE` is what a cluster runs as the startup, readiness and liveness probe of a slot: a
model server goes on saying that it is ready while it drains and after its model process died. 0: it answers rightly, 1:
it does not, and a sentence says how; 2: wrong usage.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

# Answers of one model on other hardware differ in the last digits.
TOLERANCE = 1e-3


class ProbeError(Exception):
    """A slot did not answer, or answered wrongly; the message says how."""


@dataclass(frozen=True, kw_only=True)
class GoldenProbe:
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
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Return a probe from its plain values."""
        return cls(**document)

    def document(self) -> dict[str, Any]:
        """Return the plain values of this probe."""
        return asdict(self)

    def ask(self, url: str, timeout_seconds: float, headers: Mapping[str, str] | None = None) -> None:
        """Ask a KServe v2 endpoint, over a connection of its own.

        Args:
            url: Such as `http://127.0.0.1:8000`.
            timeout_seconds: For connecting and for the answer, each.
            headers: Sent besides; none by default.

        Raises:
            ProbeError: No answer, a refusal, or an answer that is not the expected one.
        """
        parts = urlsplit(url)
        connection = HTTPConnection(str(parts.hostname), parts.port, timeout=timeout_seconds)
        try:
            body = json.dumps(self.request)
            # An idle kept-alive connection would make the model server wait for its whole exit timeout.
            sent = {**(headers or {}), "content-type": "application/json", "connection": "close"}
            connection.request("POST", f"/v2/models/{self.model}/infer", body, sent)
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
            (answer,) = (output["data"] for output in json.loads(content)["outputs"] if output["name"] == self.output)
            values = list(answer)
        except (ValueError, KeyError, TypeError) as error:
            raise ProbeError(f"not an inference answer: {text}") from error
        if not _same(values, self.expected):
            raise ProbeError(f"{self.output} is {values}, expected {self.expected}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m serving.golden_probe", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="the probe, as serving.fetch writes it")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="of the model server (default: %(default)s)")
    parser.add_argument("--timeout-seconds", type=float, default=2.0, help="for the answer (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    try:
        probe = GoldenProbe.read(json.loads(chosen.file.read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        parser.exit(2, f"{chosen.file} is no probe ({error}); write one with `python -m serving.fetch --probe-out`.\n")
    try:
        probe.ask(chosen.url, chosen.timeout_seconds)
    except ProbeError as error:
        print(f"{probe.model}: {error}")
        return 1
    return 0


def _same(answer: Sequence[Any], expected: Sequence[Any]) -> bool:
    return len(answer) == len(expected) and all(map(_alike, answer, expected))


def _alike(value: Any, expected: Any) -> bool:  # noqa: ANN401 - what JSON holds
    if isinstance(expected, float) and isinstance(value, int | float):
        return abs(value - expected) <= TOLERANCE + TOLERANCE * abs(expected)
    return bool(value == expected)


if __name__ == "__main__":
    sys.exit(main())
