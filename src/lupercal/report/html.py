"""The report of a forecast as one HTML file that needs nothing else: no network, script, font or picture file."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
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
from lupercal.report.care_tables import (
    care_overview,
    care_plain,
    care_printed,
    cared_arms,
    protocols_shown,
    reasons_table,
)
from lupercal.report.figures import FIGURES
from lupercal.report.figures.learning import CAPTION as LEARNING_CAPTION
from lupercal.report.figures.overview import drawn_groups
from lupercal.report.figures.style import SERIES
from lupercal.report.figures.svg import svg
from lupercal.report.harms import harm_table
from lupercal.report.icons import PERSON
from lupercal.report.layout import Table
from lupercal.report.page_one import page_one
from lupercal.report.programme_tables import Offered, eligibility_table, plan_table
from lupercal.report.safety_box import safety_box
from lupercal.report.safety_text import safety_table
from lupercal.report.selection import observed, reported_bands, reported_toxicity
from lupercal.report.shown import as_shown
from lupercal.report.wording import label_with_unit, number, percent, words

TEMPLATES = Path(__file__).with_name("templates")
REPORT, DETAILS = "report.html", "report_details.html"
"""The names of the two files that hold a report."""

_TAGS = re.compile(r"<svg.*?</svg>|<[^>]*>", re.DOTALL)


@final
@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure ready for the page; ``key`` is the panel's."""

    key: str
    title: str
    svg: Markup


@final
@dataclass(frozen=True, slots=True)
class ArmPage:
    """What the page shows of one therapy. ``hue`` numbers its colour; ``references`` are numbers of listed sources."""

    place: int
    hue: int
    arm: ForecastArm
    lead: str
    line: sentences.BottomLine
    harms: Table | None
    endings: Table
    figures: tuple[Drawing, ...]
    courses: Table | None
    seen: bool
    toxicity: Table | None
    reasons: tuple[Table, ...]
    doses: tuple[Drawing, ...]
    references: tuple[int, ...]
    unlisted: tuple[str, ...]


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
    body = environment().get_template(template).render(dict(context) | {"report_name": REPORT, "details_name": DETAILS})
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            title=forecast.patient.title or forecast.patient.id,
            style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
            body=Markup(body),
            glossary=_glossary(body),
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
        "safety_table": safety_table(forecast.safety, full=True) if forecast.safety else None,
        "one": page_one(forecast),
        "person": PERSON,
        "fact": fact,
        "drawn_later": any(was_seen_later(forecast, arm) for arm in forecast.arms),
        "fact_table": fact_table(fact) if fact else None,
        "before_after": before_after_table(forecast),
        "record_tables": _record_tables(forecast),
        "interval_note": tables.INTERVAL_NOTE,
        "cell_note": tables.CELL_NOTE,
        "withheld_notes": tables.withheld_notes(forecast),
        "columns": drawn_groups(forecast),
        "overview": drawings["overview"],
        "incidence": drawings["incidence"],
        "overview_table": tables.overview_table(forecast),
        "chances": tuple(zip(drawings["chances"], tables.chance_tables(forecast), strict=True)),
        "arms": tuple(_arm_page(forecast, place, drawings) for place in range(len(forecast.arms))),
        "care_overview": care_overview(forecast),
        "care_printed": care_printed(forecast),
        "care_plain": care_plain(forecast),
        "care_doses": _by_therapy(forecast, drawings["care"]),
        "protocols": protocols_shown(forecast),
        "reference_lines": _lines(forecast),
        "basis": tables.basis_table(forecast),
        "assumed": _share(forecast.parameter_counts, "assumed"),
        "sources": tuple(enumerate(forecast.sources.values(), start=1)),
        "provenance": tables.provenance_table(forecast),
        "learning": _learning(forecast, drawings["learning"]),
    }


def _learning(forecast: Forecast, drawings: tuple[Drawing, ...]) -> dict[str, object] | None:
    """Return what the page shows of what visits taught; None where the baseline visit alone counts."""
    learnt = forecast.learnt
    if learnt is None:
        return None
    made = (learning_tables.past_table(learnt), learning_tables.next_table(learnt), learning_tables.visit_table(learnt))
    return {
        "sentences": learning_tables.learning_sentences(learnt),
        "drawings": drawings,
        "caption": LEARNING_CAPTION,
        "tables": tuple(table for table in made if table is not None),
    }


def _record_tables(forecast: Forecast) -> tuple[Table, ...]:
    """Return the tables of the record that have anything to show."""
    made = (patient_tables.missing_table, patient_tables.treatments_table, patient_tables.visits_table)
    return tuple(table for make in made if (table := make(forecast)) is not None)


def _programmes(offered: Offered | None) -> dict[str, object]:
    if offered is None:
        return {"eligibility": None, "plans": ()}
    return {"eligibility": eligibility_table(offered), "plans": tuple(plan_table(one) for one in offered.plans)}


def _drawings(forecast: Forecast) -> dict[str, tuple[Drawing, ...]]:
    return {
        name: tuple(Drawing(panel.key, panel.title, Markup(svg(kind, panel))) for panel in kind.select(forecast))
        for name, kind in FIGURES.items()
    }


def was_seen_later(forecast: Forecast, arm: ForecastArm) -> bool:
    """Return whether later values of the patient are drawn into the courses of an arm: it is what was given."""
    return any(observed(forecast, arm, band.variable) for band in reported_bands(arm))


def _by_therapy(forecast: Forecast, doses: tuple[Drawing, ...]) -> tuple[tuple[str, tuple[Drawing, ...]], ...]:
    """Return each therapy's name with its drawings of tablets per day."""
    by_therapy = [
        (arm.name, tuple(d for d in doses if d.key == f"care-{place}-tablets_per_day"))
        for place, arm in enumerate(forecast.arms)
    ]
    return tuple((name, drawn) for name, drawn in by_therapy if drawn)


def _arm_page(forecast: Forecast, place: int, drawings: Mapping[str, tuple[Drawing, ...]]) -> ArmPage:
    arm, courses = forecast.arms[place], drawings["course"]
    reasons = (reasons_table(forecast, one) for one in cared_arms(forecast, arm))
    numbers = {key: n for n, key in enumerate(forecast.sources, start=1)}
    return ArmPage(
        place=place,
        hue=place % len(SERIES),
        arm=arm,
        lead=sentences.lead_words(arm),
        line=sentences.bottom_line(forecast, arm),
        harms=harm_table(arm),
        endings=tables.endings_table(arm),
        figures=tuple(d for d in courses if d.key.startswith(f"course-{place}-")),
        courses=tables.course_table(arm, forecast.months) if reported_bands(arm) else None,
        seen=was_seen_later(forecast, arm),
        toxicity=tables.toxicity_table(arm) if reported_toxicity(arm) else None,
        reasons=tuple(made for made in reasons if made is not None),
        doses=tuple(d for d in drawings["care"] if d.key.startswith(f"care-{place}-")),
        references=tuple(numbers[key] for key in arm.sources if key in numbers),
        unlisted=tuple(key for key in arm.sources if key not in numbers),
    )


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
    """Return the abbreviations that the visible text uses, with their meaning, in alphabetical order."""
    text = _TAGS.sub(" ", body)
    glossary = {
        term: meaning
        for term, meaning in words()["glossary"].items()
        if re.search(rf"(?<![A-Za-z]){term}(?![a-z])", text)
    }
    return tuple(sorted(glossary.items(), key=lambda item: item[0].casefold()))
