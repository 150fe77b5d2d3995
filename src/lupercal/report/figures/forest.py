"""Observed against predicted, one line per figure of a study: misses on top, fitted and unfitted figures told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lupercal.evidence.study_records import RATIOS
from lupercal.files.writing import written
from lupercal.report.figures.style import GRID, INK, MUTED, SERIES, SMALL, blank, house_style
from lupercal.report.validation import name_of
from lupercal.validation.compare import Compared, Validation

Scale = Literal["share", "ratio", "distance"]
MOST_LINES = 60
_LINE, _TOP, _BOTTOM, _LEFT, _PLOT, _RIGHT = 0.185, 0.75, 0.55, 4.4, 4.2, 1.95  # inches
_PREDICTED, _MISS = SERIES[0], SERIES[1]
_FARTHEST = 6.0  # standard deviations at which a distance is cut


@final
@dataclass(frozen=True, slots=True)
class Forest:
    """Some lines on one scale: per cent, ratios (logarithmic), or distances in SD of the prediction."""

    key: str
    title: str
    text: str
    scale: Scale
    rows: tuple[Compared, ...]


def select(result: Validation) -> tuple[Forest, ...]:
    """Return the figures of a validation by scale, misses first, cut into pages."""
    scales: tuple[tuple[Scale, str], ...] = (
        ("share", "Shares of patients"), ("ratio", "Ratios between arms"), ("distance", "Other figures"),
    )  # fmt: skip
    return tuple(page for scale, title in scales for page in _pages(result.rows, scale, title))


def scale_of(row: Compared) -> Scale:
    """Return the scale a figure is drawn on."""
    if row.statistic == "share":
        return "share"
    return "ratio" if row.statistic in RATIOS and row.interval[0] > 0 else "distance"


def _pages(rows: Sequence[Compared], scale: Scale, title: str) -> list[Forest]:
    on_scale = [row for row in rows if scale_of(row) == scale]
    pages = [tuple(on_scale[first : first + MOST_LINES]) for first in range(0, len(on_scale), MOST_LINES)]
    return [
        Forest(f"forest-{scale}-{number}", f"{title}{_number(number, len(pages))}", _text(title, page), scale, page)
        for number, page in enumerate(pages, 1)
    ]


def _number(number: int, total: int) -> str:
    return f" ({number} of {total})" if total > 1 else ""


def _text(title: str, rows: Sequence[Compared]) -> str:
    inside = sum(row.inside_90 for row in rows)
    return (
        f"{title}: {len(rows)} figures of published studies, observed with 95 % intervals and predicted with 90 % "
        f"intervals; {inside} observed figures lie inside. The same numbers stand in the table."
    )


def draw(forest: Forest) -> Figure:
    """Draw one page."""
    height = _TOP + _LINE * len(forest.rows) + _BOTTOM
    width = _LEFT + _PLOT + _RIGHT
    figure = blank(width, height)
    ax = figure.add_axes((_LEFT / width, _BOTTOM / height, _PLOT / width, _LINE * len(forest.rows) / height))
    for place, row in enumerate(forest.rows):
        _line(ax, len(forest.rows) - 1 - place, row, forest.scale)
    _frame(ax, forest)
    _legend(figure, forest, height)
    return figure


def _line(ax: Axes, y: int, row: Compared, scale: Scale) -> None:
    """Draw one figure: predicted as a bar with its median, observed as a point with whiskers."""
    observed, whiskers, middle, band = _positions(row, scale)
    tint = _PREDICTED if row.inside_90 else _MISS
    ax.plot(band, (y, y), color=tint, linewidth=5.0, alpha=0.35, solid_capstyle="butt")
    ax.plot((middle, middle), (y - 0.3, y + 0.3), color=tint, linewidth=1.4)
    if whiskers:
        ax.plot(whiskers, (y, y), color=INK, linewidth=0.8)
    ax.plot(observed, y, "o", color=INK, markersize=4.0, markerfacecolor=INK if row.fitted else "white", zorder=4)
    blended = ax.get_yaxis_transform()
    when = f", {row.time}" if row.time else ""
    label = f"{row.study}: {name_of(row)}{when}"
    ax.text(-0.02, y, _short(label), transform=blended, ha="right", va="center", fontsize=SMALL - 1, color=INK)
    numbers = f"{row.observed:.3g}  |  {row.predicted:.3g} ({row.interval[0]:.3g} to {row.interval[1]:.3g})"
    ax.text(1.02, y, numbers, transform=blended, va="center", fontsize=SMALL - 1.5, color=MUTED)


_Pair = tuple[float, float]


def _positions(row: Compared, scale: Scale) -> tuple[float, _Pair | None, float, _Pair]:
    """Return observed, its interval, predicted median and its interval on the scale."""
    if scale != "distance":
        return row.observed, row.observed_interval, row.predicted, row.interval
    spread = (row.interval[1] - row.interval[0]) / 3.29 or 1.0

    def place(value: float) -> float:
        return max(-_FARTHEST, min(_FARTHEST, (value - row.predicted) / spread))

    interval = row.observed_interval
    whiskers = (place(interval[0]), place(interval[1])) if interval else None
    return place(row.observed), whiskers, 0.0, (place(row.interval[0]), place(row.interval[1]))


def _short(text: str) -> str:
    return text if len(text) <= 78 else text[:75] + "…"


def _frame(ax: Axes, forest: Forest) -> None:
    ax.set_ylim(-0.7, len(forest.rows) - 0.3)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x", color=GRID, linewidth=0.6)
    ax.set_axisbelow(True)
    misses = sum(not row.inside_90 for row in forest.rows)
    if 0 < misses < len(forest.rows):
        ax.axhline(len(forest.rows) - misses - 0.5, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)))
    if forest.scale == "share":
        ax.set_xlim(-2, 102)
        ax.set_xlabel("Patients, %")
    elif forest.scale == "ratio":
        ax.set_xscale("log")
        ax.set_xticks([0.1, 0.2, 0.5, 1, 2, 5, 10], labels=["0.1", "0.2", "0.5", "1", "2", "5", "10"])
        ax.minorticks_off()
        ax.set_xlim(0.08, 16)
        ax.axvline(1.0, color=MUTED, linewidth=0.7)
        ax.set_xlabel("Ratio")
    else:
        ax.set_xlim(-_FARTHEST - 0.3, _FARTHEST + 0.3)
        ax.set_xlabel("Distance from the predicted median in standard deviations of the prediction; cut at 6")


def _legend(figure: Figure, forest: Forest, height: float) -> None:
    figure.text(0.01, 1 - 0.2 / height, forest.title, va="top", fontweight="bold")
    keys = [
        Line2D([], [], color=INK, marker="o", linewidth=0.8, markersize=4, label="observed, fitted (95 %)"),
        Line2D([], [], color=INK, marker="o", linewidth=0.8, markersize=4, markerfacecolor="white",
               label="observed, no fit uses it"),
        Line2D([], [], color=_PREDICTED, linewidth=5, alpha=0.35, label="predicted (90 %)"),
        Line2D([], [], color=_MISS, linewidth=5, alpha=0.35, label="predicted, observed outside"),
    ]  # fmt: skip
    corner = (1.0, 1 - 0.12 / height)
    figure.legend(handles=keys, loc="upper right", ncols=4, frameon=False, fontsize=SMALL - 1, bbox_to_anchor=corner)
    figure.text(0.985, 1 - 0.62 / height, "observed | predicted", ha="right", fontsize=SMALL - 1, color=MUTED)


def write_forest(folder: Path, result: Validation) -> list[Path]:
    """Write the pages as PNG and SVG into a folder; return the paths of the SVG files."""
    paths = []
    for page in select(result):
        path = folder / f"{page.key}.svg"
        with house_style():
            figure = draw(page)
            with written(path.with_suffix(".png")) as picture:
                figure.savefig(picture, format="png", dpi=150, facecolor="white")
            with written(path) as picture:
                figure.savefig(picture, format="svg", facecolor="white", metadata={"Date": None, "Creator": None})
        paths.append(path)
    return paths
