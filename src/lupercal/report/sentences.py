"""Whole sentences: the patient in words, the bottom line per therapy, the match. No advice, no ranking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from lupercal.forecast.result import Chance, Forecast, ForecastArm
from lupercal.report.selection import (
    MEDIAN,
    at_month,
    baseline_value,
    chance_at,
    last_month,
    latest,
    main_month,
    reported_bands,
    reported_efficacy,
    reported_toxicity,
)
from lupercal.report.wording import (
    count_words,
    defined,
    interval,
    listed,
    measured,
    month_words,
    number,
    outcome_happens,
    outcome_title,
    percent,
    plural,
    simulated,
    words,
)

STATES = ("doris", "doris_any_steroid", "lldas", "lldas_any_steroid", "drug_free_remission")


@final
@dataclass(frozen=True, slots=True)
class BottomLine:
    """One therapy in plain sentences; ``withheld`` tells that they give a reason instead of a forecast."""

    therapy: str
    name: str
    sentences: tuple[str, ...]
    withheld: bool


def patient_words(forecast: Forecast) -> str:
    """Return who the patient is in a few sentences; what is not stated is left out."""
    patient = forecast.patient
    sex = {"female": "Female patient", "male": "Male patient"}.get(patient.sex or "", "Patient, sex not stated")
    age = "age not stated" if patient.age_years is None else f"{number(patient.age_years)} years old at day 0"
    parts = [f"{sex}, {age}"]
    parts += [f"Lupus: {patient.lupus_type.replace('_', ' ')}"] if patient.lupus_type else []
    parts += [f"Diagnosed in {patient.diagnosis_year}"] if patient.diagnosis_year else []
    parts += [f"Organs involved: {listed(_plain(patient.organs_involved))}"] if patient.organs_involved else []
    return ". ".join(parts) + "."


def origin_words(forecast: Forecast) -> str:
    """Return where the data of the patient come from, in a few words."""
    origin = forecast.patient.data_origin
    return str(words()["origins"].get(origin, origin))


def _plain(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.replace("_", " ") for name in names)


def bottom_lines(forecast: Forecast) -> tuple[BottomLine, ...]:
    """Return one paragraph per therapy, in the forecast's order."""
    return tuple(bottom_line(forecast, arm) for arm in forecast.arms)


def bottom_line(forecast: Forecast, arm: ForecastArm) -> BottomLine:
    """Return the paragraph of one therapy."""
    if arm.efficacy_withheld is not None:
        reason = (f"No efficacy forecast is possible. {arm.efficacy_withheld}",)
        return BottomLine(arm.therapy, arm.name, reason, withheld=True)
    middle, end = main_month(forecast), last_month(forecast)
    parts = (_states(arm, middle), _relapse(arm, end), _activity(forecast, arm, middle), _infection(arm))
    sentences = tuple(sentence for sentence in parts if sentence)
    return BottomLine(arm.therapy, arm.name, sentences or ("Nothing could be forecast.",), withheld=False)


def _states(arm: ForecastArm, month: float) -> str:
    chances = [chance_at(reported_efficacy(arm), outcome, month) for outcome in STATES]
    parts = [_part(chance) for chance in chances if chance and defined(chance)]
    ruled_out = " ".join(_excluded(chance) for chance in chances if chance and chance.excluded)
    if not parts:
        return ruled_out
    first = f"{parts[0][0]} of the virtual patients {parts[0][1]}"
    said = f"At {month_words(month)}, {listed((first, *(' '.join(part) for part in parts[1:])))}."
    return f"{said} {ruled_out}".strip()


def _excluded(chance: Chance) -> str:
    return f"{outcome_title(chance.outcome)} is excluded by this care: {chance.excluded}."


def _part(chance: Chance) -> tuple[str, str]:
    return f"{percent(chance.probability)} ({interval(chance)})", outcome_happens(chance.outcome)


def _relapse(arm: ForecastArm, month: float) -> str:
    chance = chance_at(reported_efficacy(arm), "relapse", month)
    if chance is None:
        return ""
    if not defined(chance):
        return "Relapse is not defined, because no virtual patient reached remission."
    who = f"Of {plural(chance.denominator, 'virtual patient')} that reached remission"
    return f"{who}, {' '.join(_part(chance))} by {month_words(month)}."


def _activity(forecast: Forecast, arm: ForecastArm, month: float) -> str:
    band = next((b for b in reported_bands(arm) if b.variable == "sledai_2k"), None)
    quantiles = at_month(band, month) if band else None
    if quantiles is None or not np.isfinite(quantiles).all():
        return ""
    baseline = baseline_value(forecast, "sledai_2k")
    before = f" (this patient at baseline: {measured(baseline)})" if baseline else ""
    low, middle, high = (simulated("sledai_2k", float(quantiles[k])) for k in (0, MEDIAN, -1))
    median = f"The median SLEDAI-2K at {month_words(month)} is {middle}{before}"
    return f"{median}; nine in ten virtual patients lie between {low} and {high}."


def _infection(arm: ForecastArm) -> str:
    chance = latest(reported_toxicity(arm), "serious_infection")
    if chance is None or not defined(chance):
        return f"{outcome_title('serious_infection')} is not forecast."
    return f"By {month_words(chance.month)}, {' '.join(_part(chance))}."


def match_words(forecast: Forecast) -> str:
    """Return how many candidates there were and what the matched ones are worth."""
    match = forecast.match
    return (
        f"Of {plural(match.candidates, 'candidate')}, those that resemble this patient at baseline carry weight. "
        f"They are worth {number(match.effective_sample_size)} equally good ones (effective sample size). "
        f"From them {plural(match.virtual_patients, 'virtual patient')} were drawn, "
        f"{count_words(match.distinct_patients)} of them distinct. "
        f"Every therapy was given to the same virtual patients with the same luck.{_nearness(match.nearness)}"
    )


def _nearness(sentences: tuple[str, ...]) -> str:
    return "".join(f" {sentence}" for sentence in sentences)


def lead_words(arm: ForecastArm) -> str:
    """Return what day 0 is and how long the preparation takes."""
    if arm.lead_days == 0:
        return f"Day 0: {arm.day_zero}. No preparation time: the forecast starts on day 0."
    return (
        f"Day 0: {arm.day_zero}. It comes {plural(arm.lead_days, 'day')} after the start of the forecast; the figures "
        "show this preparation time as negative months, shaded."
    )
