"""Which parameters move an outcome most: bars of partial rank correlation, one panel per outcome."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lupercal.calibration.sensitivity import Sensitivity
from lupercal.files.writing import written
from lupercal.report.figures.style import GRID, INK, MUTED, SERIES, SMALL, blank, house_style

BARS, COLUMNS = 8, 2
_WIDTH, _LEFT, _LINE, _HEAD, _FOOT = 4.4, 1.1, 0.19, 0.5, 0.55  # inches
_UP, _DOWN = SERIES[0], SERIES[1]


def draw(found: Sensitivity) -> Figure:
    """Draw all outcomes; blue bars raise the outcome, orange ones lower it, grey lines mark what chance alone gives."""
    rows = -(-len(found.outcomes) // COLUMNS)
    panel = _HEAD + BARS * _LINE
    height, width = rows * panel + _FOOT, COLUMNS * _WIDTH
    figure = blank(width, height)
    for place in range(len(found.outcomes)):
        row, column = divmod(place, COLUMNS)
        left, bottom = column * _WIDTH + _LEFT, height - (row + 1) * panel
        size = ((_WIDTH - _LEFT - 0.25) / width, BARS * _LINE / height)
        ax = figure.add_axes((left / width, (bottom + 0.02) / height, *size))
        _panel(ax, found, place, last=row == rows - 1)
    return figure


def write_tornado(path: Path, found: Sensitivity) -> Path:
    """Write the figure as SVG."""
    with house_style(), written(path) as temporary:
        draw(found).savefig(temporary, format="svg", metadata={"Date": None})
    return path


def _panel(ax: Axes, sensitivity: Sensitivity, place: int, last: bool) -> None:
    values = np.nan_to_num(sensitivity.coefficients[place])
    order = np.argsort(-np.abs(values), kind="stable")[:BARS]
    colors = [_UP if values[k] > 0 else _DOWN for k in order]
    ax.barh(range(len(order)), values[order], color=colors, height=0.66)
    for limit in (-sensitivity.chance, sensitivity.chance):
        ax.axvline(limit, color=MUTED, linewidth=0.6, linestyle=(0, (2, 2)))
    ax.axvline(0, color=INK, linewidth=0.7)
    ax.set_yticks(range(len(order)), [sensitivity.parameters[k] for k in order])
    ax.tick_params(axis="y", labelsize=SMALL, labelcolor=INK)
    ax.invert_yaxis()
    ax.set_xlim(-1, 1)
    ax.set_xticks([-1, -0.5, 0, 0.5, 1])
    ax.grid(axis="x", color=GRID, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.set_title(sensitivity.outcomes[place])
    if last:
        ax.set_xlabel("partial rank correlation")
    else:
        ax.tick_params(axis="x", labelbottom=False)
