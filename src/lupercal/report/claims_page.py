"""Pages of claims for a person: one claim, or all claims of a clinic, as one HTML file that needs nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import final

from markupsafe import Markup

from lupercal.claims.beside import Beside, beside, model_words, seen_words
from lupercal.claims.desk import claim_files, judged_files
from lupercal.claims.exhibit import Exhibit
from lupercal.claims.harms import harms_of, reviews_of
from lupercal.claims.questions import questions_of
from lupercal.claims.rules import VERDICTS
from lupercal.claims.say import measure_words, study_name
from lupercal.claims.verdict import JudgedClaim
from lupercal.evidence.ledger import Ledger, ledger
from lupercal.evidence.ledger_schema import Class
from lupercal.evidence.study_records import Study
from lupercal.report.claims_axis import ClaimAxis, axis_of
from lupercal.report.html import TEMPLATES, environment
from lupercal.report.layout import Table, table_of

KEYS = dict(zip(VERDICTS, ("yes", "partly", "none", "no", "open", "less"), strict=True))
"""The class by which the style sheet marks each verdict."""


@final
@dataclass(frozen=True, slots=True)
class PartView:
    """What a page shows of one part."""

    words: str
    verdict: str
    rule: str
    why: str
    rows: tuple[Exhibit, ...]
    more: tuple[Exhibit, ...]
    axis: ClaimAxis | None
    simulated: Beside
    seen: str


@final
@dataclass(frozen=True, slots=True)
class ClaimView:
    """What a page shows of one claim; ``clash`` are claims of the same page that it does not fit with."""

    one: JudgedClaim
    key: str
    parts: tuple[PartView, ...]
    clash: tuple[JudgedClaim, ...]
    questions: tuple[tuple[str, str], ...]


def claim_page(judged: Sequence[JudgedClaim], known: Ledger | None = None, only: Collection[str] = ()) -> str:
    """Return the page of some claims of one clinic as a self-contained HTML document.

    Parameters
    ----------
    judged
        The claims of one page.
    known
        The ledger they were judged against.
    only
        Ids of the claims to show; all where empty.
    """
    record = known or ledger()
    shown = [one for one in judged if not only or one.claim.id in only]
    first = shown[0]
    views = tuple(_view(one, judged, record) for one in shown)
    therapies = tuple(dict.fromkeys(one.claim.therapy for one in shown if one.claim.therapy))
    title = f"{first.page.clinic}: {', '.join(only) if only else f'{len(shown)} claims'}"
    return (
        environment()
        .get_template("claims.html.j2")
        .render(
            title=title,
            style=_style(),
            page=first.page,
            dated=first.dated,
            views=views,
            counts=_counts(shown),
            keys=KEYS,
            harms=tuple(_harms(therapy, record) for therapy in therapies if therapy != "drugs"),
            reviews=tuple(_reviews(therapy, record) for therapy in therapies if reviews_of(therapy, record)),
            statuses=_statuses(therapies, first.page.country, record),
            appraisals=_appraisals(views, record),
        )
    )


def claim_pages() -> dict[str, str]:
    """Return every shipped page by file name, with ``index.html`` that leads to them: a folder to serve to anybody."""
    pages = {f"{file.page.id}.html": judged_files([file]) for file in claim_files()}
    listed = tuple((name, judged[0].page, len(judged), _counts(judged)) for name, judged in pages.items())
    index = (
        environment()
        .get_template("claims_index.html.j2")
        .render(style=_style(), listed=listed, keys=KEYS, dated=ledger().dated.isoformat())
    )
    return {"index.html": index} | {name: claim_page(judged) for name, judged in pages.items()}


def _style() -> Markup:
    return Markup("".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("style.css", "claims.css")))


def _view(one: JudgedClaim, judged: Sequence[JudgedClaim], evidence: Ledger) -> ClaimView:
    parts = []
    for part in one.parts:
        simulated = beside(one.claim, part, evidence)
        rows = tuple(row for row in part.exhibits if row.counted)
        more = tuple(row for row in part.exhibits if not row.counted)
        axis, said = axis_of(one.claim, part, simulated, evidence), _said(simulated)
        parts.append(PartView(part.words, part.verdict, part.rule, part.why, rows, more, axis, simulated, said))
    clash = tuple(other for other in judged if other.claim.id in one.claim.against)
    return ClaimView(one, KEYS[one.verdict], tuple(parts), clash, questions_of(one))


def _said(simulated: Beside) -> str:
    return f"{model_words(simulated)} {seen_words(simulated)}".strip() if simulated.shares else ""


def _counts(shown: Sequence[JudgedClaim]) -> tuple[tuple[str, int], ...]:
    counts = Counter(one.verdict for one in shown)
    return tuple((verdict, counts[verdict]) for verdict in VERDICTS if counts[verdict])


_NAMES: dict[str, str] = {
    "car_t": "CAR T cells", "car_t_allogeneic": "CAR T cells of a donor", "msc": "mesenchymal stem cells",
    "msc_autologous": "own mesenchymal stem cells", "ahsct": "blood stem-cell transplantation", "exosomes": "exosomes",
    "rituximab": "rituximab", "drugs": "conventional drugs",
}  # fmt: skip


def therapy_name(therapy: str) -> str:
    """Return a class of therapy as a page names it."""
    return _NAMES[therapy]


def _harms(therapy: Class, evidence: Ledger) -> Table:
    rows = [
        (words[:1].upper() + words[1:], one.text, one.name)
        for words, rows in harms_of(therapy, evidence)
        for one in rows
    ]
    none = [
        ("Not known", "The ledger holds no count of harms in people with lupus: nobody can say how safe it is.", "")
    ]
    notes = ("Exact 95 % intervals. None of so many is not never: the upper end says how often it may still happen",)
    return table_of(
        f"harms-{therapy}", f"What can go wrong with {_NAMES[therapy]}", ("Harm", "Seen in", "Study"), "lll",
        rows or none, *(notes if rows else ()),
    )  # fmt: skip


def _reviews(therapy: Class, evidence: Ledger) -> Table:
    rows = []
    for study in reviews_of(therapy, evidence):
        appraisal = evidence.appraisals[study.id]
        prints = [*_printed(study)]
        flags = ", ".join(name for name, one in appraisal.domains.items() if one.judgement == "not met")
        rows.append(
            (
                study_name(study),
                "; ".join(prints) or "words only",
                ", ".join(_study(name, evidence) for name in appraisal.holds) or "not listed",
                flags,
            )
        )
    notes = ("They share studies with one another, so they are shown side by side and not averaged",)
    return table_of(
        f"reviews-{therapy}", f"Reviews of {_NAMES[therapy]}, side by side",
        ("Review", "Prints, at the time it picked", "Holds, of this ledger", "AMSTAR 2: not met"), "llll", rows, *notes,
    )  # fmt: skip


def _study(name: str, evidence: Ledger) -> str:
    return study_name(evidence.studies[name]) if name in evidence.studies else name


def _printed(study: Study) -> Iterator[str]:
    """Yield what a review prints, each with the time it picked."""
    for row in study.outcomes:
        if row.value is not None:
            unit = "" if row.unit == "1" else f" {row.unit}"
            yield f"{measure_words(row.measure)} {row.value:g}{unit} ({row.time or row.when or 'time not stated'})"
    for finding in study.findings:
        yield f"{measure_words(finding.measure)}: {finding.text} ({finding.time or finding.when or 'time not stated'})"


def _statuses(therapies: Sequence[Class], country: str, evidence: Ledger) -> Table | None:
    rows = [
        (
            f"{_NAMES[one.product]}\n{one.country}{' (this clinic)' if one.country == country else ''}",
            one.status, one.registered, one.text, one.checked.isoformat(),
        )
        for one in evidence.statuses
        if one.product in therapies
    ]  # fmt: skip
    if not rows:
        return None
    note = "Registered is not approved: a laboratory can be registered without anybody having judged its product"
    columns = ("Product", "Status for lupus", "Registered", "What was found", "Looked at")
    return table_of("status", "What regulators say", columns, "lllll", rows, note)


def _appraisals(views: Sequence[ClaimView], evidence: Ledger) -> Table | None:
    names = dict.fromkeys(row.study for view in views for part in view.parts for row in (*part.rows, *part.more))
    rows = []
    for name in sorted(name for name in names if name in evidence.appraisals):
        appraisal = evidence.appraisals[name]
        reasons = "; ".join(f"{key}: {d.judgement}" for key, d in appraisal.domains.items())
        steps = "; ".join(f"{step.domain} {step.change:+d} ({step.reason.rstrip('.')})" for step in appraisal.steps)
        steps = f"starts {appraisal.start}; {steps}" if appraisal.start != "none" else "not graded"
        rows.append(
            (
                _study(name, evidence),
                f"{appraisal.overall}\n{appraisal.tool}",
                reasons,
                appraisal.certainty,
                steps,
                appraisal.cluster,
                appraisal.funding.who,
            )
        )
    columns = ("Study", "Risk of bias", "By domain", "Certainty", "Steps of GRADE", "Whose people", "Funding")
    return table_of("appraisals", "How far each study can be trusted", columns, "lllllll", rows) if rows else None
