"""Tables of what was forecast: overview, basis, provenance; probabilities, spreads and endings in words."""

from __future__ import annotations

import numpy as np

from lupercal.forecast.result import Chance, Forecast, ForecastArm
from lupercal.report.layout import Table, table_of
from lupercal.report.selection import (
    MEDIAN,
    Array,
    at_month,
    chance_at,
    flat,
    last_month,
    latest,
    main_month,
    reported_bands,
    reported_efficacy,
    reported_toxicity,
)
from lupercal.report.wording import (
    DASH,
    count_words,
    defined,
    interval,
    month_words,
    number,
    outcome_title,
    percent,
    pretty,
    simulated,
    words,
)

INTERVAL_NOTE = (
    "Intervals are 90 % intervals; what they hold, and what not, stands among the assumptions of the report."
)
EXCLUDED = "excluded by this care"
_OVERVIEW = ("doris", "lldas", "drug_free_remission")


def overview_table(forecast: Forecast) -> Table:
    """Return one row per therapy: activity, remission, relapse and serious infection at the main months."""
    middle, end = main_month(forecast), last_month(forecast)
    heads = (f"SLEDAI-2K, {month_words(middle)}", *(f"{outcome_title(o)}, {month_words(middle)}" for o in _OVERVIEW))
    columns = ("Therapy", *heads, f"Relapse by {month_words(end)}", f"Serious infection by {month_words(end)}")
    rows = [_overview_row(arm, middle, end) for arm in forecast.arms]
    return table_of(
        "overview", "The forecast at a glance", columns, "lrrrrrr", rows, INTERVAL_NOTE, *withheld_notes(forecast)
    )


def _overview_row(arm: ForecastArm, middle: float, end: float) -> tuple[str, ...]:
    band = next((b for b in reported_bands(arm) if b.variable == "sledai_2k"), None)
    activity = spread(band.variable, at_month(band, middle)) if band else DASH
    benefit = [short(chance_at(reported_efficacy(arm), outcome, middle)) for outcome in _OVERVIEW]
    relapse = short(chance_at(reported_efficacy(arm), "relapse", end))
    return (arm.name, activity, *benefit, relapse, short(latest(reported_toxicity(arm), "serious_infection")))


def withheld_notes(forecast: Forecast) -> tuple[str, ...]:
    """Return one sentence per therapy whose efficacy is withheld, with the reason."""
    return tuple(
        f"{arm.name}: no efficacy forecast. {arm.efficacy_withheld}"
        for arm in forecast.arms
        if arm.efficacy_withheld is not None
    )


def short(chance: Chance | None) -> str:
    """Return a probability with its interval below, that the care excludes it, or a dash."""
    if chance is not None and chance.excluded:
        return EXCLUDED
    return f"{percent(chance.probability)}\n{interval(chance)}" if chance and defined(chance) else DASH


def counted_words(chance: Chance) -> str:
    """Return ``n 500, worth 143, 287 distinct``, as far as it is known."""
    parts = [f"n {count_words(chance.denominator)}"]
    parts += [f"worth {number(chance.effective, 2 if chance.effective < 100 else 3)}"] if chance.effective > 0 else []
    return ", ".join([*parts, *([f"{count_words(chance.distinct)} distinct"] if chance.distinct else [])])


def spread(variable: str, quantiles: Array | None) -> str:
    """Return a median with the 5th to 95th percentile below, or a dash where any of them is not a number."""
    if quantiles is None or not np.isfinite(quantiles).all():
        return DASH
    low, middle, high = (simulated(variable, float(quantiles[k])) for k in (0, MEDIAN, -1))
    return f"{middle}\n{low} to {high}"


def endings_words(arm: ForecastArm) -> str:
    """Return how the virtual patients of an arm ended in one phrase: ``498 finished as planned, 2 ended with …``."""
    return ", ".join(f"{count_words(n)} {_ending(code)}" for code, n in arm.patient_outcomes.items() if n)


def _ending(code: str) -> str:
    return str(words()["endings"].get(code.lower(), pretty(code).lower()))


def basis_table(forecast: Forecast) -> Table:
    """Return the number of model parameters by kind of knowledge, with the total."""
    counts = forecast.parameter_counts
    rows = [(pretty(basis), count_words(n), str(words()["basis"].get(basis, ""))) for basis, n in counts.items()]
    total = ("All", count_words(sum(counts.values())), "")
    return table_of(
        "basis", "Model parameters by what they rest on", ("Basis", "Parameters", "Meaning"), "lrl", (*rows, total)
    )


def provenance_table(forecast: Forecast) -> Table:
    """Return what is needed to repeat the forecast."""
    given = flat(dict(forecast.provenance))
    rows = given if any(name == "seed" for name, _ in given) else (("seed", str(forecast.seed)), *given)
    return table_of(
        "provenance",
        "How this forecast was made",
        ("Item", "Value"),
        "ll",
        ((pretty(name), value) for name, value in rows),
    )
