"""Doses against what was published: told, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lupercal.therapy.body import Body
from lupercal.therapy.doses import Dose
from lupercal.therapy.records import Product, PublishedDose
from lupercal.therapy.registry import product
from lupercal.therapy.units import convert_dose, convertible_dose, dose_unit
from lupercal.therapy.words import number_words, quantity_words

ROUNDING = 1e-9  # of a bound: what multiplying by weight and dividing again can cost


def range_warnings(doses: Iterable[Dose], body: Body) -> Iterator[str]:
    """Yield one sentence for each amount that no published dose covers.

    A tapering step below the published range of a drug taken daily is part of any taper, but is told as well.
    """
    seen: set[tuple[str, float, str]] = set()
    for dose in doses:
        key = (dose.product, dose.amount, dose.unit)
        if key not in seen:
            seen.add(key)
            yield from _warning(product(dose.product), dose.amount, dose.unit, body)


def _warning(given: Product, amount: float, unit: str, body: Body) -> Iterator[str]:
    written = f"{given.name} {quantity_words(amount, unit)}"
    if given.no_published_dose:
        yield f"{written}: {given.no_published_dose}"
        return
    comparable = [d for d in given.published_doses if convertible_dose(dose_unit(unit), dose_unit(d.unit))]
    if not comparable:
        yield f"{written}: no published dose in a comparable unit."
    elif not any(_covers(d, amount, unit, body) for d in comparable):
        published = "; ".join(f"{dose_text(d)} ({d.source})" for d in comparable)
        yield f"{written} is outside the published doses: {published}."


def _covers(published: PublishedDose, amount: float, unit: str, body: Body) -> bool:
    value = convert_dose(amount, dose_unit(unit), dose_unit(published.unit), body)
    return published.low * (1 - ROUNDING) <= value <= published.high * (1 + ROUNDING)


def dose_text(known: PublishedDose) -> str:
    """Return a published dose as text."""
    high = quantity_words(known.high, known.unit)
    return high if known.low == known.high else f"{number_words(known.low)} to {high}"
