"""The forecast at a glance for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from lupercal.forecast.result import Forecast
from lupercal.report.safety_text import safety_lines
from lupercal.report.shown import as_shown
from lupercal.report.tables import overview_table
from lupercal.report.terminal import layout_lines, wrapped


def summary_lines(forecast: Forecast, width: int | None = None) -> Iterator[str]:
    """Yield the overview of a forecast as lines: rows and notes of `overview_table`, all text literal."""
    yield from layout_lines(overview_table(as_shown(forecast)), width)


def safety_text(forecast: Forecast, width: int | None = None) -> Iterator[str]:
    """Yield what safety says of each therapy of a forecast: it is printed before every number."""
    yield "Safety first"
    for one in as_shown(forecast).safety:
        yield from wrapped(f"{one.name}: {one.verdict}", width)
        for line in safety_lines(one):
            yield from wrapped(line, width, "  ", "    ")
    yield ""
