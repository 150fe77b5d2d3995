"""Drawing straight to SVG what the figures of a report need: one pair of axes, lines, bands, points and words.

A report holds some eighty small figures; a general plotting library takes fifty times as long for them. Lengths are in
points, shares are of the whole figure's width and height, and the origin is the lower left corner, as there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lupercal.report.figures.marks import mark_path
from lupercal.report.figures.style import GRID, INK, MUTED, SMALL, TITLE, TOKENS

Array = NDArray[np.float64]
Anchor = Literal["start", "middle", "end"]
POINTS = 72.0  # of an inch
_LINEAR_SHARE = 2 / 3  # length of the linear part of a symlog axis beside that of a decade
_TICK, _PAD, _TITLE_PAD = 3.0, 3.5, 7.0
_BELOW, _LABEL_BELOW, _MIDDLE = 12.58, 24.58, 0.38  # baselines: tick labels, axis label; half a letter's height
QUARTERS, PERCENT = (0.0, 0.25, 0.5, 0.75, 1.0), ("0", "25", "50", "75", "100 %")
BACK, BANDS, RULES, LINES, FRAME, WORDS, MARKS = range(7)


@final
@dataclass(frozen=True, slots=True)
class Scale:
    """One axis from ``low`` to ``high``; linear, or logarithmic with a linear part below ``linear_below``."""

    low: float
    high: float
    linear_below: float | None = None

    def share(self, values: ArrayLike) -> Array:
        """Return where values lie, 0 at the low end and 1 at the high one."""
        low, high = (float(self._along(np.array(end))) for end in (self.low, self.high))
        return np.asarray((self._along(np.asarray(values, np.float64)) - low) / (high - low))

    def _along(self, values: Array) -> Array:
        if self.linear_below is None:
            return values
        sizes = np.abs(values) / self.linear_below
        far = np.sign(values) * (_LINEAR_SHARE + np.log10(np.maximum(sizes, 1.0)))
        return np.where(sizes <= 1, values / self.linear_below * _LINEAR_SHARE, far)


@final
class Plot:
    """A figure of a ``size`` in inches; ``box`` is the axes' left, bottom, width and height as shares of it."""

    def __init__(self, size: tuple[float, float], box: tuple[float, float, float, float]) -> None:
        self.width, self.height = (POINTS * side for side in size)
        self.left, self.wide = box[0] * self.width, box[2] * self.width
        self.bottom, self.tall = self.height * (1 - box[1]), box[3] * self.height
        self.x, self.y = Scale(0.0, 1.0), Scale(0.0, 1.0)
        self._layers: tuple[list[str], ...] = tuple([] for _ in range(7))

    @property
    def view(self) -> str:
        """The ``viewBox``."""
        return f"0 0 {self.width:g} {self.height:g}"

    def inside(self, key: str) -> str:
        """Return the drawing; identifiers begin with ``key``."""
        top = self.bottom - self.tall
        clip = (
            f'<defs><clipPath id="{key}-0"><rect x="{self.left:.2f}" y="{top:.2f}" width="{self.wide:.2f}" '
            f'height="{self.tall:.2f}"/></clipPath></defs>'
        )
        return clip + "".join(part for layer in self._layers for part in layer).replace(_CLIP, f"url(#{key}-0)")

    def title(self, words: str) -> None:
        """Write the title above, from the left edge of the figure."""
        self._words(0.0, self.bottom - self.tall - _TITLE_PAD, words, TITLE, INK)

    def label(self, words: str) -> None:
        """Write what the x axis is, below its middle."""
        self._words(self.left + self.wide / 2, self.bottom + _LABEL_BELOW, words, SMALL, MUTED, "middle")

    def x_ticks(self, at: Sequence[float], words: Iterable[str]) -> None:
        """Draw the x axis with ticks."""
        self._frame(f"M {self.left:.2f} {self.bottom:.2f} h {self.wide:.2f}")
        for place, word in zip(self._across(np.asarray(at, np.float64)), words, strict=True):
            self._frame(f"M {place:.2f} {self.bottom:.2f} v {_TICK:g}")
            self._words(float(place), self.bottom + _BELOW, word, SMALL, MUTED, "middle")

    def y_ticks(self, at: Sequence[float], words: Iterable[str]) -> None:
        """Draw the y axis with a thin line across at each tick."""
        self._frame(f"M {self.left:.2f} {self.bottom:.2f} v {-self.tall:.2f}")
        for place, word in zip(self._up(np.asarray(at, np.float64)), words, strict=True):
            self._layers[BACK].append(_path(f"M {self.left:.2f} {place:.2f} h {self.wide:.2f}", _stroke(GRID, 0.6)))
            self._words(self.left - _PAD, float(place) + _MIDDLE * SMALL, word, SMALL, MUTED, "end")

    def shade(self, low: float, high: float, color: str, alpha: float) -> None:
        """Shade the whole height between two places of the x axis."""
        begin, end = self._across(np.array([low, high]))
        path = f"M {begin:.2f} {self.bottom:.2f} V {self.bottom - self.tall:.2f} H {end:.2f} V {self.bottom:.2f} z"
        self._layers[BANDS].append(_path(path, _fill(color, alpha), clipped=True))

    def band(self, x: ArrayLike, low: ArrayLike, high: ArrayLike, color: str, alpha: float) -> None:
        """Fill between two lines, with gaps where one is not known."""
        across, lower, upper = self._across(np.asarray(x, np.float64)), self._up(low), self._up(high)
        for part in _known(across, lower, upper):
            there = zip(across[part], lower[part], strict=True)
            back = zip(across[part][::-1], upper[part][::-1], strict=True)
            self._layers[BANDS].append(_path(f"M {_joined([*there, *back])} z", _fill(color, alpha), clipped=True))

    def line(
        self, x: ArrayLike, y: ArrayLike, color: str, width: float, alpha: float = 1.0, *, layer: int = LINES,
        clipped: bool = True,
    ) -> None:  # fmt: skip
        """Draw a line, with gaps where it is not known."""
        across, up = self._across(np.asarray(x, np.float64)), self._up(y)
        parts = [f"M {_joined(list(zip(across[part], up[part], strict=True)))}" for part in _known(across, up)]
        if parts:
            style = f"{_stroke(color, width, alpha)}; stroke-linecap: round"
            self._layers[layer].append(_path(" ".join(parts), style, clipped=clipped))

    def rule(self, value: float) -> None:
        """Draw a dashed line across at a value."""
        style = f"{_stroke(INK, 0.7)}; stroke-dasharray: 1.4,1.68"
        path = f"M {self.left:.2f} {float(self._up(value)):.2f} h {self.wide:.2f}"
        self._layers[RULES].append(_path(path, style, clipped=True))

    def marks(
        self, x: ArrayLike, y: ArrayLike, shape: str, size: float, face: str, edge: str = "", width: float = 1.0,
    ) -> None:  # fmt: skip
        """Draw a mark of a shape (`marks`) at each place, also beyond the axes."""
        style = f"fill: {_color(face)}; {_stroke(edge or face, width, filled=True)}"
        for place, height in zip(
            np.atleast_1d(self._across(np.asarray(x, np.float64))), np.atleast_1d(self._up(y)), strict=True
        ):
            if np.isfinite(place) and np.isfinite(height):
                self._layers[MARKS].append(_path(mark_path(shape, float(place), float(height), size / 2), style))

    def beside(self, share: float, height: float, words: Sequence[str], size: float, color: str) -> None:
        """Write lines of words to the right of a share of the axes' width, centred at a share of their height."""
        middle = self.bottom - height * self.tall + 0.27 * size
        for row, text in enumerate(words):
            y = middle + 1.06 * size * (row - (len(words) - 1) / 2)
            self._words(self.left + share * self.wide, y, text, size, color)

    def note(self, x: float, y: float, words: str, size: float, color: str, anchor: Anchor = "start") -> None:
        """Write words whose line begins at shares of the figure."""
        self._words(x * self.width, self.height * (1 - y), words, size, color, anchor)

    def _across(self, values: Array) -> Array:
        return self.left + self.x.share(values) * self.wide

    def _up(self, values: ArrayLike) -> Array:
        return self.bottom - self.y.share(values) * self.tall

    def _frame(self, path: str) -> None:
        self._layers[FRAME].append(_path(path, _stroke(MUTED, 0.7)))

    def _words(self, x: float, y: float, words: str, size: float, color: str, anchor: Anchor = "start") -> None:
        style = f"font-size: {size:g}px; text-anchor: {anchor}; fill: {_color(color)}"
        text = escape(words, quote=False)
        self._layers[WORDS].append(f'<text style="{style}" x="{x:.2f}" y="{y:.2f}">{text}</text>')


_CLIP = "url(#)"


def stepped_out(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Return the corners of steps whose values hold from each place to the next."""
    return np.repeat(np.asarray(x, np.float64), 2)[1:], np.repeat(np.asarray(y, np.float64), 2)[:-1]


def round_ticks(low: float, high: float, most: int = 5) -> tuple[float, ...]:
    """Return round numbers between two, in at most so many intervals: steps of 1, 2, 2.5 or 5 times a power of ten."""
    rough = (high - low) / most
    decade = 10.0 ** np.floor(np.log10(rough))
    step = next(size * decade for size in (1, 2, 2.5, 5, 10) if size * decade >= rough * (1 - 1e-12))
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return tuple(float(round(k * step, 12)) for k in np.arange(first, last + 1))


def _known(*columns: Array) -> list[slice]:
    """Return the longest runs in which everything is known."""
    finite = np.isfinite(columns).all(axis=0) if len(columns[0]) else np.zeros(0, np.bool_)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], finite, [False]]).astype(np.int8)))
    return [slice(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def _joined(places: Sequence[tuple[float, float]]) -> str:
    return " L ".join(f"{x:.2f} {y:.2f}" for x, y in places)


def _path(path: str, style: str, *, clipped: bool = False) -> str:
    clip = f' clip-path="{_CLIP}"' if clipped else ""
    return f'<path d="{path}"{clip} style="{style}"/>'


def _fill(color: str, alpha: float) -> str:
    return f"fill: {_color(color)}; fill-opacity: {alpha:g}"


def _stroke(color: str, width: float, alpha: float = 1.0, *, filled: bool = False) -> str:
    opacity = "" if alpha == 1 else f"; stroke-opacity: {alpha:g}"
    return f"{'' if filled else 'fill: none; '}stroke: {_color(color)}; stroke-width: {width:g}{opacity}"


def _color(color: str) -> str:
    return f"var({TOKENS[color]})"
