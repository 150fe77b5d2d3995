"""The forecast at a glance for a terminal."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from lupercal.forecast.result import Forecast
from lupercal.report.safety_text import safety_lines
from lupercal.report.tables import overview_table


def summary_table(forecast: Forecast) -> Table:
    """Return the overview of a forecast as a rich table: rows and notes of `overview_table`, all text literal."""
    layout = overview_table(forecast)
    shown = Table(
        title=layout.caption, caption=Text("\n".join(layout.notes)), box=box.SIMPLE_HEAD, title_justify="left"
    )
    shown.caption_justify = "left"
    for heading, align in zip(layout.columns, layout.align, strict=True):
        shown.add_column(Text(heading), justify="right" if align == "r" else "left", vertical="top")
    for row in layout.rows:
        shown.add_row(*(Text(cell) for cell in row))
    return shown


def safety_text(forecast: Forecast) -> Text:
    """Return what safety says of each therapy of a forecast: it is printed before every number."""
    shown = Text("Safety first\n", style="bold")
    for one in forecast.safety:
        shown.append(f"{one.name}: {one.verdict}\n", style="not bold")
        shown.append("".join(f"  {line}\n" for line in safety_lines(one)), style="not bold")
    return shown
