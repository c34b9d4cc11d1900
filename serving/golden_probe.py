"""One question with a known answer, asked with the standard library alone, so that the command starts in a moment.

`python -m serving.golden_probe FILE` is what a cluster runs as the startup, readiness and liveness probe of a slot: a
model server goes on saying that it is ready while it drains and after its model process died. 0: it answers rightly, 1:
it does not, and a sentence says how; 2: wrong usage. A probe of a start keeps asking (`--patience-seconds`); one that
decides on a restart takes silence for work (`--silence-is-work`), as a server with a long queue is silent too.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

# Answers of one model on other hardware differ in the last digits.
TOLERANCE = 1e-3
RETRY_SECONDS = 0.5
GATEWAY_TIMEOUT = 504


class ProbeError(Exception):
    """A slot did not answer, or answered wrongly; the message says how."""


class SilentError(ProbeError):
    """A slot took the question and has not answered in time: it is busy, or it hangs."""


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
            SilentError: No answer in time.
            ProbeError: Nobody there, a refusal, or an answer that is not the expected one.
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
        except TimeoutError as error:
            raise SilentError(f"no answer within {timeout_seconds:g} s") from error
        except (OSError, HTTPException) as error:
            raise ProbeError(f"no answer ({error or type(error).__name__})") from error
        finally:
            connection.close()

    def _compare(self, status: int, content: bytes) -> None:
        text = content[:200].decode(errors="replace")
        if status == GATEWAY_TIMEOUT:
            raise SilentError(f"status {status}: {text}")
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
    known = parser()
    chosen = known.parse_args(arguments)
    try:
        probe = GoldenProbe.read(json.loads(chosen.file.read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        known.exit(2, f"{chosen.file} is no probe ({error}); write one with `python -m serving.fetch --probe-out`.\n")
    try:
        _ask(probe, chosen)
    except ProbeError as error:
        if chosen.silence_is_work and isinstance(error, SilentError):
            return 0
        print(f"{probe.model}: {error}")
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Return what the command understands."""
    parser = argparse.ArgumentParser(prog="python -m serving.golden_probe", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="the probe, as serving.fetch writes it")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="of the model server (default: %(default)s)")
    parser.add_argument("--timeout-seconds", type=float, default=2.0, help="for the answer (default: %(default)s)")
    parser.add_argument(
        "--patience-seconds",
        type=float,
        default=0.0,
        help="go on asking for so long, the last answer included (default: ask once)",
    )
    parser.add_argument(
        "--silence-is-work", action="store_true", help="succeed when the server took the question and is still at it"
    )
    return parser


def _ask(probe: GoldenProbe, chosen: argparse.Namespace) -> None:
    seconds: float = chosen.timeout_seconds
    end = time.monotonic() + chosen.patience_seconds
    while True:
        left = max(end - time.monotonic(), RETRY_SECONDS)
        try:
            return probe.ask(chosen.url, min(seconds, left) if chosen.patience_seconds else seconds)
        except ProbeError:
            if end - time.monotonic() <= 2 * RETRY_SECONDS:
                raise
        time.sleep(RETRY_SECONDS)


def _same(answer: Sequence[Any], expected: Sequence[Any]) -> bool:
    return len(answer) == len(expected) and all(map(_alike, answer, expected))


def _alike(value: Any, expected: Any) -> bool:  # noqa: ANN401 - what JSON holds
    if isinstance(expected, float) and isinstance(value, int | float):
        return abs(value - expected) <= TOLERANCE + TOLERANCE * abs(expected)
    return bool(value == expected)


if __name__ == "__main__":
    sys.exit(main())
