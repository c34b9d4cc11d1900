"""The command `python -m serving.gate`: check by hand what a KServe v2 endpoint serves against a release and limits.

A secret header comes from the environment or from a file, so that it is in no process list and no shell history:
`--header-from-env x-api-key=DEMO_KEY` or `--header-from-file x-api-key=key.txt`.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from serving.command_options import add_secret_headers, content, read_object, secret_headers
from serving.endpoint import Endpoint, InferenceError
from serving.errors import ConfigurationError
from serving.gate import GateReport, explain, run
from serving.gate_limits import GateLimits
from serving.gateway_names import SLOT_HEADER
from serving.lead import Served
from serving.pinned_slot import PinnedSlot
from serving.release import Release, load
from serving.report import write_gate_report

REQUEST_TIMEOUT_SECONDS = 10.0
RETRY_SECONDS = 0.5


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0: passed, 1: failed, 2: wrong usage or no readable release."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        passed = _nothing_to_do(chosen)
        if passed:
            print(passed)
            return 0
        candidate, live = _slots(chosen)
        limits = read_limits(chosen.limits)
        wait_until_known([slot for slot in (candidate, live) if slot], chosen.wait_seconds)
        report = run(candidate, live, limits)
        written = write_gate_report(report, chosen.report) if chosen.report else None
    except ConfigurationError as error:
        parser.exit(2, f"{error}\n")
    except OSError as error:
        print(f"gate of {chosen.model} in {chosen.slot} could not be run: {error}.")
        return 1
    print(table(report))
    if written:
        print(f"report: {written}")
    print(explain(report))
    return 0 if report.passed else 1


def wait_until_known(slots: Sequence[PinnedSlot], seconds: float) -> None:
    """Return when every slot tells its signature, or after so many seconds: then the gate says what is wrong."""
    deadline = time.monotonic() + seconds
    for slot in slots:
        while not _is_known(slot) and time.monotonic() < deadline:
            time.sleep(RETRY_SECONDS)


def _is_known(slot: PinnedSlot) -> bool:
    connection = slot.connect()
    try:
        connection.metadata(slot.model)
    except InferenceError:
        return False
    else:
        return True
    finally:
        connection.close()


def table(report: GateReport) -> str:
    """Write the checks of a report as lines of a terminal."""
    head = f"{'check':<26}{'result':<9}{'figure':>10}{'limit':>10}  what was found"
    return "\n".join(
        [head]
        + [
            f"{check.name:<26}{check.status:<9}{_number(check.figure):>10}{_number(check.limit):>10}  {check.sentence}"
            for check in report.checks
        ]
    )


def read_limits(text: str) -> GateLimits:
    """Read limits from a JSON object, or from a file that has one.

    Raises:
        ConfigurationError: no such file, no JSON object, a word that is no limit, a value of the wrong type.
    """
    text = text if text.lstrip().startswith("{") else content("--limits", Path(text))
    return read_object("--limits", text, GateLimits, strict=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m serving.gate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--release", type=Path, required=True, metavar="DIR", help="the release to be checked")
    parser.add_argument("--url", required=True, help="where it is served, e.g. http://127.0.0.1:8080")
    parser.add_argument("--model", required=True, help="the name it is served under")
    parser.add_argument("--slot", default="candidate", help=f"pin this slot of a gateway ({SLOT_HEADER})")
    parser.add_argument("--live-release", type=Path, metavar="DIR", help="the release to compare with")
    parser.add_argument("--live-slot", help="the slot that serves it, on the same endpoint")
    add_secret_headers(parser)
    parser.add_argument(
        "--unless-live",
        metavar="NAMESPACE/HTTPROUTE",
        help="on a cluster: pass at once if that route leads to this slot, or did before, with the release that "
        "--expect-release names; and compare with --live-slot only if it has traffic there",
    )
    parser.add_argument("--expect-release", metavar="SHA256", help="the digest that --unless-live looks for")
    parser.add_argument(
        "--wait-seconds",
        type=float,
        default=0.0,
        help="how long the endpoint may take to know the slots: a gateway hears of a new route some time later",
    )
    parser.add_argument("--limits", default="{}", metavar="JSON", help="limits as JSON, or a file with them")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write a report, JSON and HTML, into this folder")
    return parser


def _nothing_to_do(chosen: argparse.Namespace) -> str | None:
    """Ask the route whether there is anything to check, and against what; say why not."""
    if (chosen.unless_live is None) != (chosen.expect_release is None):
        raise ConfigurationError("--unless-live and --expect-release go together; give both or neither.")
    if chosen.unless_live is None:
        return None
    # Only the images of a cluster have the client of its API.
    from serving.cluster.live_route import LiveRoute  # noqa: PLC0415

    route = LiveRoute.read(chosen.unless_live)
    if route.needs_no_gate(Served(slot=chosen.slot, release=chosen.expect_release)):
        return f"gate of {chosen.model} in {chosen.slot} has nothing to check: this release is or was live there."
    if not route.weights.get(chosen.live_slot or ""):
        chosen.live_release = chosen.live_slot = None
    return None


def _slots(chosen: argparse.Namespace) -> tuple[PinnedSlot, PinnedSlot | None]:
    if (chosen.live_release is None) != (chosen.live_slot is None):
        raise ConfigurationError("--live-release and --live-slot go together; give both or neither.")
    if chosen.live_slot and chosen.live_slot == chosen.slot:
        raise ConfigurationError(f"--slot and --live-slot are both {chosen.slot!r}; they must differ.")
    headers = secret_headers(chosen)
    candidate = _pinned(chosen, chosen.slot, load(chosen.release), headers)
    live = None
    if chosen.live_release is not None:
        live = _pinned(chosen, chosen.live_slot, load(chosen.live_release), headers)
    return candidate, live


def _pinned(chosen: argparse.Namespace, slot: str, release: Release, headers: Mapping[str, str]) -> PinnedSlot:
    url, timeout_seconds = str(chosen.url), REQUEST_TIMEOUT_SECONDS
    Endpoint(url).close()
    return PinnedSlot(
        slot=slot,
        model=chosen.model,
        release=release,
        connect=lambda: Endpoint(url, {**headers, SLOT_HEADER: slot}, timeout_seconds),
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"
