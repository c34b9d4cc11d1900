"""The picture of growth: seconds of several commands over the size of a stack."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

INCHES = (7, 4)


def draw(sizes: Sequence[int], seconds: Mapping[str, Sequence[float]], title: str, path: Path) -> None:
    """Draw one line a command, named at its end.

    Args:
        sizes: Models in the stack, ascending.
        seconds: Command → its seconds at each size.
        title: What the machine was.
        path: Where the picture goes.
    """
    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=INCHES, layout="constrained")
        axes = figure.subplots()
        axes.set_title(title, loc="left", fontsize=9)
        for name, values in seconds.items():
            (line,) = axes.plot(sizes, values, marker="o")
            axes.annotate(f"  {name}", (sizes[-1], values[-1]), color=line.get_color(), va="center")
        axes.set_xlabel("models in the stack")
        axes.set_ylabel("seconds")
        axes.set_ylim(bottom=0)
        axes.margins(x=0.2)
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, dpi=150)
