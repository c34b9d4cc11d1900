"""Asks every slot for a golden answer, again and again; restarts one that keeps failing; answers health questions.

Started by the supervisor of a stack: `python -m serving.prober --help`. It reads which slots there are from the
stack's endpoint files at every round, so that nothing has to tell it of a new one.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serving.health_server import HealthServer
from serving.log_rotation import rotate_gateway_logs
from serving.probe import Probe, ProbeError
from serving.process_control import restart_program

PROBE_TIMEOUT_SECONDS = 2
FIRST_BACKOFF_SECONDS = 10
LONGEST_BACKOFF_SECONDS = 300
CONCURRENT_PROBES = 8


@dataclass(frozen=True, kw_only=True)
class Target:
    """One slot to ask: where it listens, what it must answer, and the process to restart."""

    model: str
    slot: str
    url: str
    program: str
    probe: Probe

    @classmethod
    def read(cls, path: Path) -> "Target":
        """Return the slot that an endpoint file describes."""
        entry = json.loads(path.read_text())
        return cls(
            model=entry["model"],
            slot=entry["slot"],
            url=f"http://127.0.0.1:{entry['http_port']}",
            program=entry["program"],
            probe=Probe.read(entry["probe"]),
        )


@dataclass
class Health:
    """What is known of one slot; `restarts` are all, `tries` those since its last right answer."""

    healthy: bool = False
    failures: int = 0
    restarts: int = 0
    tries: int = 0
    reason: str = "not asked yet"
    next_restart_at: float = 0.0


@dataclass
class Prober:
    """The rounds of a stack: which slots answered, and which process is to be restarted.

    Args:
        failures_to_restart: Failures in a row after which a slot's process is restarted.
        restart: Restarts a process by its name.
        now: Seconds on a clock that never goes back.
        log: Takes one line.
    """

    failures_to_restart: int
    restart: Callable[[str], None]
    now: Callable[[], float]
    log: Callable[[str], None]
    health: dict[str, Health] = field(default_factory=dict)

    def note(self, target: Target, problem: str | None) -> None:
        """Take the outcome of one probe, `None` when the slot answered rightly."""
        health = self.health.setdefault(target.program, Health())
        if problem is None:
            if not health.healthy:
                self.log(f"{target.model} {target.slot}: healthy")
            self.health[target.program] = Health(healthy=True, restarts=health.restarts, reason="")
            return
        health.healthy, health.reason = False, problem
        health.failures += 1
        self.log(f"{target.model} {target.slot}: failure {health.failures}: {problem}")
        if health.failures >= self.failures_to_restart and self.now() >= health.next_restart_at:
            self._restart(target, health)

    def forget_all_but(self, targets: list[Target]) -> None:
        """Forget processes that no endpoint file names any more."""
        known = {target.program for target in targets}
        self.health = {program: health for program, health in self.health.items() if program in known}

    def _restart(self, target: Target, health: Health) -> None:
        health.restarts += 1
        health.tries += 1
        backoff = min(FIRST_BACKOFF_SECONDS * 2 ** (health.tries - 1), LONGEST_BACKOFF_SECONDS)
        health.next_restart_at = self.now() + backoff
        self.log(f"{target.model} {target.slot}: restart {health.restarts} of {target.program}: {health.reason}")
        try:
            self.restart(target.program)
        except Exception as error:  # noqa: BLE001 - one slot that cannot be restarted must not end the prober
            self.log(f"{target.model} {target.slot}: not restarted: {error}")


def read_targets(endpoints: Path) -> list[Target]:
    """Return every slot with an endpoint file; one that is being removed is passed over."""
    targets = []
    for path in sorted(endpoints.glob("*.json")):
        try:
            targets.append(Target.read(path))
        except FileNotFoundError:
            continue
    return targets


def problem_of(target: Target) -> str | None:
    """Ask one slot; return what is wrong, `None` when nothing is."""
    try:
        target.probe.ask(target.url, PROBE_TIMEOUT_SECONDS)
    except ProbeError as error:
        return str(error)
    return None


def status(targets: list[Target], health: Mapping[str, Health]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return model → slot → what is known of it, as plain values."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for target in targets:
        known = health.get(target.program, Health())
        found.setdefault(target.model, {})[target.slot] = {
            "healthy": known.healthy,
            "restarts": known.restarts,
            "reason": known.reason,
        }
    return found


def run(stack_dir: Path, interval_seconds: float, failures_to_restart: int) -> None:
    """Ask every slot of a stack in rounds, until the process is ended."""
    prober = Prober(
        failures_to_restart=failures_to_restart,
        restart=lambda program: restart_program(stack_dir / "run" / "supervisor.sock", program),
        now=time.monotonic,
        log=lambda line: print(time.strftime("%Y-%m-%dT%H:%M:%S"), line, flush=True),
    )
    server = HealthServer(stack_dir / "run" / "prober.sock", stack_dir / "weights")
    server.start()
    with ThreadPoolExecutor(CONCURRENT_PROBES) as pool:
        while True:
            targets = read_targets(stack_dir / "endpoints")
            prober.forget_all_but(targets)
            for target, problem in zip(targets, pool.map(problem_of, targets), strict=True):
                prober.note(target, problem)
            server.publish(status(targets, prober.health))
            rotate_gateway_logs((stack_dir / "logs").glob("gateway-*.log"), stack_dir / "run" / "gateway-admin.sock")
            time.sleep(interval_seconds)


def main(arguments: list[str]) -> None:
    """Run the prober from a command line."""
    parser = argparse.ArgumentParser(prog="python -m serving.prober", description=__doc__)
    parser.add_argument("--stack-dir", type=Path, required=True, help="the directory of the stack's local state")
    parser.add_argument("--interval-seconds", type=float, default=3.0, help="between two rounds (default: 3)")
    parser.add_argument("--failures-to-restart", type=int, default=3, help="in a row (default: 3)")
    options = parser.parse_args(arguments)
    run(options.stack_dir, options.interval_seconds, options.failures_to_restart)


if __name__ == "__main__":
    main(sys.argv[1:])
