"""The rows of the tables that a forecast gives to a program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lupercal.files.plain import plain
from lupercal.forecast.result import QUANTILES, Chance, Forecast
from lupercal.report.selection import reported_bands, reported_efficacy, reported_toxicity


def learnt_rows(one: Forecast, of: str) -> Iterator[dict[str, Any]]:
    """Yield past values beside what was forecast of them, or with ``of`` "next" what to measure next."""
    if one.learnt is not None:
        yield from (plain(row) for row in (one.learnt.values if of == "past" else one.learnt.next_tests))


def chance_rows(one: Forecast) -> Iterator[dict[str, Any]]:
    """Yield one row per therapy, outcome and month; none of efficacy where that is withheld."""
    for arm in one.arms:
        for kind, chances in (("efficacy", reported_efficacy(arm)), ("toxicity", reported_toxicity(arm))):
            yield from ({"therapy": arm.therapy, "kind": kind} | _chance(each) for each in chances)


def _chance(one: Chance) -> dict[str, Any]:
    figures = ("outcome", "month", "probability", "low", "high", "standard_error")
    names = (*figures, "denominator", "effective", "distinct", "excluded")
    return {name: plain(getattr(one, name)) for name in names}


def band_rows(one: Forecast) -> Iterator[dict[str, Any]]:
    """Yield one row per therapy, variable and day; none where efficacy is withheld."""
    names = [f"q{round(100 * level):02d}" for level in QUANTILES]
    for arm in one.arms:
        for band in reported_bands(arm):
            for day, values in zip(band.days, band.quantiles.T, strict=True):
                row = {"therapy": arm.therapy, "variable": band.variable, "day": float(day)}
                yield row | dict(zip(names, map(plain, values), strict=True))
