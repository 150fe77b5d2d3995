"""A figure as SVG for a page: named and themed, with nothing that varies or would be fetched."""

from __future__ import annotations

import re
from html import escape

from lupercal.report.figures.skeleton import FigureKind, Panel
from lupercal.report.figures.style import TOKENS


def svg(kind: FigureKind, panel: Panel) -> str:
    """Draw a panel and return it as an ``<svg>`` element with title, description and role.

    Coordinates are rounded to 0.01 point, identifiers start with the panel's key, colours are the page's variables. The
    same panel gives the same text.
    """
    drawn, key = kind.draw(panel), re.sub(r"[^\w-]+", "-", panel.key)
    return (
        f'<svg class="plot" role="img" aria-labelledby="{key}-title {key}-text" viewBox="{drawn.view}">'
        f'<title id="{key}-title">{escape(panel.title)}</title><desc id="{key}-text">{escape(panel.text)}</desc>'
        f"{drawn.inside(key)}</svg>"
    )


def svg_file(kind: FigureKind, panel: Panel) -> str:
    """Draw a panel as a file of its own: on white, colours written out."""
    text = svg(kind, panel).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" ', 1)
    for color, token in TOKENS.items():
        text = text.replace(f"var({token})", color)
    return text.replace("<defs>", '<rect width="100%" height="100%" fill="white"/><defs>', 1) + "\n"
