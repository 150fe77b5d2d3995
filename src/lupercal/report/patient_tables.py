"""Tables of who the patient is and how the virtual patients resemble them. Pure functions."""

from __future__ import annotations

import math
import re
from math import isnan

from lupercal.forecast.result import AssessedScore, Forecast, MatchedVariable
from lupercal.instruments.registry import instrument
from lupercal.patient.record import Measurement, Treatment, Visit
from lupercal.report.layout import Table, table_of
from lupercal.report.selection import baseline_visit
from lupercal.report.wording import (
    DASH,
    day_words,
    label,
    label_with_unit,
    measured,
    number,
    percent,
    plural,
    pretty,
    simulated,
    unit,
    unit_words,
    value_words,
)
from lupercal.therapy.registry import products, regimens

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CHOOSING = "choosing the virtual patients"


def baseline_rows(forecast: Forecast) -> Table:
    """Return every value known at baseline, in the data dictionary's unit and as the source gave it."""
    visit = baseline_visit(forecast)
    rows = [_known(visit, name) for name in visit.values] if visit else []
    when = _visit_words(visit) if visit else day_words(forecast.baseline_day)
    columns = ("What", "Value", "Unit", "As the source gives it", "Put down to")
    return table_of("baseline", f"Known at baseline ({when})", columns, "lrlll", rows)


def _known(visit: Visit, name: str) -> tuple[str, ...]:
    measurement = visit.values[name]
    cause = visit.attribution.get(name, "")
    shown_cause = {"sle": "lupus", "unknown": "not stated"}.get(cause, cause)
    return (label(name), value_words(name, measurement), unit(name), measurement.given or "", shown_cause)


Pairs = tuple[tuple[str, str], ...]


def baseline_pairs(forecast: Forecast) -> tuple[str, Pairs, Pairs]:
    """Return when the baseline visit was, the values known there by name, and the findings present and absent."""
    visit = baseline_visit(forecast)
    pairs, states = list[tuple[str, str]](), dict[str, list[str]]()
    for name, value, unit_of_value, given, cause in [_known(visit, name) for name in visit.values] if visit else []:
        put_down = f"put down to {cause}" if cause else ""
        if value in ("present", "absent"):
            states.setdefault(f"{pretty(value)}, {put_down}" if put_down else pretty(value), []).append(name)
        else:
            converted = f"given as {given}" if _NUMBER.findall(given)[:1] != _NUMBER.findall(value)[:1] else ""
            aside = "; ".join(filter(None, (converted, put_down)))
            pairs.append((name, f"{value} {unit_of_value}".strip() + (f" ({aside})" if aside else "")))
    when = _visit_words(visit) if visit else day_words(forecast.baseline_day)
    return when, tuple(pairs), tuple((state, "; ".join(names)) for state, names in states.items())


def match_pairs(forecast: Forecast) -> Pairs:
    """Return each matched variable: its name, and this patient beside the virtual ones in words."""
    pairs = []
    for row in forecast.match.variables:
        name, patient, how, low, middle, high = _matched(forecast, row)
        spread = middle if low == DASH else f"{middle} ({low} to {high})"
        kind = how.split("\n")[0]
        pairs.append((name, f"{patient} / {spread}" + ("" if kind == "value" else f"; {kind}")))
    return tuple(pairs)


def _visit_words(visit: Visit) -> str:
    parts = (day_words(visit.day), visit.date or "", visit.label)
    return ", ".join(part for part in parts if part)


def visits_table(forecast: Forecast) -> Table | None:
    """Return variables × visits for the visits other than baseline, or None if there are none."""
    others = tuple(v for v in forecast.patient.visits if v.day != forecast.baseline_day and v.values)
    if not others:
        return None
    names = dict.fromkeys(name for visit in others for name in visit.values)
    rows = [(label_with_unit(name), *(_at(visit, name) for visit in others)) for name in names]
    columns = ("What", *(_visit_heading(visit) for visit in others))
    note = "An empty cell: the source does not say."
    return table_of("visits", "Other visits of the patient", columns, "l" + "r" * len(others), rows, note)


def _at(visit: Visit, name: str) -> str:
    return value_words(name, visit.values[name]) if name in visit.values else ""


def _visit_heading(visit: Visit) -> str:
    return f"{day_words(visit.day)[:1].upper()}{day_words(visit.day)[1:]}" + (f"\n{visit.date}" if visit.date else "")


def treatments_table(forecast: Forecast) -> Table | None:
    """Return the patient's treatments, past and present, or None if none is stated."""
    rows = [_treatment(treatment) for treatment in forecast.patient.treatments]
    columns = ("Treatment", "Dose", "From", "Until", "Status", "Note")
    return table_of("treatments", "Treatments of the patient", columns, "lrrrll", rows) if rows else None


def drug_name(code: str) -> str:
    """Return the printed name of a drug or product; the code in words where the registry lacks it."""
    named = products().get(code) or regimens().get(code)
    return named.name if named else pretty(code)


def _treatment(treatment: Treatment) -> tuple[str, ...]:
    dose = (
        "" if treatment.amount is None else f"{number(treatment.amount, 6)} {unit_words(treatment.unit or '')}".strip()
    )
    days = ["" if day is None else day_words(day) for day in (treatment.start_day, treatment.stop_day)]
    return (drug_name(treatment.drug), dose, *days, treatment.status or "not stated", treatment.note)


def scores_table(forecast: Forecast) -> Table:
    """Return the scores at baseline: as the source recorded them, as they count, and the items behind."""
    visit = baseline_visit(forecast)
    recorded = visit.values if visit else {}
    rows = [_score(score, recorded.get(score.instrument)) for score in forecast.assessment]
    columns = ("Instrument", "Recorded by the source", "Counts as", "Assessment", "Items behind it", "Not known")
    note = "“16 to 24” means: 16 if all that is not known is absent, 24 if all of it is present."
    partial = any(" to " in row[2] for row in rows)
    return table_of("scores", "How active: scores at baseline", columns, "lrrllr", rows, *((note,) if partial else ()))


def _score(score: AssessedScore, recorded: Measurement | None) -> tuple[str, ...]:
    stated = measured(recorded) if recorded else ""
    unknown = plural(len(score.missing), "item") if score.missing else ""
    return (score.title, stated, score_words(score), pretty(score.status), "; ".join(score.items), unknown)


def score_words(score: AssessedScore) -> str:
    """Return a score's value with its unit, or its bounds as ``4 to 12``; yes/no states in words; a dash if unknown."""
    kind, code = _kind(score.instrument)
    if kind == "state":
        return "not settled" if score.value is None else "fulfilled" if score.value else "not fulfilled"
    if score.value is not None:
        return f"{number(score.value)} {unit_words(code)}".strip()
    if score.status == "missing" or score.low is None or score.high is None or math.isinf(score.high):
        return DASH
    return f"{number(score.low)} to {number(score.high)}"


def _kind(name: str) -> tuple[str, str]:
    """Return kind and unit of an instrument; a plain score where the registry lacks it."""
    try:
        definition = instrument(name)
    except KeyError:
        return "score", ""
    return definition.kind, definition.unit


def missing_table(forecast: Forecast) -> Table | None:
    """Return what is not known, grouped by what it would serve; None if nothing is missing.

    What would help to choose the virtual patients stands first, then what would serve most scores. A score that is
    settled without it does not count.
    """
    uses: dict[str, list[str]] = {name: [_CHOOSING] for name in forecast.match.missing}
    for score in forecast.assessment:
        for name in score.missing if score.value is None else ():
            uses.setdefault(name, []).append(score.title)
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, purposes in uses.items():
        groups.setdefault(tuple(purposes), []).append(label(name))
    ranked = sorted(groups, key=lambda purposes: (_CHOOSING not in purposes, -len(purposes)))
    rows = [("; ".join(purposes), "; ".join(groups[purposes])) for purposes in ranked]
    caption = "Not known; what would help most to narrow the forecast stands first"
    return table_of("missing", caption, ("It would serve", "Missing values"), "ll", rows) if rows else None


def match_table(forecast: Forecast) -> Table:
    """Return the matched variables: observed, how matched, and the virtual patients' weighted quantiles."""
    columns = ("Variable", "This patient", "Matched as", "Virtual patients: 5 %", "Median", "95 %")
    rows = [_matched(forecast, row) for row in forecast.match.variables]
    return table_of("match", "The virtual patients beside this patient, at baseline", columns, "lrlrrr", rows)


def _matched(forecast: Forecast, row: MatchedVariable) -> tuple[str, ...]:
    how = {"value": "value", "set": "given to every virtual patient"}.get(row.how, row.how)
    shown = f"{how}\ntolerance {row.tolerance}" if row.tolerance and row.how != "set" else how
    if {row.observed, row.cohort_q05, row.cohort_median, row.cohort_q95} <= {0.0, 1.0} and not isnan(row.cohort_mean):
        share = percent(row.cohort_mean)
        return (label_with_unit(row.variable), "yes" if row.observed else "no", shown, DASH, f"{share} yes", DASH)
    cohort = (simulated(row.variable, q) for q in (row.cohort_q05, row.cohort_median, row.cohort_q95))
    return (label_with_unit(row.variable), _observed(forecast, row), shown, *cohort)


def _observed(forecast: Forecast, row: MatchedVariable) -> str:
    """Return what is known of the patient: a value, a bound, or both ends where items of a score are not known."""
    score = next((one for one in forecast.assessment if one.instrument == row.variable), None)
    if row.how == "between" and score is not None and score.low is not None and score.high is not None:
        return f"{number(score.low)} to {number(score.high)}"
    return number(row.observed, 4)


def _shown(measurement: Measurement | None, name: str) -> str:
    return value_words(name, measurement) if measurement else DASH


def unused_table(forecast: Forecast) -> Table | None:
    """Return the known values that took no part in the matching and why, or None."""
    visit = baseline_visit(forecast)
    recorded = visit.values if visit else {}
    rows = [(label(name), _shown(recorded.get(name), name), why) for name, why in forecast.match.unused.items()]
    columns = ("Known value", "This patient", "Why it was not used")
    return table_of("unused", "Known, but not used for matching", columns, "lrl", rows) if rows else None
