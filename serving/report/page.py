"""The frame of a report's page: one file, no script, nothing loaded from anywhere."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

GOOD, BAD, NEUTRAL = "good", "bad", "neutral"

_STYLE = """
:root { color-scheme: light; --ink: #1c2430; --soft: #5b6675; --line: #e3e7ec; --good: #17803d; --bad: #c02626; }
* { box-sizing: border-box; }
body { margin: 0; background: #f6f7f9; color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 880px; margin: 0 auto; padding: 32px 20px 56px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 6px; }
h2 { font-size: 16px; margin: 0 0 10px; }
section { background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin-top: 18px; }
p { margin: 0 0 6px; overflow-wrap: anywhere; } p:last-child { margin: 0; }
.soft { color: var(--soft); }
.pill { display: inline-block; border-radius: 999px; padding: 1px 10px; font-size: 13px; font-weight: 600; }
.good { color: var(--good); background: #e5f5ea; } .bad { color: var(--bad); background: #fdeaea; }
.neutral { color: var(--soft); background: #eef0f3; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; color: var(--soft); font-weight: 600; font-size: 13px; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.wide + p, svg + p { margin-top: 8px; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 12px system-ui, "Segoe UI", Roboto, sans-serif; fill: var(--soft); }
svg .strong { fill: var(--ink); font-weight: 600; }
"""


class Markup(str):
    """Text that is HTML already; everything else is escaped on its way into a page."""

    __slots__ = ()


def text(value: object) -> Markup:
    """Escape a value, unless it is HTML already."""
    return value if isinstance(value, Markup) else Markup(escape(str(value)))


def page(title: str, state: str, tone: str, *, lines: Iterable[str], sections: Iterable[Markup], at: datetime) -> str:
    """Put a page together.

    Args:
        title: the heading.
        state: the word in the coloured pill beside it.
        tone: GOOD, BAD or NEUTRAL.
        lines: sentences below the heading.
        sections: what `section` made.
        at: when it was written.
    """
    paragraphs = "".join(f"<p>{text(_sentence(line))}</p>" for line in lines)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{text(title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{text(title)} {pill(state, tone)}</h1>{paragraphs}"
        f'<p class="soft">{at:%Y-%m-%d %H:%M:%S} UTC</p>{"".join(sections)}</main></body></html>\n'
    )


def _sentence(line: str) -> str:
    return f"{line[:1].upper()}{line[1:]}".rstrip(".") + "."


def pill(word: str, tone: str) -> Markup:
    """Write a word in a coloured pill."""
    return Markup(f'<span class="pill {tone}">{text(word)}</span>')


def section(title: str, body: Markup, note: str = "") -> Markup:
    """Write a boxed part of a page with its heading and a line of explanation."""
    explained = f'<p class="soft">{text(note)}</p>' if note else ""
    return Markup(f"<section><h2>{text(title)}</h2>{body}{explained}</section>")


def table(head: Sequence[str], rows: Iterable[Sequence[object]], numeric: Sequence[str] = ()) -> Markup:
    """Write a table; columns named in `numeric` are aligned right."""
    kinds = [' class="number"' if name in numeric else "" for name in head]
    top = "".join(f"<th{kind}>{text(name)}</th>" for name, kind in zip(head, kinds, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{text(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows
    )
    return Markup(f'<div class="wide"><table><tr>{top}</tr>{body}</table></div>')


def number(value: float | None) -> str:
    """Write a figure in at most 5 digits, a dash for none."""
    return "-" if value is None else f"{value:.5g}"
