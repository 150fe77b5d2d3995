"""Page one of a report: who, how active, what is unknown, what each therapy would probably do, what not to conclude."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, final

from markupsafe import Markup

from lupercal.care.registry import AS_IS
from lupercal.forecast.result import AssessedScore, Chance, Forecast, ForecastArm
from lupercal.patient.record import Measurement
from lupercal.report.figures.style import SERIES
from lupercal.report.harms import harm_words
from lupercal.report.icons import icon_array, of_ten
from lupercal.report.patient_tables import score_words
from lupercal.report.safety_box import stopped_therapies
from lupercal.report.selection import (
    baseline_value,
    baseline_visit,
    chance_at,
    last_month,
    latest,
    main_month,
    reported_efficacy,
    reported_toxicity,
    was_given,
)
from lupercal.report.shown import ArmGroup, arm_groups, failed_mark, page_one_data
from lupercal.report.wording import (
    DASH,
    count_words,
    defined,
    interval,
    label,
    listed,
    measured,
    month_words,
    outcome_title,
    percent,
    simulated,
    unit,
    virtual_patients_words,
)
from lupercal.therapy.registry import regimens

_SCORES = {"sledai_2k": "SLEDAI-2K", "doris_2021": "DORIS", "lldas": "LLDAS"}
STAR = "*"
"""Marks figures that leave the steroid dose out; the key below the table says so."""
NOTHING_UNKNOWN = "Nothing that the forecast or the scores ask for"
_LABS = ("upcr", "egfr", "anti_dsdna", "c3", "prednisone")


@final
@dataclass(frozen=True, slots=True)
class OutcomeCell:
    """One outcome in a row: people drawn, the interval in words, the numbers; or why there is none."""

    icons: Markup
    words: str
    numbers: str
    more: str = ""


@final
@dataclass(frozen=True, slots=True)
class NamedTherapy:
    """One therapy of a row: its name, its mark, how well it is known, and what is published of its harms."""

    name: str
    mark: str
    given: bool
    stopped: bool
    evidence: str
    plain: str
    harms: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class TherapyRow:
    """One row of page one: the therapies it stands for and what would probably happen under them."""

    hue: int
    therapies: tuple[NamedTherapy, ...]
    withheld: str
    remission: OutcomeCell
    calm: OutcomeCell
    low_activity: OutcomeCell
    relapse: OutcomeCell
    infection: OutcomeCell


@final
@dataclass(frozen=True, slots=True)
class PageOne:
    """Everything on page one, in words."""

    month: str
    end: str
    active: tuple[tuple[str, str], ...]
    unknown: str
    care: str
    rows: tuple[TherapyRow, ...]
    counted: str
    excluded: str
    not_to_conclude: tuple[str, ...]


def page_one(forecast: Forecast) -> PageOne:
    """Return page one of a forecast whose arms stand in the order shown (`lupercal.report.shown.as_shown`)."""
    rows = tuple(_row(forecast, group) for group in arm_groups(forecast))
    return PageOne(
        month=month_words(main_month(forecast)),
        end=month_words(last_month(forecast)),
        active=tuple(_active(forecast)),
        unknown=_unknown(forecast),
        care=_care(forecast),
        rows=rows,
        counted=virtual_patients_words(forecast.match),
        excluded=_why_excluded(forecast, rows),
        not_to_conclude=tuple(page_one_data()["not_to_conclude"]),
    )


def _active(forecast: Forecast) -> list[tuple[str, str]]:
    """Return scores and the most telling laboratory values at baseline as (name, value)."""
    scores = [
        (_SCORES[one.instrument], _score(forecast, one)) for one in forecast.assessment if one.instrument in _SCORES
    ]
    labs_recorded = [(name, baseline_value(forecast, name)) for name in _LABS]
    labs = [(label(name), f"{_rounded(name, value)} {unit(name)}".strip()) for name, value in labs_recorded if value]
    return [*scores, *labs[: _most("labs")]]


def _rounded(name: str, value: Measurement) -> str:
    """Return a stated value as it was given, a computed one in the precision laboratories report."""
    return measured(value) if value.given or value.censored else simulated(name, value.value)


def _score(forecast: Forecast, score: AssessedScore) -> str:
    """Return the recorded total where there is one, else the score from its items or what is left of it."""
    visit = baseline_visit(forecast)
    recorded = visit.values.get(score.instrument) if visit else None
    if recorded is not None:
        return f"{measured(recorded)} as recorded"
    text = score_words(score)
    return "not known" if text == DASH else text


def _most(what: Literal["missing", "labs"]) -> int:
    return page_one_data()["listed"][what]


def _unknown(forecast: Forecast) -> str:
    """Return the values that are not known and would help most, then how many more there are."""
    asked = dict.fromkeys(forecast.match.missing)
    for score in forecast.assessment:
        asked |= dict.fromkeys(score.missing if score.value is None else ())
    names, most = [label(name) for name in asked], _most("missing")
    if not names:
        return NOTHING_UNKNOWN
    more = f", and {count_words(len(names) - most)} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _care(forecast: Forecast) -> str:
    """Return the drugs that go on in every arm, what is drawn for want of knowledge, and what never happens."""
    ending = ": not known, drawn from the population"
    drawn = [line.removesuffix(ending) for line in forecast.background if line.endswith(ending)]
    taken = [line for line in forecast.background if not line.endswith(ending)]
    parts = [f"{'; '.join(line.removesuffix('.') for line in taken)}."] if taken else []
    parts += [f"Not known, so drawn from the population: {listed(tuple(drawn))}."] if drawn else []
    return " ".join([*parts, page_one_data()["care"], *_protocol_words(forecast)])


def _protocol_words(forecast: Forecast) -> tuple[str, ...]:
    """Return which protocol of care page one shows, where it is not care unchanged."""
    shown = forecast.protocols.get(forecast.care)
    return (f"Protocol of care: {shown.name}. {shown.summary}",) if shown and forecast.care != AS_IS else ()


def _row(forecast: Forecast, group: ArmGroup) -> TherapyRow:
    middle, end = main_month(forecast), last_month(forecast)
    first = group.first
    chances, hue = reported_efficacy(first), SERIES[group.place % len(SERIES)]
    infection = latest(reported_toxicity(first), "serious_infection")
    return TherapyRow(
        hue=group.place,
        therapies=tuple(_named(forecast, arm) for arm in group.arms),
        withheld=first.efficacy_withheld or "",
        remission=_state(chances, "doris", middle, hue),
        calm=_calm(chances, middle, hue),
        low_activity=_state(chances, "lldas", middle, hue),
        relapse=_relapse(chance_at(chances, "relapse", end), hue),
        infection=_narrow(outcome_cell(infection, hue)),
    )


def _named(forecast: Forecast, arm: ForecastArm) -> NamedTherapy:
    mark = failed_mark(forecast, arm.therapy)
    regimen = regimens().get(arm.therapy)
    level = regimen.evidence.summary if regimen else arm.evidence
    stopped = arm.therapy in stopped_therapies(forecast.safety)
    wordings = page_one_data()["evidence"]
    plain = (
        f"{wordings['level'][regimen.evidence.level]} {wordings['finding'][regimen.evidence.finding]}"
        if regimen
        else level
    )
    name = arm.name.removesuffix(f" ({mark})") if mark else arm.name
    return NamedTherapy(
        name, mark, was_given(forecast, arm), stopped, level, plain, harm_words(arm.therapy) if regimen else ()
    )


def _state(chances: tuple[Chance, ...], name: str, month: float, hue: str) -> OutcomeCell:
    """Return a remission end point; where the care excludes it, the same without its steroid clause, starred."""
    strict, loose = (chance_at(chances, key, month) for key in (name, f"{name}_any_steroid"))
    if strict is None or not strict.excluded:
        cell = outcome_cell(strict, hue)
        differs = loose is not None and strict is not None and loose.probability != strict.probability
        beside = f", {percent(loose.probability)}{STAR}" if loose and defined(loose) and differs else ""
        return replace(cell, numbers=f"{cell.numbers}{beside}")
    cell = outcome_cell(loose, hue)
    return OutcomeCell(cell.icons, "Excluded by this care", f"{cell.numbers}{STAR}" if cell.numbers else "")


def _calm(chances: tuple[Chance, ...], month: float, hue: str) -> OutcomeCell:
    """Return remission in plain words; where the care excludes it, whatever the steroid dose (``more`` says so)."""
    strict, loose = (chance_at(chances, key, month) for key in ("doris", "doris_any_steroid"))
    if strict is not None and strict.excluded:
        return replace(outcome_cell(loose, hue), more="whatever the steroid dose")
    return outcome_cell(strict, hue)


def _why_excluded(forecast: Forecast, rows: tuple[TherapyRow, ...]) -> str:
    """Return what the care excludes on page one, each with its reason, and what starred figures are."""
    month = main_month(forecast)
    chances = [chance_at(reported_efficacy(arm), name, month) for arm in forecast.arms for name in ("doris", "lldas")]
    reasons = dict.fromkeys(f"{outcome_title(c.outcome)}, as {c.excluded}" for c in chances if c and c.excluded)
    starred = any(STAR in cell.numbers for row in rows for cell in (row.remission, row.low_activity))
    said = [f"Excluded by this care: {'; '.join(reasons)}."] if reasons else []
    return " ".join([*said, *([f"{STAR} at any steroid dose."] if starred else [])])


def _relapse(chance: Chance | None, hue: str) -> OutcomeCell:
    if chance is not None and not defined(chance):
        return OutcomeCell(Markup(""), "Not defined", "", "nobody reached remission")
    cell = _narrow(outcome_cell(chance, hue))
    return replace(cell, numbers=f"{cell.numbers} of {count_words(chance.denominator)}") if chance else cell


def _narrow(cell: OutcomeCell) -> OutcomeCell:
    """Return an outcome whose words fit a narrow column: ``0 to 6 of 10``."""
    words = cell.words.removeprefix("Between ").replace(" and ", " to ")
    return replace(cell, words=words)


def outcome_cell(chance: Chance | None, hue: str, more: str = "") -> OutcomeCell:
    """Return a chance as people, words and numbers."""
    if chance is None or not defined(chance):
        return OutcomeCell(Markup(""), "Not forecast", "")
    words = of_ten(chance)
    return OutcomeCell(
        icon_array(chance, hue),
        words[:1].upper() + words[1:],
        f"{percent(chance.probability)} ({interval(chance)})",
        more,
    )


def therapy_words(row: TherapyRow) -> str:
    """Return the names of a row's therapies, failed ones marked."""
    return listed(tuple(f"{one.name} ({one.mark})" if one.mark else one.name for one in row.therapies))
