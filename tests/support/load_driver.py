"""The process that sends a load: `python -m tests.support.load_driver`, spoken to by `tests.support.load`.

An open loop: each request is sent when it is due, however slow the answers are, so a stall shows in the figures. A line
of JSON on standard input says what to send; further lines are commands; the end of the input ends the load.
"""

import json
import os
import selectors
import sys
import time
from base64 import b64decode
from collections import Counter
from math import ceil
from typing import Any

from tests.support.load_connections import OK, READ_BYTES, Answer, Grpc, Request, Rest, Sender

TIMEOUT_SECONDS = 25.0
LATE_SECONDS = 0.1
# A busy machine must not meet ever more requests: beyond so many in flight others wait, and count as late; beyond so
# long they are not sent at all, and count as skipped.
MOST_IN_FLIGHT = 2000
MOST_BEHIND_SECONDS = 0.5
SHOWN_PROBLEMS = 8
LONGEST_WAIT_SECONDS = 0.2


class Counts:
    """Each request once: right, wrong, refused or lost."""

    def __init__(self, expected: dict[str, list[int | None]]) -> None:
        self.expected = expected
        self.sent: Counter[str] = Counter()
        self.right: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.late = self.skipped = 0
        self.latencies: list[float] = []
        self.problems: list[str] = []
        self.first_answers: dict[str, float] = {}
        self.last_right = time.monotonic()
        self.longest_silence = 0.0
        # The last answers come late by their nature: nobody asks any more.
        self.ended = False

    def count(self, request: Request, answer: Answer) -> None:
        now = time.monotonic()
        slot = answer.slot or "no slot"
        if answer.lost:
            self.lost[answer.lost] += 1
        elif answer.status != str(OK):
            self.refused[f"{answer.status} by {slot}"] += 1
        elif (
            answer.label is None or answer.label != self.expected.get(answer.release, {request.row: None})[request.row]
        ):
            self.wrong[slot] += 1
        else:
            self._right(request, slot, now)
            return
        if len(self.problems) < SHOWN_PROBLEMS:
            self.problems.append(f"{request.kind} row {request.row} after {now - request.sent:.3f} s: {answer}")

    def _right(self, request: Request, slot: str, now: float) -> None:
        self.right[slot] += 1
        self.latencies.append(now - request.due)
        self.first_answers.setdefault(slot, now)
        if not self.ended:
            self.longest_silence = max(self.longest_silence, now - self.last_right)
        self.last_right = now

    def document(self) -> dict[str, Any]:
        """Return everything that was counted so far."""
        ordered = sorted(self.latencies)
        quantiles = {f"p{level}": ordered[len(ordered) * level // 100] if ordered else None for level in (50, 99)}
        return {
            "sent": dict(self.sent),
            "right": dict(self.right),
            "wrong": dict(self.wrong),
            "refused": dict(self.refused),
            "lost": dict(self.lost),
            "late": self.late,
            "skipped": self.skipped,
            "latency_seconds": {**quantiles, "max": ordered[-1] if ordered else None},
            "longest_silence_seconds": self.longest_silence,
            "first_answers": self.first_answers,
            "problems": self.problems,
        }


class Driver:
    """Sends what is due, and hears what comes back."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.selector = selectors.DefaultSelector()
        self.counts = Counts(plan["expected"])
        self.rows = len(plan["rest"])
        self.intervals = {kind: 1 / rate for kind, rate in plan["rates"].items() if rate}
        self.senders = self._senders(plan)
        self.in_flight: dict[Request, None] = {}
        self.unread = b""
        self.going = True
        start = time.monotonic()
        self.due = dict.fromkeys(self.intervals, start)
        self.end = start + plan["most_seconds"]
        self.selector.register(sys.stdin.fileno(), selectors.EVENT_READ, self.obey)

    def run(self) -> None:
        """Send until the input ends, then wait for the last answers."""
        self.tell()
        while self.going or self.in_flight:
            self.send_due()
            for key, mask in self.selector.select(self.pause()):
                key.data(mask)
            self.give_up_old()
            self.going = self.going and time.monotonic() < self.end
            self.counts.ended = not self.going
        self.tell()

    def send_due(self) -> None:
        now = time.monotonic()
        for kind, interval in self.intervals.items():
            behind = now - self.due[kind] - MOST_BEHIND_SECONDS
            if behind > 0:
                skipped = ceil(behind / interval)
                self.counts.skipped += skipped
                self.due[kind] += skipped * interval
            while self.going and self.due[kind] <= now and len(self.in_flight) < MOST_IN_FLIGHT:
                self.send(kind, self.due[kind], now)
                self.due[kind] += interval

    def send(self, kind: str, due: float, now: float) -> None:
        self.counts.late += now - due > LATE_SECONDS
        request = Request(kind=kind, row=self.counts.sent.total() % self.rows, due=due, sent=now)
        self.counts.sent[kind] += 1
        self.in_flight[request] = None
        self.senders[kind].send(request)

    def pause(self) -> float:
        if not self.going or len(self.in_flight) >= MOST_IN_FLIGHT:
            return LONGEST_WAIT_SECONDS
        return min(max(0.0, min(self.due.values()) - time.monotonic()), LONGEST_WAIT_SECONDS)

    def answered(self, request: Request, answer: Answer) -> None:
        if request in self.in_flight:
            del self.in_flight[request]
            self.counts.count(request, answer)

    def give_up_old(self) -> None:
        oldest = time.monotonic() - TIMEOUT_SECONDS
        while self.in_flight and (request := next(iter(self.in_flight))).sent < oldest:
            self.senders[request.kind].give_up(request)
            self.answered(request, Answer(lost="no answer in time"))

    def obey(self, _mask: int) -> None:
        data = os.read(sys.stdin.fileno(), 4096)
        if not data:
            self.selector.unregister(sys.stdin.fileno())
            self.going = False
        *commands, self.unread = (self.unread + data).split(b"\n")
        for command in commands:
            if command == b"mark":
                self.counts.first_answers.clear()
            self.tell()

    def tell(self) -> None:
        print(json.dumps(self.counts.document()), flush=True)

    def _senders(self, plan: dict[str, Any]) -> dict[str, Sender]:
        host, port = plan["address"]
        made: dict[str, Sender] = {}
        for kind in self.intervals:
            protocol, fresh = kind.split("_")[0], kind.endswith("_new")
            messages = [b64decode(message) for message in plan[protocol]]
            if protocol == "rest":
                made[kind] = Rest(
                    address=(host, port),
                    messages=messages,
                    output=plan["output"],
                    fresh=fresh,
                    selector=self.selector,
                    done=self.answered,
                )
            else:
                made[kind] = sender = Grpc(
                    (host, port), messages, plan["output"], key=plan["key"], fresh=fresh, done=self.answered
                )
                self.selector.register(sender.reader, selectors.EVENT_READ, sender.ready)
        return made


def read_plan() -> dict[str, Any]:
    """Read the first line, past the buffer of sys.stdin, which would keep later commands from the selector."""
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(sys.stdin.fileno(), READ_BYTES)
    plan: dict[str, Any] = json.loads(line)
    return plan


if __name__ == "__main__":
    Driver(read_plan()).run()
