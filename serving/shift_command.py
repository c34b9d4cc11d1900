"""The command `python -m serving.shift`: lead a model's traffic to a slot of a cluster, from within it.

Nothing was live: at once. The slot was live before with the same release: back at once. Otherwise step by step, by the
plan. 0: all traffic is on the slot; 1: it is not, and the last line says why and where it is; 2: wrong usage. SIGTERM
puts traffic back on the slot that was live. A shift that still runs is taken over: it may write nothing any more.
"""

import argparse
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from serving.cluster.proxy_metrics import ProxyMetrics, pinned_probe
from serving.cluster.route_api import GRPC_ROUTES, HTTP_ROUTES, ClusterRoutes, RouteError
from serving.cluster.route_rules import clusters_of
from serving.cluster.route_traffic import Route, RouteTraffic
from serving.cluster.stoppable_clock import StoppableClock, StoppedError
from serving.cluster.unavailable import unavailable
from serving.command_options import add_secret_headers, listed, read_object, secret_headers
from serving.errors import ConfigurationError
from serving.golden_probe import GoldenProbe
from serving.lead import Served, lead
from serving.shift_outcome import Look, explain, format_look
from serving.shift_plan import RETRY_SECONDS, ShiftPlan
from serving.shift_ports import Clock, SlotMetrics


class _Rules(NamedTuple):
    http: list[dict[str, Any]]
    grpc: list[dict[str, Any]]


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    clock = StoppableClock()
    clock.listen()
    try:
        plan, to, slots = read_plan(chosen.plan), *_served(chosen)
        http, grpc = _routes(chosen)
        traffic = RouteTraffic(ClusterRoutes(chosen.namespace), model=chosen.http_route, http=http, grpc=grpc)
        metrics = _metrics(chosen, http, grpc, slots, plan)
        wait_until_warm(metrics, clock, to.slot, chosen.wait_seconds)
        traffic.claim(f"{socket.gethostname()}/{os.getpid()}")
        outcome = lead(plan, traffic, metrics, clock, to=to, slots=slots, on_step=lambda look: _show(chosen, look))
    except ConfigurationError as error:
        parser.exit(2, f"{error}\n")
    except (RouteError, StoppedError) as error:
        # From its first step on a shift tells everything as its outcome.
        print(f"shift of {chosen.model} to {chosen.candidate} did not begin: {error}; traffic is where it was.")
        return 1
    for remark in outcome.remarks:
        print(f"{chosen.model}: {remark}")
    print(f"{chosen.model}: {explain(outcome)}", flush=True)
    return 0 if outcome.moved else 1


def wait_until_warm(metrics: SlotMetrics, clock: Clock, slot: str, seconds: float) -> None:
    """Return when a slot answers, or after so many seconds: then the shift says that it does not.

    Raises:
        StoppedError: the cluster stopped it meanwhile.
    """
    deadline = clock.now() + seconds
    while clock.now() < deadline and not _answers(metrics, slot):
        clock.sleep(RETRY_SECONDS)


def _answers(metrics: SlotMetrics, slot: str) -> bool:
    try:
        return metrics.healthy(slot)
    except TimeoutError:
        return False


def read_plan(text: str) -> ShiftPlan:
    """Read a plan from a JSON object.

    Raises:
        ConfigurationError: no JSON object, unknown words, contradictions, or what a cluster cannot do; all problems.
    """
    plan = read_object("--plan", text, ShiftPlan)
    problems = list(unavailable(plan))
    if problems:
        raise ConfigurationError("\n".join(f"shift.{problem}" for problem in problems))
    return plan


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m serving.shift", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--namespace", required=True, help="of the model's routes")
    parser.add_argument("--model", required=True, help="the served name")
    parser.add_argument("--http-route", required=True, help="the HTTPRoute, named as the model is on the cluster")
    parser.add_argument("--grpc-route", required=True, help="the GRPCRoute")
    parser.add_argument(
        "--rules", type=Path, required=True, metavar="FILE", help='JSON {"http": [rules], "grpc": [rules]}'
    )
    parser.add_argument("--candidate", required=True, metavar="SLOT", help="the slot to become live")
    parser.add_argument("--releases", required=True, metavar="JSON", help="slot to the sha256 of its release")
    parser.add_argument("--plan", required=True, metavar="JSON", help="steps, limits and patience")
    parser.add_argument(
        "--metrics", required=True, metavar="URL", help="of the proxies' statistics; every address counts"
    )
    parser.add_argument("--url", required=True, help="of the gateway")
    add_secret_headers(parser)
    parser.add_argument(
        "--wait-seconds",
        type=float,
        default=0.0,
        help="how long a candidate that may be cold may take to its first answer (default: %(default)s)",
    )
    parser.add_argument(
        "--probes", type=Path, required=True, metavar="DIR", help="{slot}.json, as serving.fetch writes it"
    )
    return parser


def _served(chosen: argparse.Namespace) -> tuple[Served, list[str]]:
    try:
        releases = TypeAdapter(dict[str, str]).validate_json(chosen.releases)
    except ValidationError as error:
        raise ConfigurationError(listed("--releases", error)) from None
    if chosen.candidate not in releases:
        raise ConfigurationError(
            f"--candidate is {chosen.candidate!r}, but --releases has {', '.join(sorted(releases)) or 'no slot'}."
        )
    return Served(slot=chosen.candidate, release=releases[chosen.candidate]), sorted(releases)


def _routes(chosen: argparse.Namespace) -> tuple[Route, Route]:
    try:
        rules = TypeAdapter(_Rules).validate_json(chosen.rules.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"--rules: {chosen.rules} cannot be read ({error.strerror}).") from None
    except ValidationError as error:
        raise ConfigurationError(listed("--rules", error)) from None
    return (
        Route(plural=HTTP_ROUTES, name=chosen.http_route, rules=rules.http),
        Route(plural=GRPC_ROUTES, name=chosen.grpc_route, rules=rules.grpc),
    )


def _metrics(chosen: argparse.Namespace, http: Route, grpc: Route, slots: list[str], plan: ShiftPlan) -> ProxyMetrics:
    named = {
        slot: [
            cluster
            for kind, route in (("httproute", http), ("grpcroute", grpc))
            for cluster in clusters_of(f"{kind}/{chosen.namespace}/{route.name}", route.rules, chosen.http_route, slot)
        ]
        for slot in {*slots, "blue", "green"}
    }
    headers = secret_headers(chosen)
    probe = pinned_probe(_probes(chosen.probes), chosen.url, headers, answer_seconds=plan.probe_seconds)
    return ProxyMetrics(chosen.metrics, named, probe)


def _probes(folder: Path) -> Mapping[str, GoldenProbe]:
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            found[path.stem] = GoldenProbe.read(json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError) as error:
            raise ConfigurationError(f"--probes: {path} is no probe ({error}).") from None
    return found


def _show(chosen: argparse.Namespace, look: Look) -> None:
    live = next(slot for slot in look.weights if slot != chosen.candidate)
    print(f"{chosen.model}: {format_look(look, candidate=chosen.candidate, live=live)}", flush=True)
