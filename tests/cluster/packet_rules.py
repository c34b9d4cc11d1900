"""Which packet rules and address sets a node made, and how to take out just those."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise

from toolchain.progress import run

TABLES = ("filter", "nat", "mangle", "raw")
TOOLS = ("iptables", "ip6tables")
OURS = re.compile(r"(KUBE|CNI)-[\w-]+")
SETS = re.compile(r"(inet6:)?(KUBE-|kube-router-)[\w-]+")


def own_chains(saved: str) -> list[str]:
    """The chains of a saved table that the parts of a node make."""
    names = (line[1:].split()[0] for line in saved.splitlines() if line.startswith(":"))
    return [name for name in names if OURS.fullmatch(name)]


def removal(table: str, saved: str) -> str:
    """What `iptables-restore --noflush` reads to take a node's chains out of a saved table; empty without any.

    Every other chain keeps its rules and its counters; only its jumps to a chain that goes away go with it.
    """
    ours = own_chains(saved)
    if not ours:
        return ""
    rules = [line for line in saved.splitlines() if line.startswith("-A ")]
    jumps = [rule for rule in rules if rule.split()[1] not in ours and _target(rule) in ours]
    flushed = [f"-F {chain}" for chain in ours]
    deleted = [f"-X {chain}" for chain in ours]
    return "\n".join([f"*{table}", *(f"-D {rule[3:]}" for rule in jumps), *flushed, *deleted, "COMMIT", ""])


def _target(rule: str) -> str:
    words = rule.split()
    return next((target for flag, target in pairwise(words) if flag in {"-j", "-g"}), "")


def chains() -> list[str]:
    """Every chain of a node on this machine, as `iptables filter KUBE-FORWARD`."""
    return [f"{tool} {table} {chain}" for tool, table, saved in _saved() for chain in own_chains(saved)]


def sets() -> list[str]:
    """Every address set of a node on this machine."""
    names = run(["ipset", "list", "-name"]).split() if shutil.which("ipset") else []
    return [name for name in names if SETS.fullmatch(name)]


def remove_rules() -> None:
    """Take the node's chains and sets out; nothing else changes."""
    for tool, table, saved in _saved():
        text = removal(table, saved)
        if text:
            subprocess.run([f"{tool}-restore", "--noflush"], input=text, text=True, check=True)
    for name in sets():
        run(["ipset", "destroy", name])


def _saved() -> Iterator[tuple[str, str, str]]:
    for tool in filter(shutil.which, TOOLS):
        for table in TABLES:
            yield tool, table, run([f"{tool}-save", "-t", table])
