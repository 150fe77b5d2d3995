"""The report of a forecast as one HTML file that needs nothing else: no network, script, font or picture file."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import final

import jinja2
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from lupercal.files.hashing import content_hash
from lupercal.files.kept import keep_bytes, kept_before
from lupercal.forecast.result import Forecast, ForecastArm
from lupercal.report import learning_tables, patient_tables, sentences, tables
from lupercal.report.axes import ReferenceLine, axis
from lupercal.report.before_after import before_after_table
from lupercal.report.beside_fact import beside_fact, fact_table
from lupercal.report.care_tables import care_overview, care_plain, care_printed, cared_groups, protocols_shown
from lupercal.report.chance_digest import chance_digest, courses_file, probabilities_file
from lupercal.report.downloads import Download, Excerpt, csv_download, downloaded, excerpt
from lupercal.report.figures import FIGURES
from lupercal.report.figures.learning import CAPTION as LEARNING_CAPTION
from lupercal.report.figures.overview import drawn_groups
from lupercal.report.figures.svg import svg
from lupercal.report.harms import harms_table
from lupercal.report.icons import PERSON
from lupercal.report.layout import Table
from lupercal.report.page_one import page_one
from lupercal.report.programme_tables import Offered, eligibility_table, plan_line
from lupercal.report.safety_box import safety_box
from lupercal.report.safety_digest import safety_digest
from lupercal.report.safety_text import safety_table
from lupercal.report.selection import observed, reported_bands
from lupercal.report.shown import as_shown
from lupercal.report.therapy_digest import reasons_digest, reasons_file, shared_assumptions, therapy_notes
from lupercal.report.wording import label_with_unit, number, percent, words

TEMPLATES = Path(__file__).with_name("templates")
REPORT, DETAILS = "report.html", "report_details.html"
"""The names of the two files that hold a report."""

MOST_ROWS = 6
"""Rows of a table of the record that a page shows; the file beside it holds all."""
_DRAWN = ("overview", "together", "incidence", "care", "learning")
_TAGS = re.compile(r"<svg.*?</svg>|<[^>]*>", re.DOTALL)


@final
@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure ready for the page; ``key`` is the panel's."""

    key: str
    title: str
    svg: Markup


def forecast_html(forecast: Forecast, offered: Offered | None = None) -> str:
    """Return the report of a forecast as one self-contained HTML document.

    Parameters
    ----------
    forecast
        What to report. An arm with ``efficacy_withheld`` shows the reason and no efficacy number anywhere.
    offered
        What the programmes' stated criteria and plans say of the patient; left out where None.

    Returns
    -------
    str
        HTML5 text. The same forecast gives the same text; nothing in it is fetched from anywhere.
    """
    return report_page(report_context(as_shown(forecast)), offered, whole=True)


def report_page(context: Mapping[str, object], offered: Offered | None, *, whole: bool = False) -> str:
    """Return the report made of a context of `report_context`; ``whole`` holds what else stands on the details page."""
    return _page("body.html.j2", dict(context) | _programmes(offered) | {"whole": whole}, "report")


def details_page(context: Mapping[str, object], offered: Offered | None) -> str:
    """Return the page of details beside a report, made of the same context."""
    return _page("details_body.html.j2", dict(context) | _programmes(offered), "details")


def _page(template: str, context: Mapping[str, object], kind: str) -> str:
    forecast = context["forecast"]
    assert isinstance(forecast, Forecast)
    shown = dict(context) | {"report_name": REPORT, "details_name": DETAILS}
    body = environment().get_template(template).render(shown)
    beside = "" if shown.get("whole") else environment().get_template("details.html.j2").render(shown)
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            title=forecast.patient.title or forecast.patient.id,
            style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
            body=Markup(body),
            glossary=_glossary(body + beside) if kind == "report" else (),
            kind=kind,
        )
    )


@cache
def environment() -> Environment:
    """Return the templates of reports and summaries."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_KeptTemplates(),
    )


@final
class _KeptTemplates(BytecodeCache):
    """Templates as they were compiled before; Jinja checks that they are of the same text and the same Python."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what is kept of its template."""
        content = kept_before(_kept_as(bucket))
        if content is not None:
            bucket.bytecode_from_string(content)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a bucket holds."""
        keep_bytes(_kept_as(bucket), bucket.bytecode_to_string())


def _kept_as(bucket: Bucket) -> str:
    return content_hash("template", jinja2.__version__, sys.version, bucket.key, bucket.checksum, size=16)


def report_context(forecast: Forecast) -> dict[str, object]:
    """Return everything the templates of a report show; the arms stand in the order shown."""
    drawings, fact = _drawings(forecast), beside_fact(forecast)
    return {
        "forecast": forecast,
        "patient": forecast.patient,
        "say": sentences,
        "patient_tables": patient_tables,
        "safety": safety_box(forecast.safety),
        "safety_digest": safety_digest(forecast.safety),
        "one": page_one(forecast),
        "person": PERSON,
        "fact": fact,
        "drawn_later": any(was_seen_later(forecast, arm) for arm in forecast.arms),
        "fact_table": excerpt(fact_table(fact), "forecast-beside-fact", MOST_ROWS) if fact else None,
        "before_after": before_after_table(forecast),
        "record_tables": _record_tables(forecast),
        "baseline": patient_tables.baseline_pairs(forecast),
        "match": patient_tables.match_pairs(forecast),
        "interval_note": tables.INTERVAL_NOTE,
        "columns": drawn_groups(forecast),
        "overview": drawings["overview"],
        "together": drawings["together"],
        "incidence": drawings["incidence"],
        "chances": chance_digest(forecast),
        "therapies": therapy_notes(forecast),
        "shared_assumptions": shared_assumptions(forecast),
        "reasons": reasons_digest(forecast),
        "files": _files(forecast),
        "care_overview": care_overview(forecast),
        "care_printed": care_printed(forecast),
        "care_plain": care_plain(forecast),
        "care_doses": _by_therapy(forecast, drawings["care"]),
        "protocols": protocols_shown(forecast),
        "reference_lines": _lines(forecast),
        "basis": tables.basis_table(forecast),
        "assumed": _share(forecast.parameter_counts, "assumed"),
        "cited": {n for one in therapy_notes(forecast) for n in one.references},
        "sources": tuple(enumerate(forecast.sources.values(), start=1)),
        "provenance": tables.provenance_table(forecast).rows,
        "learning": _learning(forecast, drawings["learning"]),
    }


def _files(forecast: Forecast) -> dict[str, Download]:
    """Return the tables that a page holds as files, by what the templates call them."""
    each = care_overview(forecast, each=True)
    return {
        "safety": downloaded(safety_table(forecast.safety, full=True), "safety"),
        "chances": probabilities_file(forecast),
        "courses": courses_file(forecast),
        "reasons": reasons_file(forecast),
        "harms": downloaded(harms_table(forecast.arms), "harms-as-published"),
        "match": downloaded(patient_tables.match_table(forecast), "virtual-patients"),
        "sources": csv_download("sources", ("number", "key", "source"), _numbered(forecast)),
        **({"care": downloaded(each, "care")} if each else {}),
    }


def _numbered(forecast: Forecast) -> Iterator[tuple[object, ...]]:
    return ((n, key, text) for n, (key, text) in enumerate(forecast.sources.items(), start=1))


def _learning(forecast: Forecast, drawings: tuple[Drawing, ...]) -> dict[str, object] | None:
    """Return what the page shows of what visits taught; None where the baseline visit alone counts."""
    learnt = forecast.learnt
    if learnt is None:
        return None
    made = {
        "what-came": learning_tables.past_table(learnt), "what-to-measure": learning_tables.next_table(learnt),
        "what-visits-told": learning_tables.visit_table(learnt),
    }  # fmt: skip
    return {
        "sentences": learning_tables.learning_sentences(learnt),
        "drawings": drawings,
        "caption": LEARNING_CAPTION,
        "tables": _excerpts(made),
    }


def _record_tables(forecast: Forecast) -> tuple[Excerpt, ...]:
    """Return the tables of the record that have anything to show."""
    made = {
        "scores": patient_tables.scores_table(forecast), "not-known": patient_tables.missing_table(forecast),
        "treatments": patient_tables.treatments_table(forecast), "visits": patient_tables.visits_table(forecast),
        "not-matched": patient_tables.unused_table(forecast),
    }  # fmt: skip
    return _excerpts(made)


def _excerpts(made: Mapping[str, Table | None]) -> tuple[Excerpt, ...]:
    """Return the beginnings of the tables that there are, by the names of their files."""
    return tuple(part for name, table in made.items() if (part := excerpt(table, name, MOST_ROWS)) is not None)


def _programmes(offered: Offered | None) -> dict[str, object]:
    if offered is None:
        return {"eligibility": None, "plans": ()}
    return {"eligibility": eligibility_table(offered), "plans": tuple(map(plan_line, offered.plans))}


def _drawings(forecast: Forecast) -> dict[str, tuple[Drawing, ...]]:
    return {
        name: tuple(Drawing(panel.key, panel.title, Markup(svg(kind, panel))) for panel in kind.select(forecast))
        for name, kind in FIGURES.items()
        if name in _DRAWN
    }


def was_seen_later(forecast: Forecast, arm: ForecastArm) -> bool:
    """Return whether later values of the patient are drawn into the courses of an arm: it is what was given."""
    return any(observed(forecast, arm, band.variable) for band in reported_bands(arm))


def _by_therapy(forecast: Forecast, doses: tuple[Drawing, ...]) -> tuple[tuple[str, tuple[Drawing, ...]], ...]:
    """Return the names of therapies with their drawing of what is taken."""
    by_therapy = [
        (group.names, tuple(d for d in doses if d.key.startswith(f"care-{group.place}-")))
        for group in cared_groups(forecast)
    ]
    return tuple((name, drawn) for name, drawn in by_therapy if drawn)


def _lines(forecast: Forecast) -> tuple[tuple[str, ReferenceLine], ...]:
    """Return the reference lines drawn, each with the text beside it."""
    names = dict.fromkeys(band.variable for arm in forecast.arms for band in reported_bands(arm))
    return tuple(
        (f"{label_with_unit(n)}, {number(line.value)} {line.text}", line) for n in names for line in axis(n).lines
    )


def _share(counts: Mapping[str, int], basis: str) -> str:
    total = sum(counts.values())
    return percent(counts.get(basis, 0) / total) if total else ""


def _glossary(body: str) -> tuple[tuple[str, str], ...]:
    """Return the abbreviations that visible text uses, with their meaning, in alphabetical order."""
    text = _TAGS.sub(" ", body)
    glossary = {
        term: meaning
        for term, meaning in words()["glossary"].items()
        if re.search(rf"(?<![A-Za-z]){term}(?![a-z])", text)
    }
    return tuple(sorted(glossary.items(), key=lambda item: item[0].casefold()))
