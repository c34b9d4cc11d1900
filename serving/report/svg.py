"""The few shapes that the pictures of reports are made of, as SVG text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from serving.report.page import Markup, text

GRID, LIMIT = "#e8ebef", "#c02626"
SLOT_COLOURS = {"blue": "#2f6fde", "green": "#1f9d55"}
LIVE_COLOUR, CANDIDATE_COLOUR = "#6b7789", "#7c5cc4"

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """From values to places along one side of a picture.

    Attributes:
        low: the value at `begin`; above 0 if logarithmic.
        high: the value at `end`.
        begin: a place in the picture; greater than `end` for a vertical side.
        end: a place in the picture.
        logarithmic: whether equal distances are equal ratios.
    """

    low: float
    high: float
    begin: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """Place a value; what lies outside is put on the border."""
        inside = min(max(value, self.low), self.high)
        share = (
            log10(inside / self.low) / log10(self.high / self.low)
            if self.logarithmic
            else (inside - self.low) / (self.high - self.low)
        )
        return round(self.begin + share * (self.end - self.begin), 1)

    def ticks(self, wanted: int = 5) -> list[float]:
        """Choose round values to write beside the scale."""
        if self.logarithmic:
            decades = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
            values = [factor * 10.0**decade for decade in decades for factor in (1, 2, 5)]
        else:
            step = _round_step((self.high - self.low) / wanted)
            values = [step * count for count in range(ceil(self.low / step), floor(self.high / step + 1e-9) + 1)]
        return [value for value in values if self.low <= value <= self.high * (1 + 1e-9)]


def _round_step(rough: float) -> float:
    magnitude = 10.0 ** floor(log10(rough))
    return next(factor * magnitude for factor in (1, 2, 5, 10) if rough <= factor * magnitude * (1 + 1e-9))


def picture(width: float, height: float, title: str, shapes: Iterable[str]) -> Markup:
    """Put shapes together; `title` is what a reader who cannot see the picture is told."""
    return Markup(
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{text(title)}">'
        f"<title>{text(title)}</title>{''.join(shapes)}</svg>"
    )


def label(x: float, y: float, words: object, *, anchor: str = "start", strong: bool = False, colour: str = "") -> str:
    """Write words at a place."""
    kind = ' class="strong"' if strong else ""
    fill = f' style="fill:{colour}"' if colour else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{kind}{fill}>{text(words)}</text>'


def line(begin: Point, end: Point, colour: str = GRID, *, dashed: bool = False, width: float = 1) -> str:
    """Draw a straight line."""
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    return (
        f'<line x1="{begin[0]:g}" y1="{begin[1]:g}" x2="{end[0]:g}" y2="{end[1]:g}" '
        f'stroke="{colour}" stroke-width="{width:g}"{dashes}/>'
    )


def curve(points: Sequence[Point], colour: str) -> str:
    """Draw a curve through points, each marked, so that a single one is seen too."""
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    dots = "".join(f'<circle cx="{x:g}" cy="{y:g}" r="2.5" fill="{colour}"/>' for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def box(left: float, top: float, width: float, height: float, colour: str, *, opacity: float = 1) -> str:
    """Draw a filled rectangle."""
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{max(0, width):g}" height="{max(0, height):g}" '
        f'fill="{colour}" fill-opacity="{opacity:g}"/>'
    )


def slot_colours(live: str | None, candidate: str) -> tuple[str, str]:
    """Choose the colours of the live slot and the candidate: their own, where they are named by one."""
    return SLOT_COLOURS.get(live or "", LIVE_COLOUR), SLOT_COLOURS.get(candidate, CANDIDATE_COLOUR)
