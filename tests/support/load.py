"""A continuous load on one model through the gateway, sent by a process of its own, and what came of it.

Each request is counted once. Right is an answer that the release which gave it (header `x-slipway-release`) gives when
ONNX Runtime computes it in this process; refused is any other status; lost is no answer at all.
"""

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import numpy as np
import onnxruntime
from tritonclient.grpc import service_pb2

from serving.endpoint import encoded
from serving.release import Release

Array = np.ndarray[Any, Any]

CHECKOUT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 600.0
END_SECONDS = 60.0
ROWS_AT_ONCE = 20
# Per second, by protocol and whether each request opens a connection of its own.
RATES: Mapping[str, float] = {"rest": 800, "rest_new": 40, "grpc": 50, "grpc_new": 10}


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What came of a load so far.

    Attributes:
        sent: requests by kind of connection.
        right: right answers by slot; `wrong` likewise.
        refused: answers of another status than 200, by status and slot.
        lost: requests without an answer, by reason.
        late: requests sent over 0.1 s after they were due, because this machine was busy.
        skipped: requests never sent, for the same reason; they are in no other figure.
        latency_seconds: p50, p99 and max of right answers, from when they were due.
        longest_silence_seconds: the longest time without a right answer.
        first_answers: when each slot gave its first right answer since the last mark, on the machine's monotonic clock.
        problems: the first few that were not right, in words.
    """

    sent: Mapping[str, int] = field(default_factory=dict)
    right: Mapping[str, int] = field(default_factory=dict)
    wrong: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    late: int = 0
    skipped: int = 0
    latency_seconds: Mapping[str, float | None] = field(default_factory=dict)
    longest_silence_seconds: float = 0.0
    first_answers: Mapping[str, float] = field(default_factory=dict)
    problems: Sequence[str] = ()

    @property
    def total(self) -> int:
        return sum(self.sent.values())

    @property
    def counted(self) -> int:
        """Requests that ended, each of them in exactly one way."""
        return sum(sum(ended.values()) for ended in (self.right, self.wrong, self.refused, self.lost))

    @property
    def failures(self) -> dict[str, int]:
        """Everything that a user of the gateway would complain about."""
        wrong = {f"wrong by {slot}": count for slot, count in self.wrong.items()}
        lost = {f"lost: {reason}": count for reason, count in self.lost.items()}
        return {**wrong, **self.refused, **lost}

    def __str__(self) -> str:
        slots = ", ".join(f"{slot} {count}" for slot, count in sorted(self.right.items()))
        figures = {name: value and round(value * 1000, 1) for name, value in self.latency_seconds.items()}
        return (
            f"{self.total} requests: {sum(self.right.values())} right ({slots}), {sum(self.wrong.values())} wrong, "
            f"{sum(self.refused.values())} refused, {sum(self.lost.values())} lost; ms {figures}, "
            f"{self.late} sent late, {self.skipped} not at all" + "".join(f"\n  {problem}" for problem in self.problems)
        )

    def document(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Load:
    """A load that goes on."""

    process: subprocess.Popen[str]
    ended: Tally | None = None

    def tally(self) -> Tally:
        """Say what came of it until now."""
        return self._ask("tally")

    def mark(self) -> Tally:
        """The same, and forget which slot answered first."""
        return self._ask("mark")

    def stop(self) -> Tally:
        """Send no more, wait for the last answers, and say what came of all."""
        if self.ended is None:
            output, _ = self.process.communicate(timeout=END_SECONDS)
            self.ended = _tally(output.splitlines()[-1])
        return self.ended

    def _ask(self, command: str) -> Tally:
        stdin, stdout = cast("Any", self.process.stdin), cast("Any", self.process.stdout)
        stdin.write(f"{command}\n")
        stdin.flush()
        return _tally(stdout.readline())


@dataclass(frozen=True, kw_only=True)
class LoadPlan:
    """What to send, and what is right.

    Attributes:
        url: of the gateway.
        model: the served name.
        key: of the client.
        rows: `{input name: [rows, …]}`; a request has one row.
        releases: every release that may answer.
        rates: requests per second by kind of connection.
    """

    url: str
    model: str
    key: str
    rows: Mapping[str, Array]
    releases: Sequence[Release]
    rates: Mapping[str, float] = field(default_factory=lambda: RATES)

    def document(self) -> dict[str, Any]:
        address = urlsplit(self.url)
        singles = _parts(self.rows, 1)
        return {
            "address": [address.hostname, address.port],
            "key": self.key,
            "output": self.releases[0].manifest.prediction,
            "rates": dict(self.rates),
            "most_seconds": MOST_SECONDS,
            "expected": {release.digest[:12]: labels(release, self.rows) for release in self.releases},
            "rest": [_text(self._rest(single)) for single in singles],
            "grpc": [_text(_grpc(self.model, single)) for single in singles],
        }

    def _rest(self, inputs: Mapping[str, Array]) -> bytes:
        body = encoded(inputs, self.releases[0].manifest.inputs)
        head = (
            f"POST /v2/models/{self.model}/infer HTTP/1.1\r\nhost: {urlsplit(self.url).netloc}\r\n"
            f"x-api-key: {self.key}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@contextmanager
def load(plan: LoadPlan) -> Iterator[Load]:
    """Send a load until the block ends; it ends with this process too, and after `MOST_SECONDS`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.load_driver"],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    running = Load(process)
    try:
        cast("Any", process.stdin).write(json.dumps(plan.document()) + "\n")
        cast("Any", process.stdin).flush()
        # It tells when it begins.
        cast("Any", process.stdout).readline()
        yield running
        running.stop()
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            cast("Any", pipe).close()


def labels(release: Release, rows: Mapping[str, Array]) -> list[int | None]:
    """Return the class that a release gives each row, computed here; None for a row that it cannot compute."""
    path = release.directory / release.manifest.model_file
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    found: list[int | None] = []
    for part in _parts(rows, ROWS_AT_ONCE):
        found += _computed(session, release.manifest.prediction, part) or [
            label
            for single in _parts(part, 1)
            for label in _computed(session, release.manifest.prediction, single) or [None]
        ]
    return found


def _computed(session: onnxruntime.InferenceSession, output: str, rows: Mapping[str, Array]) -> list[int | None]:
    try:
        (found,) = session.run([output], dict(rows))
    except Exception:  # noqa: BLE001 - ONNX Runtime has a class of its own for each failure, and no base of them
        return []
    return [int(label) for label in np.ravel(found)]


def _parts(rows: Mapping[str, Array], size: int) -> list[dict[str, Array]]:
    count = len(next(iter(rows.values())))
    return [{name: array[row : row + size] for name, array in rows.items()} for row in range(0, count, size)]


def _grpc(model: str, inputs: Mapping[str, Array]) -> bytes:
    tensors = [
        service_pb2.ModelInferRequest.InferInputTensor(name=name, datatype="FP32", shape=array.shape)
        for name, array in inputs.items()
    ]
    raw = [array.tobytes() for array in inputs.values()]
    request = service_pb2.ModelInferRequest(model_name=model, inputs=tensors, raw_input_contents=raw)
    return cast("bytes", request.SerializeToString())


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _tally(line: str) -> Tally:
    return Tally(**json.loads(line))
