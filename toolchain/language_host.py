"""A stand-in for `pulumi-language-python`, for machines that reach package registries but no download site.

The engine starts this program and asks it over gRPC to run Pulumi programs and policy packs in their virtual
environments. The official host comes with the official download and is preferred wherever it is there. This one answers
the calls that Slipway's engine makes and leaves the others "unimplemented", which the engine reads as an older host.

Source: https://github.com/pulumi/pulumi/blob/v3.255.0/proto/pulumi/language.proto
"""
# ruff: noqa: ARG002, N802 - names and signatures of the calls are fixed by gRPC

import argparse
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import IO

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

VERSION = "1.0.0-stand-in"
# The engine's own limit: it sends a whole stack configuration in one message.
MAX_MESSAGE_BYTES = 400 * 1024 * 1024
# The program exits with this code when it has shown its error already and the engine must not add one.
EXIT_ALREADY_REPORTED = 32
# A program and every policy pack each hold one call open for as long as they run.
MAX_CALLS = 32
PARENT_CHECK_SECONDS = 1.0


class Children:
    """The processes started for the engine; none of them outlives the host."""

    def __init__(self) -> None:
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopping = False

    def start(
        self, command: list[str], environment: dict[str, str], cwd: str, *, piped: bool
    ) -> subprocess.Popen[bytes]:
        """Starts a command in a session of its own, out of reach of the engine's SIGINT to the host's group.

        Args:
            command: Program and arguments.
            environment: The complete environment.
            cwd: Working directory.
            piped: Whether its output is read through pipes; otherwise it goes where the host's own goes.
        """
        output = subprocess.PIPE if piped else None
        with self._lock:
            if self._stopping:
                raise InterruptedError("the language host is stopping")
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            self._processes.add(process)
        return process

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        """Waits for one process to end and returns its exit code."""
        code = process.wait()
        with self._lock:
            self._processes.discard(process)
        return code

    def stop(self) -> None:
        """Ends every process that still runs and starts no new one."""
        with self._lock:
            self._stopping = True
            for process in self._processes:
                process.terminate()


def interpreter(info: language_pb2.ProgramInfo, environment: dict[str, str]) -> str:
    """Finds the Python of a program's `virtualenv` option and activates it in `environment`.

    Raises:
        FileNotFoundError: The option names a folder that is not a virtual environment.
    """
    option = dict(info.options).get("virtualenv")
    if not option:
        return shutil.which("python3", path=environment.get("PATH")) or sys.executable
    virtualenv = Path(info.root_directory, str(option))
    python = virtualenv / "bin" / "python"
    if not python.exists():
        raise FileNotFoundError(f"the virtual environment {virtualenv} has no bin/python; run `make setup`")
    environment["VIRTUAL_ENV"] = str(virtualenv)
    environment["PATH"] = f"{python.parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    environment.pop("PYTHONHOME", None)
    return str(python)


def program_arguments(request: language_pb2.RunRequest, engine_address: str) -> list[str]:
    """Builds the arguments of `pulumi-language-python-exec` for one run of a program."""
    flags = {
        "monitor": request.monitor_address,
        "engine": engine_address,
        "project": request.project,
        "stack": request.stack,
        "pwd": request.pwd,
        "dry_run": "true" if request.dryRun else "false",
        "parallel": str(request.parallel),
        "organization": request.organization,
        "root_directory": request.info.root_directory,
    }
    return [*(f"--{name}={value}" for name, value in flags.items()), request.info.entry_point, *request.args]


def output_of(process: subprocess.Popen[bytes]) -> Iterator[language_pb2.RunPluginResponse]:
    """Yields what a process writes, as it writes it, until both of its streams are closed."""
    chunks: queue.SimpleQueue[language_pb2.RunPluginResponse | None] = queue.SimpleQueue()

    def read(stream: IO[bytes], response: Callable[[bytes], language_pb2.RunPluginResponse]) -> None:
        while data := os.read(stream.fileno(), 65536):
            chunks.put(response(data))
        chunks.put(None)

    stdout = (process.stdout, lambda data: language_pb2.RunPluginResponse(stdout=data))
    stderr = (process.stderr, lambda data: language_pb2.RunPluginResponse(stderr=data))
    for stream_and_response in (stdout, stderr):
        threading.Thread(target=read, args=stream_and_response, daemon=True).start()
    for _ in (stdout, stderr):
        yield from iter(chunks.get, None)


class StandIn(language_pb2_grpc.LanguageRuntimeServicer):
    """The calls that Slipway's engine makes."""

    def __init__(self, engine_address: str, executor: str, children: Children) -> None:
        self._engine_address = engine_address
        self._executor = executor
        self._children = children

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Names this host's version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def About(self, request: language_pb2.AboutRequest, context: grpc.ServicerContext) -> language_pb2.AboutResponse:
        """Answers `pulumi about`."""
        return language_pb2.AboutResponse(executable=sys.executable, version=f"{sys.version.split()[0]} ({VERSION})")

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """Lists nothing: `requirements.txt` is the list, and `make setup` installs it."""
        return language_pb2.GetProgramDependenciesResponse()

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Says who installs the dependencies instead."""
        yield language_pb2.InstallDependenciesResponse(stdout=b"Dependencies are installed by `make setup`.\n")

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        """Runs a program to its end; its output reaches the engine through the host's own."""
        environment = {
            **os.environ,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        try:
            python = interpreter(request.info, environment)
            command = [python, "-u", self._executor, *program_arguments(request, self._engine_address)]
            process = self._children.start(command, environment, request.info.program_directory, piped=False)
        except OSError as error:
            return language_pb2.RunResponse(error=str(error))
        code = self._children.wait(process)
        if code == EXIT_ALREADY_REPORTED:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {code}" if code else "")

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Runs a policy pack until the engine drops the call, and passes its output on."""
        if request.kind != "analyzer":
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the stand-in language host runs no {request.kind} plugins")
        environment = dict(entry.split("=", 1) for entry in request.env)
        try:
            python = interpreter(request.info, environment)
            command = [python, "-u", "-m", "pulumi.policy", request.args[-1], request.info.program_directory]
            process = self._children.start(command, environment, request.pwd, piped=True)
        except OSError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        context.add_callback(process.terminate)
        try:
            yield from output_of(process)
        finally:
            code = self._children.wait(process)
        yield language_pb2.RunPluginResponse(exitcode=code)


def serve(engine_address: str, executor: str) -> None:
    """Serves one engine until it interrupts the host, or is gone."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    engine_pid = os.getppid()
    children = Children()
    limits = [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ]
    server = grpc.server(futures.ThreadPoolExecutor(MAX_CALLS), options=limits)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(StandIn(engine_address, executor, children), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    while not stopped.wait(PARENT_CHECK_SECONDS) and os.getppid() == engine_pid:
        pass
    children.stop()
    server.stop(grace=None).wait()


def main() -> None:
    """Reads the command line that the engine and the wrapper script write together."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executor", required=True, help="path of pulumi-language-python-exec")
    parser.add_argument("engine", nargs="+", help="what the engine adds; its own address comes last")
    known, _ = parser.parse_known_args()
    serve(known.engine[-1], known.executor)


if __name__ == "__main__":
    main()
