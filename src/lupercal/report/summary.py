"""Two printed pages: one summary for the clinician, one for the patient in plain words; as HTML, and as PDF."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from markupsafe import Markup

from lupercal.errors import LupercalError
from lupercal.files.writing import write_bytes
from lupercal.forecast.result import Forecast
from lupercal.report.figures.style import TOKENS
from lupercal.report.html import DETAILS, REPORT, TEMPLATES, details_page, environment, report_context, report_page
from lupercal.report.programme_tables import Offered
from lupercal.report.shown import as_shown
from lupercal.report.wording import count_words

Reader = Literal["clinician", "patient"]
READERS: tuple[Reader, ...] = ("clinician", "patient")
_COLORS = {f"var({token})": color for color, token in TOKENS.items()}
_VARIABLE = re.compile(r"var\(--[\w-]+\)")
_TITLES = {"clinician": "Forecast, two pages for the clinician", "patient": "What treatments might do"}


def summary_html(forecast: Forecast, reader: Reader) -> str:
    """Return a summary of a forecast for a reader as one self-contained HTML document that prints on two pages."""
    return _page(report_context(as_shown(forecast)), reader)


def pages(forecast: Forecast, offered: Offered | None = None) -> dict[str, str]:
    """Return the report, its details and the summaries by file name; the figures are drawn once."""
    context = report_context(as_shown(forecast))
    files = {REPORT: report_page(context, offered), DETAILS: details_page(context, offered)}
    return files | {f"summary_{reader}.html": _page(context, reader) for reader in READERS}


def write_pages(made: Mapping[str, str], folder: Path, *, as_pdf: bool = False) -> tuple[Path, ...]:
    """Write pages into a folder, summaries also as PDF if asked; everything is made before anything is written.

    Raises
    ------
    LupercalError
        If the extra that draws PDF is not installed.
    InputError
        If a file cannot be written.
    """
    files = {folder / name: text.encode() for name, text in made.items()}
    if as_pdf:
        printed = {name: text for name, text in made.items() if name not in (REPORT, DETAILS)}
        files |= {(folder / name).with_suffix(".pdf"): pdf(text) for name, text in printed.items()}
    for path, content in files.items():
        write_bytes(path, content)
    return tuple(files)


def _page(context: dict[str, Any], reader: Reader) -> str:
    forecast: Forecast = context["forecast"]
    made = f"Lupercal {forecast.provenance.get('lupercal', '')}, seed {forecast.seed}."
    of_page = {"made": made, "people": count_words(forecast.match.virtual_patients)}
    body = environment().get_template(f"summary_{reader}.html.j2").render(context | of_page)
    return (
        environment()
        .get_template("summary_page.html.j2")
        .render(
            title=f"{_TITLES[reader]}: {forecast.patient.title or forecast.patient.id}",
            style=Markup((TEMPLATES / "summary.css").read_text(encoding="utf-8")),
            body=Markup(_VARIABLE.sub(lambda match: _COLORS.get(match[0], match[0]), body)),
            kind=reader,
        )
    )


def pdf(html: str) -> bytes:
    """Return a self-contained HTML document as PDF.

    Raises
    ------
    LupercalError
        If the extra that draws PDF is not installed.
    """
    try:
        from weasyprint import HTML  # noqa: PLC0415 - an extra
    except (ImportError, OSError):
        message = "PDF needs the extra 'pdf': pip install 'lupercal[pdf]' (and Pango, which WeasyPrint draws text with)"
        raise LupercalError(message) from None
    return bytes(HTML(string=html).write_pdf())
