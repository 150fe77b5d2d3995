"""Tables of what was forecast: overview, chances, courses, toxicity, outcome counts, basis, provenance."""

from __future__ import annotations

import numpy as np

from lupercal.forecast.result import Band, Chance, Forecast, ForecastArm
from lupercal.report.layout import Table, table_of
from lupercal.report.selection import (
    MEDIAN,
    TABLE_MONTHS,
    Array,
    at_month,
    chance_at,
    flat,
    last_month,
    latest,
    main_month,
    months,
    outcomes,
    reported_bands,
    reported_efficacy,
    reported_toxicity,
)
from lupercal.report.wording import (
    DASH,
    count_words,
    defined,
    error,
    interval,
    label_with_unit,
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
CELL_NOTE = (
    "In each cell: probability; 90 % interval; standard error in percentage points; number of virtual patients (n), "
    "how many independent ones they are worth, and how many different ones they are."
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


def full(chance: Chance | None) -> str:
    """Return a probability with all that says how sure it is, why the care excludes it, or a dash."""
    if chance is None:
        return DASH
    if chance.excluded:
        return f"{EXCLUDED}\n{chance.excluded}"
    if not defined(chance):
        return f"{DASH}\nn {count_words(chance.denominator)}"
    return f"{short(chance)}\n{error(chance)}; {counted_words(chance)}"


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


def chance_table(forecast: Forecast, outcome: str) -> Table:
    """Return therapies × months for one outcome, with Monte Carlo error and denominators."""
    at = months(forecast, outcome)
    rows = [
        (arm.name, *(full(chance_at(reported_efficacy(arm), outcome, month)) for month in at)) for arm in forecast.arms
    ]
    wording = words()["outcomes"].get(outcome)
    when = wording["when"] if wording else "at"
    return table_of(
        f"chance-{outcome}",
        f"{outcome_title(outcome)} {when} each month after day 0",
        ("Therapy", *(f"Month {number(month)}" for month in at)),
        "l" + "r" * len(at),
        rows,
    )


def chance_tables(forecast: Forecast) -> tuple[Table, ...]:
    """Return `chance_table` for every outcome."""
    return tuple(chance_table(forecast, outcome) for outcome in outcomes(forecast))


def course_table(arm: ForecastArm, forecast_months: int) -> Table:
    """Return variables × months of one arm: median, and 5th to 95th percentile below."""
    at = tuple(month for month in TABLE_MONTHS if month <= forecast_months)
    rows = [(label_with_unit(band.variable), *_course_row(band, at)) for band in reported_bands(arm)]
    return table_of(
        f"course-{arm.therapy}",
        f"{arm.name}: courses in numbers",
        ("Variable", *(month_words(month) for month in at)),
        "l" + "r" * len(at),
        rows,
        "In each cell: median of the virtual patients; 5th to 95th percentile.",
    )


def _course_row(band: Band, at: tuple[float, ...]) -> tuple[str, ...]:
    return tuple(spread(band.variable, at_month(band, month)) for month in at)


def toxicity_table(arm: ForecastArm) -> Table:
    """Return toxicity × months of one arm with intervals, errors and denominators."""
    at = tuple(sorted({chance.month for chance in reported_toxicity(arm)}))
    names = tuple(dict.fromkeys(chance.outcome for chance in reported_toxicity(arm)))
    rows = [
        (outcome_title(name), *(full(chance_at(reported_toxicity(arm), name, month)) for month in at)) for name in names
    ]
    return table_of(
        f"toxicity-{arm.therapy}",
        f"{arm.name}: toxicity",
        ("At least once", *(f"by {month_words(month)}" for month in at)),
        "l" + "r" * len(at),
        rows,
        CELL_NOTE,
    )


def endings_table(arm: ForecastArm) -> Table:
    """Return how the virtual patients of an arm ended, to be read before its results."""
    total = sum(arm.patient_outcomes.values())
    rows = [
        (_ending(code), count_words(n), percent(n / total) if total else DASH)
        for code, n in arm.patient_outcomes.items()
    ]
    return table_of(
        f"endings-{arm.therapy}",
        f"{arm.name}: how the virtual patients ended",
        ("The simulation", "Virtual patients", "Share"),
        "lrr",
        rows,
    )


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
