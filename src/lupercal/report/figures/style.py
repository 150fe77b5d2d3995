"""What all figures share: colours, markers, widths, fonts. Colours are tokens which the page maps to its theme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, MUTED, GRID, PAPER = "#1c1d1f", "#62666d", "#dfe2e6", "#fffffe"
# Okabe and Ito, Color Universal Design (2008), without black and with the yellow last: it is weak on white.
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h")
TOKENS = {INK: "--ink", MUTED: "--muted", GRID: "--grid", PAPER: "--paper"} | {
    color: f"--series-{place}" for place, color in enumerate(SERIES)
}
TITLE = 9.0
SMALL = 8.0
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "lupercal",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": TITLE,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": TITLE,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 7.0,
    "axes.titley": 1.0,  # no axis stands on top, so no place need be searched for at every drawing
    "axes.labelsize": SMALL,
    "axes.unicode_minus": True,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.size": 3.0,
    "ytick.major.size": 0.0,
    "xtick.major.width": 0.7,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "none",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw and save within this context; nothing of it stays behind. Within another it costs nothing."""
    import matplotlib  # noqa: PLC0415 - heavy, and most reports draw without it

    if matplotlib.rcParams["svg.hashsalt"] == _SETTINGS["svg.hashsalt"]:
        yield
        return
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def color(place: int) -> str:
    """Return the colour of the therapy at ``place``."""
    return SERIES[place % len(SERIES)]


def marker(place: int) -> str:
    """Return the marker of the therapy at ``place``; colours and markers repeat with different periods."""
    return MARKERS[place % len(MARKERS)]


def blank(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - heavy, see above

    return Figure(figsize=(width, height))


def spread_out(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return positions near ``wanted``, at least ``gap`` apart, between ``low`` and ``high`` if they fit."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed: list[float] = []
    for i in order:
        placed.append(max(wanted[i], placed[-1] + gap if placed else low))
    ceiling = high
    for k in reversed(range(len(placed))):
        placed[k] = min(placed[k], ceiling)
        ceiling = placed[k] - gap
    result = [0.0] * len(wanted)
    for place, i in zip(placed, order, strict=True):
        result[i] = place
    return result
