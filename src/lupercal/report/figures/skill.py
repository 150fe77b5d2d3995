"""Skill as a figure: by what model + residual is better than each other forecaster, group by group."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from lupercal.files.writing import written
from lupercal.report.figures.style import GRID, INK, SERIES, SMALL, blank, house_style

_LINE, _HEAD, _FOOT, _LEFT, _WIDTH = 0.2, 0.45, 0.5, 4.6, 9.0  # inches
RIVALS_SHOWN = ("meta-analysis", "meta-analysis with context", "half and half", "model")
WORDS = "Gain in log score of model + residual, nats per share, with 90 % bootstrap intervals; right of 0 it is better."
"""Text alternative of the figure."""


def draw(document: Mapping[str, Any]) -> Figure:
    """Draw gains in log score with their intervals, one block of lines per group of shares."""
    lines = [(group, rival) for group in document["groups"] for rival in RIVALS_SHOWN if rival in group["gains"]]
    inner = _LINE * len(lines)
    height = _HEAD + inner + _FOOT
    figure = blank(_WIDTH, height)
    ax = figure.add_axes((_LEFT / _WIDTH, _FOOT / height, (_WIDTH - _LEFT - 0.3) / _WIDTH, inner / height))
    for place, (group, rival) in enumerate(lines):
        gain = group["gains"][rival]["log"]
        color = SERIES[RIVALS_SHOWN.index(rival) % len(SERIES)]
        ax.plot((gain["low"], gain["high"]), (place, place), color=color, linewidth=1.4)
        ax.plot(gain["mean"], place, "o", color=color, markersize=3.5)
    ax.axvline(0, color=INK, linewidth=0.7)
    ax.set_yticks(range(len(lines)), [f"{group['name']}: against {rival}" for group, rival in lines])
    ax.tick_params(axis="y", labelsize=SMALL, labelcolor=INK)
    ax.set_ylim(len(lines) - 0.5, -0.5)
    ax.grid(axis="x", color=GRID, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.set_xlabel("gain in log score of model + residual, nats per share")
    return figure


def write_skill_figure(path: Path, document: Mapping[str, Any]) -> Path:
    """Write the figure as SVG."""
    with house_style(), written(path) as temporary:
        draw(document).savefig(temporary, format="svg", metadata={"Date": None})
    return path
