"""Shapes of the marks in figures, each a path about a place; named as plotting libraries name them."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, pi, sin, sqrt

Corners = tuple[tuple[float, float], ...]


def mark_path(shape: str, x: float, y: float, radius: float) -> str:
    """Return the path of a mark at a place, y downwards.

    Parameters
    ----------
    shape
        ``o`` circle, ``s`` square, ``D`` diamond, ``^ v < >`` triangles, ``P`` plus, ``X`` cross, ``p`` pentagon, ``h``
        hexagon, ``_`` stroke.
    x, y
        Its middle.
    radius
        Half its size.
    """
    if shape == "o":
        arc = f"a {radius:.2f} {radius:.2f} 0 1 0"
        return f"M {x - radius:.2f} {y:.2f} {arc} {2 * radius:.2f} 0 {arc} {-2 * radius:.2f} 0 z"
    corners = " L ".join(f"{x + radius * a:.2f} {y - radius * b:.2f}" for a, b in _CORNERS[shape])
    return f"M {corners} z"


def _regular(corners: int) -> Corners:
    """Return the corners of a regular polygon of radius 1, one of them on top."""
    turns = [2 * pi * k / corners for k in range(corners)]
    return tuple((-sin(turn), cos(turn)) for turn in turns)


def _turned(corners: Corners) -> Corners:
    """Return corners turned by an eighth."""
    part = 1 / sqrt(2)
    return tuple((part * (a - b), part * (a + b)) for a, b in corners)


_DIAMOND: Corners = ((0, sqrt(2)), (sqrt(2), 0), (0, -sqrt(2)), (-sqrt(2), 0))
_T = 1 / 3
_PLUS: Corners = (
    (-_T, -1), (_T, -1), (_T, -_T), (1, -_T), (1, _T), (_T, _T), (_T, 1), (-_T, 1), (-_T, _T), (-1, _T), (-1, -_T),
    (-_T, -_T),
)  # fmt: skip
_CORNERS: Mapping[str, Corners] = {
    "s": ((-1, -1), (1, -1), (1, 1), (-1, 1)), "D": _DIAMOND,
    "^": ((0, 1), (-1, -1), (1, -1)), "v": ((0, -1), (1, 1), (-1, 1)),
    "<": ((-1, 0), (1, -1), (1, 1)), ">": ((1, 0), (-1, 1), (-1, -1)),
    "P": _PLUS, "X": _turned(_PLUS), "p": _regular(5), "h": _regular(6), "_": ((-1, 0), (1, 0)),
}  # fmt: skip
