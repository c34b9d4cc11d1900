import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from tests.support.waiting import until
from tests.toolchain.conftest import Script

HOST = Path(__file__).parents[2] / "toolchain" / "language_host.py"
ENGINE = "127.0.0.1:1234"


@dataclass
class Served:
    """A running host and a client of it."""

    process: "subprocess.Popen[str]"
    calls: language_pb2_grpc.LanguageRuntimeStub

    def interrupt(self) -> tuple[str, str]:
        """Ends the host as the engine does, and returns what it wrote."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=10)


@pytest.fixture
def program(tmp_path: Path, script: Script) -> language_pb2.ProgramInfo:
    """A project whose Python runs whatever stands in its file `behaviour` instead."""
    script(tmp_path / ".venv" / "bin" / "python", f'. "{tmp_path}/behaviour"')
    info = language_pb2.ProgramInfo(root_directory=str(tmp_path), program_directory=str(tmp_path), entry_point=".")
    info.options["virtualenv"] = ".venv"
    return info


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    command = [sys.executable, "-P", str(HOST), "--executor", "/the/executor", "--logtostderr", "-v=9", ENGINE]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Served(process, language_pb2_grpc.LanguageRuntimeStub(channel))
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)


def behave(program: language_pb2.ProgramInfo, script: str) -> None:
    """Decides what the project's Python does when the host starts it."""
    Path(program.root_directory, "behaviour").write_text(script)


def run(served: Served, program: language_pb2.ProgramInfo) -> language_pb2.RunResponse:
    """Runs the program as the engine does."""
    request = language_pb2.RunRequest(
        project="shop",
        stack="local",
        pwd=program.root_directory,
        monitor_address="127.0.0.1:99",
        dryRun=True,
        parallel=16,
        config={"shop:port": "8080"},
        configSecretKeys=["shop:key"],
        info=program,
    )
    response: language_pb2.RunResponse = served.calls.Run(request, timeout=10)
    return response


def test_a_program_that_ends_well_is_no_error(served: Served, program: language_pb2.ProgramInfo) -> None:
    behave(program, "exit 0")
    assert run(served, program) == language_pb2.RunResponse()


def test_a_program_that_has_shown_its_error_makes_the_engine_stop_quietly(
    served: Served, program: language_pb2.ProgramInfo
) -> None:
    behave(program, "exit 32")
    assert run(served, program) == language_pb2.RunResponse(bail=True)


def test_any_other_exit_code_is_reported(served: Served, program: language_pb2.ProgramInfo) -> None:
    behave(program, "exit 7")
    assert run(served, program).error == "Program exited with non-zero exit code: 7"


def test_a_missing_virtual_environment_is_a_sentence(served: Served, program: language_pb2.ProgramInfo) -> None:
    program.options["virtualenv"] = "nowhere"
    expected = f"the virtual environment {program.root_directory}/nowhere has no bin/python; run `make setup`"
    assert run(served, program).error == expected


def test_a_program_gets_its_arguments_and_its_configuration(served: Served, program: language_pb2.ProgramInfo) -> None:
    behave(program, 'printf "%s\\n" "$@" "$PULUMI_CONFIG" "$PULUMI_CONFIG_SECRET_KEYS" > told')
    run(served, program)
    *arguments, config, secret_keys = Path(program.root_directory, "told").read_text().splitlines()
    assert arguments[:4] == ["-u", "/the/executor", "--monitor=127.0.0.1:99", f"--engine={ENGINE}"]
    assert {"--project=shop", "--stack=local", "--dry_run=true", "--parallel=16"} < set(arguments)
    assert arguments[-1] == "."
    assert json.loads(config) == {"shop:port": "8080"}
    assert json.loads(secret_keys) == ["shop:key"]


def test_a_program_runs_in_its_activated_environment(served: Served, program: language_pb2.ProgramInfo) -> None:
    behave(program, 'echo "$VIRTUAL_ENV" > told; echo "${PATH%%:*}" >> told; pwd >> told')
    run(served, program)
    root = program.root_directory
    assert Path(root, "told").read_text().splitlines() == [f"{root}/.venv", f"{root}/.venv/bin", root]


def test_what_a_program_prints_reaches_the_engine(served: Served, program: language_pb2.ProgramInfo) -> None:
    behave(program, "echo to stdout; echo to stderr >&2")
    run(served, program)
    assert served.interrupt() == ("to stdout\n", "to stderr\n")


def test_an_interrupted_host_ends_its_program_and_says_nothing(
    served: Served, program: language_pb2.ProgramInfo, tmp_path: Path
) -> None:
    behave(program, "echo $$ > pid; exec sleep 60")
    call = served.calls.Run.future(language_pb2.RunRequest(pwd=str(tmp_path), info=program))
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(), 10, "the program's start")
    pid = int((tmp_path / "pid").read_text())
    assert not call.done()
    assert served.interrupt() == ("", ""), "a traceback would land in the user's output"
    assert served.process.returncode == 0
    assert not psutil.pid_exists(pid)


def test_a_policy_pack_is_run_in_its_own_environment_and_its_output_passed_on(
    served: Served, program: language_pb2.ProgramInfo
) -> None:
    behave(program, 'echo "$FROM_ENGINE: $@"; echo problem >&2; exit 3')
    request = language_pb2.RunPluginRequest(
        pwd=program.root_directory, args=["-v=9", ENGINE], env=["FROM_ENGINE=a=b"], info=program, kind="analyzer"
    )
    answers = list(served.calls.RunPlugin(request, timeout=10))
    expected = f"a=b: -u -m pulumi.policy {ENGINE} {program.program_directory}\n"
    assert b"".join(answer.stdout for answer in answers).decode() == expected
    assert b"".join(answer.stderr for answer in answers) == b"problem\n"
    assert answers[-1].exitcode == 3


def test_a_policy_pack_ends_when_the_engine_drops_the_call(
    served: Served, program: language_pb2.ProgramInfo, tmp_path: Path
) -> None:
    behave(program, "echo $$ > pid; exec sleep 60")
    request = language_pb2.RunPluginRequest(pwd=str(tmp_path), args=[ENGINE], info=program, kind="analyzer")
    with pytest.raises(grpc.RpcError, match="Deadline"):
        list(served.calls.RunPlugin(request, timeout=0.5))
    pid = int((tmp_path / "pid").read_text())
    until(lambda: not psutil.pid_exists(pid), 10, "the end of the pack")


def test_another_kind_of_plugin_is_declined_by_name(served: Served, program: language_pb2.ProgramInfo) -> None:
    request = language_pb2.RunPluginRequest(args=[ENGINE], info=program, kind="resource")
    with pytest.raises(grpc.RpcError, match="the stand-in language host runs no resource plugins"):
        list(served.calls.RunPlugin(request, timeout=10))


def test_the_host_names_itself_a_stand_in(served: Served) -> None:
    assert served.calls.GetPluginInfo(Empty(), timeout=10).version.endswith("-stand-in")
    about = served.calls.About(language_pb2.AboutRequest(), timeout=10)
    assert about.version.endswith("-stand-in)")
    assert about.executable == sys.executable


def test_dependencies_are_left_to_setup(served: Served) -> None:
    lines = served.calls.InstallDependencies(language_pb2.InstallDependenciesRequest(), timeout=10)
    assert [line.stdout for line in lines] == [b"Dependencies are installed by `make setup`.\n"]
    listed = served.calls.GetProgramDependencies(language_pb2.GetProgramDependenciesRequest(), timeout=10)
    assert not listed.dependencies


def test_a_host_whose_engine_was_killed_ends_by_itself(tmp_path: Path) -> None:
    command = f"'{sys.executable}' -P '{HOST}' --executor e {ENGINE} & echo $!; sleep 60"
    with subprocess.Popen(["/bin/sh", "-c", command], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout
        pid = int(engine.stdout.readline())
        engine.stdout.readline()
        engine.kill()
        until(lambda: not psutil.pid_exists(pid), 10, "the end of the host")
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(pid).kill()
