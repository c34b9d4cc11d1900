"""The supervisor's files, read back by the supervisor's own parser."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from supervisor.options import UnhosedConfigParser

from components.local.stack_dir import StackDir
from components.local.supervisor_config import LOG_BACKUPS, LOG_MAX_BYTES, Program, daemon_config, program_config

STACK_DIR = StackDir.at("/srv/a stack/local")
# A line ends an entry, and a word that begins with # or ; would begin a comment; paths with these are refused.
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="#;"), max_size=20)


def section(text: str, name: str) -> dict[str, str]:
    """Return the values of a section as the supervisor sees them, with its own `%` signs expanded."""
    parser = UnhosedConfigParser()
    parser.read_string(text)
    return {key: value % {} for key, value in parser.items(name)}


def program(**changes: object) -> Program:
    return Program(**{"name": "web", "command": ["/bin/server"], **changes})  # type: ignore[arg-type]


def test_the_daemon_takes_commands_from_its_owner_alone() -> None:
    server = section(daemon_config(STACK_DIR), "unix_http_server")
    assert server == {"file": "/srv/a stack/local/run/supervisor.sock", "chmod": "0600"}
    assert section(daemon_config(STACK_DIR), "supervisord")["umask"] == "077"


def test_everything_of_the_daemon_lies_below_the_stack() -> None:
    daemon = section(daemon_config(STACK_DIR), "supervisord")
    places = [daemon[name] for name in ("logfile", "pidfile", "childlogdir", "directory")]
    assert all(Path(place).is_relative_to(STACK_DIR.path) for place in places)


def test_the_daemon_reads_one_file_a_process_wherever_the_stack_lies() -> None:
    # The supervisor splits this at spaces.
    assert section(daemon_config(STACK_DIR), "include")["files"] == "programs/*.conf"


@pytest.mark.parametrize("log", ["daemon", "process"])
def test_logs_are_kept_within_bounds(log: str) -> None:
    if log == "daemon":
        found = section(daemon_config(STACK_DIR), "supervisord")
        bounds = found["logfile_maxbytes"], found["logfile_backups"]
    else:
        found = section(program_config(program(), STACK_DIR), "program:web")
        bounds = found["stdout_logfile_maxbytes"], found["stdout_logfile_backups"]
    assert bounds == (str(LOG_MAX_BYTES), str(LOG_BACKUPS))


def test_a_process_is_restarted_when_it_ends_and_killed_with_its_group() -> None:
    text = program_config(program(start_seconds=2, start_retries=7, stop_wait_seconds=9), STACK_DIR)
    found = section(text, "program:web")
    assert (found["autorestart"], found["killasgroup"], found["stopsignal"]) == ("true", "true", "TERM")
    assert (found["startsecs"], found["startretries"], found["stopwaitsecs"]) == ("2", "7", "9")
    assert found["stdout_logfile"] == "/srv/a stack/local/logs/web.log"


@given(arguments=st.lists(WORDS | st.sampled_from(["a b", "50%", "it's", '"quoted"', "$HOME", "%(here)s"]), max_size=4))
def test_every_argument_arrives_as_it_was_given(arguments: list[str]) -> None:
    command = ["/bin/server", *arguments]
    found = section(program_config(program(command=command), STACK_DIR), "program:web")
    assert shlex.split(found["command"]) == command


@given(value=WORDS.filter(lambda text: '"' not in text and "\\" not in text))
def test_every_variable_arrives_as_it_was_given(value: str) -> None:
    found = section(program_config(program(environment={"NAME": value, "B": "2"}), STACK_DIR), "program:web")
    assert found["environment"] == f'B="2",NAME="{value}"'
