"""A plan for people: the tree of what would be made, counts by service, the monthly price, the policies' findings.

`make plan STACK=dev` (`infra/plan.py`) gives it the engine's events of a preview; no account is needed.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from components.aws.aws_platform_spec import AwsPlatformArgs
from components.aws.cost_model import monthly_estimate, total
from components.aws.node_pool_plan import ceiling_usd_per_month
from infra.aws_settings import AwsPlatform
from infra.plan_events import Finding, Plan, Planned, changed, read_plan

_PLATFORM_KEY = "slipway:platform"
_EXIT_REFUSED = 1


def tree(plan: Plan) -> Iterator[str]:
    """Yield the components as a tree, each with its own resources counted by kind."""
    below: defaultdict[str, list[Planned]] = defaultdict(list)
    known = {each.urn: each for each in changed(plan)}
    for each in changed(plan):
        below[_home(each, known)].append(each)
    yield from _branches("", below, "")


def _home(each: Planned, known: Mapping[str, Planned]) -> str:
    """The nearest component above: a policy below its role is counted with the role."""
    above = known.get(each.parent)
    if above is None or _is_component(above):
        return each.parent if above else ""
    return _home(above, known)


def _branches(urn: str, below: Mapping[str, Sequence[Planned]], indent: str) -> Iterator[str]:
    components = [each for each in below.get(urn, ()) if _is_component(each)]
    for index, each in enumerate(components):
        last = index == len(components) - 1
        own = Counter(f"{_mark(leaf)}{leaf.kind}" for leaf in below.get(each.urn, ()) if not _is_component(leaf))
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(own.items()))
        yield f"{indent}{'└─' if last else '├─'} {each.kind} {each.name}{': ' if kinds else ''}{kinds}"
        yield from _branches(each.urn, below, f"{indent}{'   ' if last else '│  '}")


def _is_component(each: Planned) -> bool:
    return each.type.startswith("slipway:")


def _mark(each: Planned) -> str:
    return "" if each.operation == "create" else f"{each.operation} "


def by_service(plan: Plan) -> Iterator[str]:
    """Yield how many resources of each cloud service there would be, most first."""
    counts = Counter(each.service for each in changed(plan) if each.service)
    for service, count in counts.most_common():
        yield f"{service:<16} {count:>4}"
    yield f"{'total':<16} {counts.total():>4}"


def price(args: AwsPlatformArgs) -> Iterator[str]:
    """Yield the monthly estimate line by line, and the ceiling beside the budget."""
    lines = monthly_estimate(args.network, args.cluster, args.node_pools, args.usage, has_edge=args.edge is not None)
    for line in lines:
        yield f"{line.name:<40} {line.quantity:<32} {line.usd:>8,.0f}"
    yield f"{'estimate':<40} {'a month, list prices, USD':<32} {total(lines):>8,.0f}"
    ceiling = ceiling_usd_per_month(args.node_pools, args.network.zones)
    yield f"{'ceiling':<40} {'all GPU limits in use all month':<32} {ceiling:>8,.0f}"
    yield f"{'budget':<40} {'':<32} {args.budget.monthly_usd:>8,.0f}"


def findings(plan: Plan) -> Iterator[str]:
    """Yield what the policies say, the mandatory first."""
    for finding in sorted(plan.findings, key=_severity):
        yield f"{finding.level}: {finding.rule}: {finding.message}"
    if not plan.findings:
        yield "none"


def _severity(finding: Finding) -> tuple[bool, str, str]:
    return finding.level != "mandatory", finding.rule, finding.where


def render(plan: Plan, args: AwsPlatformArgs | None) -> Iterator[str]:
    """Yield the whole page; without a cloud there is no price."""
    sections = {"What would be made": tree(plan), "By service": by_service(plan)}
    if args is not None:
        sections["What a month would cost"] = price(args)
    sections["Policy findings"] = findings(plan)
    if plan.errors:
        sections["Errors"] = iter(plan.errors)
    for title, lines in sections.items():
        yield from ("", title, *(f"  {line}" for line in lines))


def read_platform(stack: str, config: Mapping[str, Any]) -> AwsPlatformArgs | None:
    """Return what a stack's configuration describes, when that is a cloud with a price."""
    platform = config.get(_PLATFORM_KEY, {})
    return AwsPlatform(**platform).args(stack) if platform.get("kind") == "aws" else None


def show(lines: Iterable[str], stack: str, config: Mapping[str, Any]) -> int:
    """Print the page for a preview's events; return 1 when an `up` would be refused."""
    plan = read_plan(lines)
    sys.stdout.write("\n".join(render(plan, read_platform(stack, config))).lstrip("\n") + "\n")
    return 0 if plan.acceptable else _EXIT_REFUSED
