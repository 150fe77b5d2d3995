"""Published shares beside what the model says of them, as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lupercal.web.figures.panels import colour

SIDE = 420
_AXIS = {"tickCount": 6, "grid": True}


def shares_figure(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return a figure in which every published share lies over the model's; on the line they are the same.

    Parameters
    ----------
    rows
        With ``model`` and ``published`` in percent, and ``cells``: what the share is about, in words.
    """
    scale = {"domain": [0, 100]}
    hue = {"domain": ["drugs", "cells"], "range": [colour(0), colour(1)]}
    return {
        "description": "Published shares over the model's",
        "width": SIDE, "height": SIDE,
        "layer": [
            {
                "name": "line", "data": {"values": [{"x": 0, "y": 0}, {"x": 100, "y": 100}]},
                "mark": {"type": "line", "color": "token:--muted", "strokeDash": [4, 4]},
                "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}},
            },
            {
                "name": "shares", "data": {"values": list(rows)},
                "mark": {"type": "point", "size": 45, "filled": True, "opacity": 0.65},
                "encoding": {
                    "x": {"field": "model", "type": "quantitative", "title": "model, %", "scale": scale, "axis": _AXIS},
                    "y": {
                        "field": "published", "type": "quantitative", "title": "published, %", "scale": scale,
                        "axis": _AXIS,
                    },
                    "color": {"field": "cells", "type": "nominal", "title": None, "scale": hue},
                    "shape": {"field": "cells", "type": "nominal", "title": None},
                },
            },
        ],
    }  # fmt: skip
