"""Plots as SVG text that stands inside the page and needs nothing outside it."""

from __future__ import annotations

import io
import os
import tempfile

import pandas as pd

# Its cache may not be written where a task runs.
os.environ.setdefault("MPLCONFIGDIR", os.path.join(tempfile.gettempdir(), "mpl"))
import matplotlib  # noqa: E402

matplotlib.use("svg")
from matplotlib.dates import DateFormatter, WeekdayLocator  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

BLUE, ORANGE, GREY = "#1f77b4", "#d1620d", "#8a8f98"
matplotlib.rcParams.update(
    {
        "svg.hashsalt": "maestro",
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": GREY,
    }
)


def _svg(figure: Figure, label: str) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    start = text.index("<svg")
    return text[start:].replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def distributions(before: pd.Series, after: pd.Series, name: str) -> str:
    """Empirical distribution functions of a column, before and now."""
    figure = Figure(figsize=(4.6, 2.7), layout="constrained")
    axes = figure.subplots()
    axes.ecdf(before.dropna(), color=GREY, label="weeks before")
    axes.ecdf(after.dropna(), color=ORANGE, label="last week")
    axes.set_title(name)
    axes.set_ylabel("share at or below")
    axes.legend(frameon=False)
    return _svg(figure, f"Distribution of {name}, last week and before")


def per_day(flights: pd.DataFrame) -> str:
    """Flights delivered for each day, and how many were cancelled."""
    day = flights["scheduled"].dt.tz_convert("America/New_York").dt.date
    flown = flights["landed"].notna()
    table = flown.groupby(day).agg(["size", "sum"])
    figure = Figure(figsize=(9.4, 2.4), layout="constrained")
    axes = figure.subplots()
    axes.bar(table.index, table["sum"], color=BLUE, label="landed")
    axes.bar(
        table.index,
        table["size"] - table["sum"],
        bottom=table["sum"],
        color=ORANGE,
        label="cancelled or diverted",
    )
    axes.set_ylabel("flights a day")
    axes.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
    axes.xaxis.set_major_locator(WeekdayLocator())
    axes.xaxis.set_major_formatter(DateFormatter("%d %b"))
    return _svg(figure, "Flights for each day")


def anomalies(points: list[list[float]]) -> str:
    """Speed over distance; odd flights stand out."""
    figure = Figure(figsize=(9.4, 3.0), layout="constrained")
    axes = figure.subplots()
    for odd, colour, label in ((0, BLUE, "ordinary"), (1, ORANGE, "odd")):
        some = [p for p in points if bool(p[2]) == bool(odd)]
        axes.scatter(
            [p[0] for p in some],
            [p[1] for p in some],
            s=9,
            color=colour,
            label=f"{label} ({len(some)})",
            alpha=0.7,
        )
    axes.set_xlabel("distance, miles")
    axes.set_ylabel("speed, mph")
    axes.legend(frameon=False)
    return _svg(figure, "Speed of flights over their distance")
