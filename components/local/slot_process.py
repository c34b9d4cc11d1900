"""Runs one release in one slot: a new model server is started beside the old one, and takes over when it answers.

So a slot changes without an interruption, and a release that does not start leaves the old one where it was. Imports
no pulumi.
"""

import hashlib
import json
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from components.local import triton
from components.local.fragments import Endpoint
from components.local.gateway_files import publish
from components.local.ports import SlotPorts, release_ports, slot_ports
from components.local.stack_dir import StackDir
from components.local.supervision import ProgramState, Supervision, write_private
from components.local.supervisor_config import Program
from serving.probe import Probe, ProbeError
from serving.release import Release, load, verify
from serving.repository import Runtime, write_repository

PROBE_TIMEOUT_SECONDS = 5
# How long a process that another supervisor began is waited for before it is started anew.
COME_BACK_SECONDS = 15
LOG_LINES_SHOWN = 12
_POLL_SECONDS = 0.1
# What a killed server left is removed at each start, also by the supervisor alone.
_CLEAN_START = ("/bin/sh", "-c", 'rm -f "$0"*; exec "$@"')
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where the model server keeps its regions
# The supervisor kills what still lives after the model server's own timeout and a margin.
STOP_MARGIN_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class SlotSpec:
    """One slot and what it is to run.

    Args:
        model: The model's name.
        slot: `blue` or `green`.
        release: The release's directory.
        release_digest: The digest that the plan named.
        runtime: How the model server runs the model.
        command: The model server's command line with its placeholders.
        first_port: First port of the stack's range for model servers.
        port_count: Length of that range.
        start_timeout_seconds: From the start to the first right answer.
    """

    model: str
    slot: str
    release: Path
    release_digest: str
    runtime: Runtime
    command: tuple[str, ...]
    first_port: int
    port_count: int
    start_timeout_seconds: float

    @property
    def program(self) -> str:
        """The name of the process; it changes with everything that makes another process necessary."""
        identity = [self.release_digest, asdict(self.runtime), self.command]
        fingerprint = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:10]
        return f"{_prefix(self.model, self.slot)}{fingerprint}"


def replace(stack_dir: StackDir, spec: SlotSpec) -> Endpoint:
    """Let a slot run a release: start it, wait for its first right answer, lead the gateway to it, end what ran before.

    Raises:
        ReleaseError: The release's files are not what its manifest says; nothing was started.
        RuntimeError: It did not start in time, with the model server's own reason; the slot runs what it ran before.
    """
    release = load(spec.release)
    verify(release)
    if release.digest != spec.release_digest:
        raise RuntimeError(f"{spec.release} changed since it was planned; run the command again.")
    probe = Probe.of(release)
    endpoint = _answering(stack_dir, spec, probe) or _started(stack_dir, spec, probe, release)
    endpoint.write(stack_dir)
    write_private(stack_dir.samples / f"{spec.model}.json", json.dumps(probe.request))
    publish(stack_dir)
    for program in _programs(stack_dir, spec.model, spec.slot):
        if program != spec.program:
            _discard(stack_dir, program)
    return endpoint


def stop(stack_dir: StackDir, model: str, slot: str) -> None:
    """End a slot: the gateway forgets it first, then its process ends, then its files go."""
    Endpoint.remove(stack_dir, model, slot)
    publish(stack_dir)
    for program in _programs(stack_dir, model, slot):
        _discard(stack_dir, program)


def problem(stack_dir: StackDir, spec: SlotSpec) -> str | None:
    """Return what is wrong with the real process of a slot, `None` when it answers rightly."""
    endpoint = Endpoint.read(stack_dir, spec.model, spec.slot)
    if endpoint is None or endpoint.program != spec.program:
        return "the slot runs something else"
    state = Supervision(stack_dir).state(spec.program)
    if state.state not in ("STARTING", "RUNNING"):
        return f"its process is {state.state}: {state.description}"
    try:
        Probe.read(endpoint.probe).ask(endpoint.url, PROBE_TIMEOUT_SECONDS)
    except ProbeError as error:
        return str(error)
    return None


def _answering(stack_dir: StackDir, spec: SlotSpec, probe: Probe) -> Endpoint | None:
    """Return the endpoint of a process that runs as described already, such as one that another supervisor began."""
    endpoint = Endpoint.read(stack_dir, spec.model, spec.slot)
    if endpoint is None or endpoint.program != spec.program:
        return None
    end = time.monotonic() + min(spec.start_timeout_seconds, COME_BACK_SECONDS)
    for state in _states(stack_dir, spec.program, end):
        if state.state not in ("STARTING", "RUNNING"):
            return None
        with suppress(ProbeError):
            probe.ask(endpoint.url, PROBE_TIMEOUT_SECONDS)
            return endpoint
    return None


def _started(stack_dir: StackDir, spec: SlotSpec, probe: Probe, release: Release) -> Endpoint:
    """Start a process, and return its endpoint after its first right answer."""
    _discard(stack_dir, spec.program)
    ports = slot_ports(stack_dir, spec.program, spec.first_port, spec.port_count)
    home = stack_dir.slots / spec.program
    try:
        write_repository(release, home / "repository", spec.runtime)
        Supervision(stack_dir).ensure(_program(stack_dir, spec, ports, home))
        _wait_for_answer(stack_dir, spec, probe, ports)
    except BaseException:
        _discard(stack_dir, spec.program)
        raise
    return Endpoint(
        model=spec.model,
        slot=spec.slot,
        http_port=ports.http,
        grpc_port=ports.grpc,
        metrics_port=ports.metrics,
        release_digest=release.digest,
        release_version=release.manifest.version,
        program=spec.program,
        probe=probe.document(),
    )


def log_path(stack_dir: StackDir, program: str) -> Path:
    """Return where a process writes its log."""
    return stack_dir.logs / f"{program}.log"


def reason_in_log(text: str) -> str:
    """Return the lines of a model server's log that say why it failed."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith("E1") or " E " in line or "Error" in line or "error:" in line]
    return "\n".join((telling or lines)[-LOG_LINES_SHOWN:])


def _prefix(model: str, slot: str) -> str:
    return f"{model}.{slot}."


def _programs(stack_dir: StackDir, model: str, slot: str) -> list[str]:
    return [path.stem for path in sorted(stack_dir.programs.glob(f"{_prefix(model, slot)}*.conf"))]


def _program(stack_dir: StackDir, spec: SlotSpec, ports: SlotPorts, home: Path) -> Program:
    backends = triton.stage_backends(home / "backends")
    known: dict[str, Any] = {
        "repository": home / "repository",
        "backends": backends,
        "http_port": ports.http,
        "grpc_port": ports.grpc,
        "metrics_port": ports.metrics,
        "admin_key": secrets.token_urlsafe(32),
        "shared_memory": shared_memory_prefix(stack_dir, spec.program),
    }
    regions = str(_SHARED_MEMORY / known["shared_memory"])
    return Program(
        name=spec.program,
        command=[*_CLEAN_START, regions, *(_filled(argument, known) for argument in spec.command)],
        environment=triton.environment(),
        start_seconds=2,
        stop_wait_seconds=triton.EXIT_TIMEOUT_SECONDS + STOP_MARGIN_SECONDS,
    )


def _filled(argument: str, known: Mapping[str, Any]) -> str:
    for name, value in known.items():
        argument = argument.replace(f"{{{name}}}", str(value))
    return argument


def _wait_for_answer(stack_dir: StackDir, spec: SlotSpec, probe: Probe, ports: SlotPorts) -> None:
    end = time.monotonic() + spec.start_timeout_seconds
    said = "it did not answer"
    first = 0
    for state in _states(stack_dir, spec.program, end):
        first = first or state.pid
        # The supervisor may have started it again between two looks.
        if state.state in ("BACKOFF", "FATAL", "EXITED") or state.pid not in (0, first):
            raise RuntimeError(_failure(stack_dir, spec, "the model server ended while it loaded the model"))
        try:
            probe.ask(f"http://127.0.0.1:{ports.http}", PROBE_TIMEOUT_SECONDS)
        except ProbeError as error:
            said = str(error)
        else:
            return
    raise RuntimeError(_failure(stack_dir, spec, f"no right answer within {spec.start_timeout_seconds:g} s: {said}"))


def _states(stack_dir: StackDir, program: str, end: float) -> Iterator[ProgramState]:
    supervision = Supervision(stack_dir)
    while time.monotonic() < end:
        yield supervision.state(program)
        time.sleep(_POLL_SECONDS)


def _failure(stack_dir: StackDir, spec: SlotSpec, what: str) -> str:
    log = log_path(stack_dir, spec.program)
    kept = stack_dir.logs / f"{spec.model}-{spec.slot}-failed.log"
    text = log.read_text(errors="replace") if log.exists() else ""
    write_private(kept, text)
    return (
        f"{spec.model} {spec.slot}: {what}. The slot is as it was before, and so is all traffic. "
        f"The model server said:\n{reason_in_log(text)}\nAll of it: {kept}"
    )


def _discard(stack_dir: StackDir, program: str) -> None:
    Supervision(stack_dir).remove(program)
    release_ports(stack_dir, program)
    shutil.rmtree(stack_dir.slots / program, ignore_errors=True)
    remove_shared_memory(stack_dir, program)
    for log in stack_dir.logs.glob(f"{program}.log*"):
        log.unlink(missing_ok=True)


def shared_memory_prefix(stack_dir: StackDir, program: str) -> str:
    """Return the prefix of a model server's shared memory regions, so that a killed one's can be told from others'."""
    return f"slipway_{hashlib.sha256(f'{stack_dir.path}/{program}'.encode()).hexdigest()[:16]}_"


def remove_shared_memory(stack_dir: StackDir, program: str) -> None:
    """Remove what a model server that was killed left behind."""
    for region in _SHARED_MEMORY.glob(f"{shared_memory_prefix(stack_dir, program)}*"):
        region.unlink(missing_ok=True)
