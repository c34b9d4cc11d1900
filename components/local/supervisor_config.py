"""The supervisor's configuration files as text: the daemon's own, and one for each process.

Source: http://supervisord.org/configuration.html
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from shlex import quote

from components.local.stack_dir import StackDir

LOG_MAX_BYTES = 10 * 1024 * 1024
LOG_BACKUPS = 3


@dataclass(frozen=True, kw_only=True)
class Program:
    """One process under the supervisor.

    Args:
        name: The process's name; letters, digits, `-`, `_` and `.`.
        command: The program and its arguments.
        environment: Variables on top of the supervisor's own.
        start_seconds: How long the process must live to count as started; dying sooner is tried again with backoff.
        start_retries: How often such a start is tried again before the supervisor gives up.
        stop_wait_seconds: How long after SIGTERM the whole process group is killed.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    start_seconds: int = 1
    start_retries: int = 3
    stop_wait_seconds: int = 15


def daemon_config(stack_dir: StackDir) -> str:
    """Return the configuration of a stack's supervisor."""
    return "\n".join(
        [
            "[unix_http_server]",
            f"file={_literal(stack_dir.supervisor_socket)}",
            "chmod=0600",
            "[supervisord]",
            f"logfile={_literal(stack_dir.logs / 'supervisor.log')}",
            f"logfile_maxbytes={LOG_MAX_BYTES}",
            f"logfile_backups={LOG_BACKUPS}",
            f"pidfile={_literal(stack_dir.run / 'supervisor.pid')}",
            f"childlogdir={_literal(stack_dir.logs)}",
            f"directory={_literal(stack_dir.path)}",
            f"identifier={_literal(stack_dir.name)}",
            "umask=077",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
            "[include]",
            # Relative to this file, for the supervisor splits it at spaces.
            f"files={stack_dir.programs.name}/*.conf",
            "",
        ]
    )


def program_config(program: Program, stack_dir: StackDir) -> str:
    """Return the configuration of one process: restarted when it ends, killed with its whole process group."""
    environment = ",".join(f'{name}="{_literal(value)}"' for name, value in sorted(program.environment.items()))
    return "\n".join(
        [
            f"[program:{program.name}]",
            f"command={' '.join(_literal(quote(part)) for part in program.command)}",
            f"environment={environment}",
            f"directory={_literal(stack_dir.path)}",
            f"stdout_logfile={_literal(stack_dir.logs / program.name)}.log",
            f"stdout_logfile_maxbytes={LOG_MAX_BYTES}",
            f"stdout_logfile_backups={LOG_BACKUPS}",
            "redirect_stderr=true",
            "autorestart=true",
            f"startsecs={program.start_seconds}",
            f"startretries={program.start_retries}",
            "stopsignal=TERM",
            f"stopwaitsecs={program.stop_wait_seconds}",
            "killasgroup=true",
            "",
        ]
    )


def daemon_command(config_path: str) -> list[str]:
    """Return the command that starts a supervisor, which puts itself into the background."""
    return [sys.executable, "-m", "supervisor.supervisord", "-c", config_path]


def _literal(value: object) -> str:
    return str(value).replace("%", "%%")
