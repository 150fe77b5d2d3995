"""The registries as text: one regimen or product explained, and the page ``docs/reference/therapies.md``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import TypeVar

from lupercal.errors import InputError
from lupercal.patient.unit_words import unit_in_words
from lupercal.report.markdown import markdown_table
from lupercal.therapy.body import Person
from lupercal.therapy.dosing import expand
from lupercal.therapy.ranges import dose_text
from lupercal.therapy.records import Product
from lupercal.therapy.regimen_records import CurrentDrugs, DaysAway, Regimen
from lupercal.therapy.registry import product, products, regimen, regimens
from lupercal.therapy.sources import citations
from lupercal.therapy.words import _fate, current_drugs_in_words, on, quantity_words

T = TypeVar("T")

PAGE = """# Therapies

What can be given, generated from the files in `src/lupercal/therapy/`: `python -m lupercal.report.pages docs`
writes this page, a test compares. Research use only, not medical advice. `lupercal therapies NAME` explains one of
them with its doses, assumptions and sources. Where doses become numbers of the model is
`src/lupercal/model/data/dose_translation.yaml`.

## Regimens

Days count from day 0. The lead is the number of days before day 0 on which the regimen already acts.

{regimens}

## Products

A published dose marked * is remembered, not read in the source, and is to be checked before it is relied on.

{products}

## Without an efficacy forecast

{withheld}
"""


def explain_therapy(name: str) -> tuple[str, ...]:
    """Return what is known of the regimen and of the product that have this name.

    Raises
    ------
    InputError
        If neither a regimen nor a product has the name; the nearest regimens are named.
    """
    treatment, unknown = _found(regimen, name)
    products_named, _ = _found(product, name)
    if unknown and not products_named:
        raise unknown
    blocks = [*(explain_regimen(x) for x in treatment), *(explain_product(x) for x in products_named)]
    return tuple(line for block in blocks for line in ("", *block))[1:]


def explain_regimen(chosen: Regimen) -> Iterator[str]:
    """Yield a regimen line by line, with the doses of a person of assumed size over two years."""
    example = expand(chosen, Person(), {}, months=24)
    yield f"{chosen.name} ({chosen.id})"
    if chosen.aliases:
        yield f"Also: {', '.join(chosen.aliases)}"
    yield f"Day 0: {chosen.day_zero}" + (f"; acts from {on(-chosen.lead_days)}" if chosen.lead_days else "")
    yield from _listed("Drugs already taken", current_drugs_in_words(chosen.current_drugs))
    yield from _listed(f"Doses (for {example.body.weight_kg:g} kg)", example.doses_in_words())
    yield from _listed("Away from home", map(_away_words, chosen.away))
    yield f"Evidence: {chosen.evidence.summary}. {chosen.evidence.text}"
    if example.efficacy_withheld:
        yield f"No efficacy forecast: {example.efficacy_withheld}"
    yield from _listed("Assumed", chosen.assumed)
    yield from _listed("Sources report otherwise", (f"{r.statement} ({r.source})" for r in chosen.reported))
    yield from _listed("Sources", (f"{key}: {text}" for key, text in citations(example.sources).items()))


def _away_words(stay: DaysAway) -> str:
    where = "in hospital" if stay.place == "hospital" else stay.place
    return f"{where} from {on(stay.first)} to {on(stay.last)}: {stay.says} ({stay.basis}; {stay.source})"


def explain_product(chosen: Product) -> Iterator[str]:
    """Yield a product line by line."""
    yield f"{chosen.name} ({chosen.id})"
    yield f"{chosen.family.replace('_', ' ')}, {chosen.route}, in {unit_in_words(chosen.unit)}"
    if chosen.codes:
        yield f"Codes: {', '.join(f'{c.system} {c.code}' + _star(c.mark) for c in chosen.codes)}"
    yield from _listed("Published doses", published_doses(chosen))
    yield from _listed(
        "Contains", (f"{product(c.product).name} {quantity_words(c.amount, c.unit)}" for c in chosen.components)
    )
    yield f"Evidence: {chosen.evidence.summary}. {chosen.evidence.text}"
    if chosen.withheld:
        yield f"No efficacy forecast: {chosen.withheld}"
    if chosen.note:
        yield chosen.note
    yield from _listed("Sources", (f"{key}: {text}" for key, text in citations(chosen.sources).items()))


def published_doses(chosen: Product) -> tuple[str, ...]:
    """Return the published doses of a product as text, or why there are none."""
    if chosen.no_published_dose:
        return (chosen.no_published_dose,)
    return tuple(f"{dose_text(d)}{_star(d.mark)}: {d.use} ({d.source})" for d in chosen.published_doses)


def page() -> str:
    """Return the text of ``docs/reference/therapies.md``."""
    withheld = [thing for thing in products().values() if not thing.efficacy_forecast]
    return PAGE.format(
        regimens=markdown_table(
            ("regimen", "day 0", "lead", "doses", "evidence in SLE"), map(_regimen_row, regimens().values())
        ),
        products=markdown_table(
            ("product", "family", "unit", "published doses", "evidence in SLE"), map(_product_row, products().values())
        ),
        withheld="\n".join(f"- **{thing.name}**: {thing.withheld}" for thing in withheld),
    )


def _found(registry: Callable[[str], T], name: str) -> tuple[list[T], InputError | None]:
    try:
        return [registry(name)], None
    except InputError as error:
        return [], error


def _regimen_row(chosen: Regimen) -> tuple[str, ...]:
    doses = expand(chosen, Person(), {}, months=24).doses_in_words()
    doses_in_words = "; ".join([*doses, *_stopped(chosen.current_drugs)]) or "drugs already taken go on"
    return (
        f"**{chosen.id}**<br>{chosen.name}",
        chosen.day_zero,
        f"{chosen.lead_days} d",
        doses_in_words,
        _evidence(chosen),
    )


def _stopped(drugs: CurrentDrugs) -> Iterator[str]:
    """What the doses of somebody without any drugs do not show already."""
    for field in fields(drugs):
        fate = drugs.fate(field.name)
        if fate.stop is not None or fate.at_most_current:
            yield f"{field.name.replace('_', ' ')}s already taken: {_fate(fate)}"


def _product_row(chosen: Product) -> tuple[str, ...]:
    doses = "; ".join(published_doses(chosen))
    family = chosen.family.replace("_", " ")
    return (f"**{chosen.id}**<br>{chosen.name}", family, f"{chosen.unit}", doses, _evidence(chosen))


def _evidence(chosen: Product | Regimen) -> str:
    return f"*{chosen.evidence.summary}.* {chosen.evidence.text}"


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    items = tuple(lines)
    if items:
        yield f"{title}:"
        yield from (f"  - {line}" for line in items)


def _star(mark: str) -> str:
    return "*" if mark == "memory" else ""
