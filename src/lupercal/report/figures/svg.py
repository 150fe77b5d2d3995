"""A matplotlib figure as SVG for a page: named, themed, with nothing that varies or would be fetched."""

from __future__ import annotations

import io
import re
from html import escape
from typing import Any

from lupercal.report.figures.skeleton import FigureKind, Panel
from lupercal.report.figures.style import TOKENS, house_style

_DROPPED = re.compile(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->|font-family: [^;\"]*;? ?", re.DOTALL)
_LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_STILL = re.compile(r' transform="rotate\(-?0(?:\.0*)? [^)]*\)"')
_IDENTIFIER = re.compile(r' id="([^"]*)"')
_REFERENCE = re.compile(r'(?:xlink:href="#|url\(#)([^")]*)')
_COLOR = re.compile("|".join(TOKENS))


def svg(kind: FigureKind, panel: Panel) -> str:
    """Draw a panel and return it as an ``<svg>`` element with title, description and role.

    Coordinates are rounded to 0.01 point, identifiers start with the panel's key, colours become the page's variables.
    The same panel gives the same text.
    """
    with house_style():
        out = io.StringIO()
        kind.draw(panel).savefig(out, format="svg", metadata=_NOTHING)
    return _cleaned(out.getvalue(), panel)


_NOTHING: dict[str, Any] = {"Date": None, "Creator": None, "Type": None, "Format": None}


def _cleaned(text: str, panel: Panel) -> str:
    body = text[text.index("<svg") :]
    view = re.search(r'viewBox="([^"]*)"', body)
    inside = body[body.index(">") + 1 : body.rindex("</svg>")]
    inside = _identifiers(_STILL.sub("", _DROPPED.sub("", inside)), panel.key)
    inside = _LONG.sub(lambda match: f"{float(match[0]):.2f}", inside).replace(" \n", " ").replace("\n", " ")
    inside = _COLOR.sub(lambda match: f"var({TOKENS[match[0]]})", re.sub(r">\s+<", "><", inside))
    return f"{_opening(panel, view[1] if view else '')}{inside.strip()}</svg>"


def _opening(panel: Panel, view: str) -> str:
    names = f"{panel.key}-title {panel.key}-text"
    return (
        f'<svg class="plot" role="img" aria-labelledby="{escape(names)}" viewBox="{view}">'
        f'<title id="{escape(panel.key)}-title">{escape(panel.title)}</title>'
        f'<desc id="{escape(panel.key)}-text">{escape(panel.text)}</desc>'
    )


def _identifiers(text: str, key: str) -> str:
    """Keep only identifiers that are referred to, and make them the panel's own."""
    used = {name: f"{escape(key)}-{place}" for place, name in enumerate(dict.fromkeys(_REFERENCE.findall(text)))}
    text = _IDENTIFIER.sub(lambda match: f' id="{used[match[1]]}"' if match[1] in used else "", text)
    return _REFERENCE.sub(lambda match: match[0].replace(f"#{match[1]}", f"#{used[match[1]]}"), text).replace(
        "xlink:href", "href"
    )
