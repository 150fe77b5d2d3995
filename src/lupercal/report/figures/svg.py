"""A matplotlib figure as SVG for a page: named, themed, with nothing that varies or would be fetched."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from html import escape
from typing import Any

from lupercal.report.figures.skeleton import FigureKind, Panel
from lupercal.report.figures.style import TOKENS, house_style

_DROPPED = re.compile(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_FONT = re.compile(r"font-family: [^;\"]*;? ?")
_LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_STILL = re.compile(r' transform="rotate\(-?0(?:\.0*)? [^)]*\)"')
_IDENTIFIER = re.compile(r' id="([^"]*)"')
_REFERENCE = re.compile(r'(xlink:href="#|url\(#)([^")]*)')
_COLOR = re.compile("|".join(TOKENS))
_NOTHING: dict[str, Any] = {"Date": None, "Creator": None, "Type": None, "Format": None}


def svg(kind: FigureKind, panel: Panel) -> str:
    """Draw a panel and return it as an ``<svg>`` element with title, description and role.

    Coordinates are rounded to 0.01 point, identifiers start with the panel's key, colours become the page's variables.
    The same panel gives the same text.
    """
    with house_style():
        out = io.StringIO()
        kind.draw(panel).savefig(out, format="svg", metadata=_NOTHING)
    return _cleaned(out.getvalue(), panel)


def _cleaned(text: str, panel: Panel) -> str:
    """Return matplotlib's SVG without prologue, metadata and global style; text between tags stays as it is."""
    body = text[text.index("<svg") :]
    view = re.search(r'viewBox="([^"]*)"', body)
    inside = _DROPPED.sub("", body[body.index(">") + 1 : body.rindex("</svg>")])
    key = re.sub(r"[^\w-]+", "-", panel.key)
    used = dict.fromkeys(name for _, name in _REFERENCE.findall(inside))
    names = {name: f"{key}-{place}" for place, name in enumerate(used)}
    inside = _TAG.sub(lambda match: _clean_tag(match[0], names), re.sub(r">\s+<", "><", inside))
    return f"{_opening(panel, key, view[1] if view else '')}{inside.strip()}</svg>"


def _clean_tag(tag: str, names: Mapping[str, str]) -> str:
    """Return one tag with short numbers, themed colours, the page's font, and only the identifiers referred to."""
    tag = _FONT.sub("", _STILL.sub("", tag)).replace("\n", " ")
    tag = _COLOR.sub(lambda match: f"var({TOKENS[match[0]]})", tag)
    tag = _IDENTIFIER.sub(lambda match: f' id="{names[match[1]]}"' if match[1] in names else "", tag)
    tag = _REFERENCE.sub(lambda match: match[1].removeprefix("xlink:") + names[match[2]], tag)
    return _LONG.sub(_short, tag)


def _short(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}"


def _opening(panel: Panel, key: str, view: str) -> str:
    return (
        f'<svg class="plot" role="img" aria-labelledby="{key}-title {key}-text" viewBox="{view}">'
        f'<title id="{key}-title">{escape(panel.title)}</title><desc id="{key}-text">{escape(panel.text)}</desc>'
    )
