"""The picture of a measurement: throughput and 99th percentile side by side, one row a model."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.results import Measured
from bench.targets import GATEWAY

OURS, OTHERS = "#2a6fbb", "#b8bec6"
INCHES = (10, 5)


def draw(results: Sequence[Measured], title: str, path: Path) -> None:
    """Draw the served targets as bars; the gateway is the one in colour."""
    models = list(dict.fromkeys(result.model for result in results))
    with mpl.rc_context({"font.size": 9, "svg.hashsalt": "slipway"}):
        figure = Figure(figsize=INCHES, layout="constrained")
        figure.suptitle(title, fontsize=10)
        grid = figure.subplots(len(models), 2, squeeze=False)
        for model, (left, right) in zip(models, grid, strict=True):
            shown = [result for result in results if result.model == model]
            names = [result.target for result in shown]
            _bars(
                left, names, [result.requests_per_second for result in shown], f"{model}: requests a second", "{:,.0f}"
            )
            _bars(right, names, [result.p99_ms for result in shown], f"{model}: 99th percentile, ms", "{:.1f}")
        figure.savefig(path, dpi=150)


def _bars(axes: Axes, names: Sequence[str], values: Sequence[float], title: str, form: str) -> None:
    colours = [OURS if name == GATEWAY else OTHERS for name in names]
    bars = axes.barh(names, values, color=colours)
    axes.bar_label(bars, fmt=form, padding=3)
    axes.set_title(title, loc="left", fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.spines[["top", "right"]].set_visible(False)
