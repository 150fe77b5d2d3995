"""Every outcome under every therapy on half a page, and all probabilities and courses as files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lupercal.forecast.result import QUANTILES, Chance, Forecast, ForecastArm
from lupercal.report.care_tables import care_name
from lupercal.report.downloads import Download, csv_download
from lupercal.report.layout import Table, table_of
from lupercal.report.selection import (
    at_month,
    chance_at,
    last_month,
    latest,
    main_month,
    outcomes,
    reported_efficacy,
    reported_toxicity,
)
from lupercal.report.shown import ArmGroup, grouped, page_one_data
from lupercal.report.tables import counted_words, short, withheld_notes
from lupercal.report.wording import defined, label, month_words, outcome_title, unit, words

_CHANCE_COLUMNS = (
    "therapy", "care", "outcome", "month", "probability", "standard error", "low", "high", "n", "worth", "distinct",
    "excluded",
)  # fmt: skip
_COURSE_COLUMNS = ("therapy", "care", "variable", "unit", "month", *(f"{100 * q:g} %" for q in QUANTILES))
_COURSE_MONTHS = (0, 1, 2, 3, 6, 9, 12, 18, 24, 36, 48, 60)


def chance_digest(forecast: Forecast) -> Table:
    """Return outcomes × therapies at the main or last month; what all shares are taken of is said once, below."""
    groups = _groups(forecast)
    chances = {name: [_chance(forecast, group.first, name) for group in groups] for name in _names(forecast)}
    usual = _usual([chance for found in chances.values() for chance in found])
    rows: dict[tuple[str, ...], list[str]] = {}
    for name, found in chances.items():
        cells = (_month(forecast, name), *(_cell(chance, usual) for chance in found))
        rows.setdefault(cells, []).append(outcome_title(name))
    notes = (
        (f"Probability, with its 90 % interval; shares of: {usual}, or of what stands in the cell.",) if usual else ()
    )
    return table_of(
        "chance-digest", "Every outcome under every therapy", ("Outcome", *(group.names for group in groups)),
        "l" * (1 + len(groups)),
        [(f"{'; '.join(titles)}, {month}", *cells) for (month, *cells), titles in rows.items()],
        *notes, "Relapse is counted among those that had reached remission.", *withheld_notes(forecast),
    )  # fmt: skip


def _groups(forecast: Forecast) -> tuple[ArmGroup, ...]:
    """Return the arms that may be shown, those together whose probabilities are all near one another."""
    limit, names = page_one_data()["merge"]["share"], _names(forecast)

    def shares(arm: ForecastArm) -> list[float]:
        chances = (_chance(forecast, arm, name) for name in names)
        return [one.probability if one is not None and defined(one) else -1.0 for one in chances]

    def alike(one: ForecastArm, other: ForecastArm) -> bool:
        return all(a == b or abs(a - b) <= limit for a, b in zip(shares(one), shares(other), strict=True))

    return tuple(group for group in grouped(forecast, alike) if group.first.efficacy_withheld is None)


def _names(forecast: Forecast) -> tuple[str, ...]:
    """Return all outcomes in the order of ``words.yaml``."""
    harms = dict.fromkeys(chance.outcome for arm in forecast.arms for chance in reported_toxicity(arm))
    return tuple(dict.fromkeys((*outcomes(forecast), *harms)))


def _chance(forecast: Forecast, arm: ForecastArm, name: str) -> Chance | None:
    by = name in words()["outcomes"] and words()["outcomes"][name]["when"] == "by"
    benefit = chance_at(reported_efficacy(arm), name, last_month(forecast) if by else main_month(forecast))
    return benefit or latest(reported_toxicity(arm), name)


def _month(forecast: Forecast, name: str) -> str:
    counted = (_chance(forecast, arm, name) for arm in forecast.arms)
    return month_words(next((chance.month for chance in counted if chance is not None), main_month(forecast)))


def _usual(chances: list[Chance | None]) -> str:
    """Return what most shares are taken of, in words."""
    counts = Counter(counted_words(one) for one in chances if one is not None and defined(one))
    return counts.most_common(1)[0][0] if counts else ""


def _cell(chance: Chance | None, usual: str) -> str:
    if chance is None or chance.excluded or not defined(chance):
        return short(chance)
    share, among = short(chance).replace("\n", " (") + ")", counted_words(chance).split(", ")
    other = ", ".join(part for part in among if part not in usual.split(", "))
    return f"{share}\n{other}" if other else share


def probabilities_file(forecast: Forecast) -> Download:
    """Return every probability of every arm under every protocol, with all that says how sure it is."""
    rows = [row for arm in _all_arms(forecast) for row in _chance_rows(forecast, arm)]
    return csv_download("probabilities", _CHANCE_COLUMNS, rows)


def _chance_rows(forecast: Forecast, arm: ForecastArm) -> Iterator[tuple[object, ...]]:
    for one in (*reported_efficacy(arm), *reported_toxicity(arm)):
        yield (
            arm.name, care_name(forecast, arm.care), outcome_title(one.outcome), one.month, one.probability,
            one.standard_error, one.low, one.high, one.denominator, one.effective, one.distinct, one.excluded,
        )  # fmt: skip


def courses_file(forecast: Forecast) -> Download:
    """Return the quantiles of every variable of every arm under every protocol, at months."""
    rows = [row for arm in _all_arms(forecast) for row in _course_rows(forecast, arm)]
    return csv_download("courses", _COURSE_COLUMNS, rows)


def _course_rows(forecast: Forecast, arm: ForecastArm) -> Iterator[tuple[object, ...]]:
    care = care_name(forecast, arm.care)
    for band in arm.bands.values() if arm.efficacy_withheld is None else ():
        for month in (month for month in _COURSE_MONTHS if month <= forecast.months):
            quantiles = at_month(band, float(month))
            if quantiles is not None:
                yield arm.name, care, label(band.variable), unit(band.variable), month, *map(float, quantiles)


def _all_arms(forecast: Forecast) -> tuple[ForecastArm, ...]:
    return (*forecast.arms, *(arm for arms in forecast.beside.values() for arm in arms))
