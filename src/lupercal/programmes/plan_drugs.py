"""The drugs a patient takes now: as doses the regimen starts from, and what the plan does with each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lupercal.patient.record import Patient
from lupercal.programmes.plan_data import PROJECT, ItemRow, common
from lupercal.programmes.plan_items import PlanItem
from lupercal.therapy.current import DrugsInUse, person_of, unstated_drugs
from lupercal.therapy.dosing import Expansion
from lupercal.therapy.registry import product, products
from lupercal.therapy.words import current_drugs_in_words, number_words, on, quantity_words


def drug_items(drugs: DrugsInUse, expansion: Expansion, collection: int | None) -> Iterator[PlanItem]:
    """Yield one item per drug taken now: what the simulation does with it and the published washout, if any."""
    for name, amount in drugs.doses.items():
        if amount > 0:
            yield _adjusted(name, amount, expansion, collection)
    for name in drugs.others:
        yield _adjusted(name, None, expansion, collection)


def steroid_item(expansion: Expansion) -> PlanItem:
    """Return the line that says what the regimen does with glucocorticoids."""
    fate = expansion.regimen.current_drugs.glucocorticoid
    day = expansion.start_day if fate.day is None else fate.day
    in_words = current_drugs_in_words(expansion.regimen.current_drugs)[0]
    return PlanItem(
        id="steroid_taper", section="drugs", title="Steroid taper", detail=in_words, day=day, last_day=day,
        basis="project default", source=PROJECT, where="regimen as written",
    )  # fmt: skip


def _adjusted(name: str, amount: float | None, expansion: Expansion, collection: int | None) -> PlanItem:
    words, last = _in_simulation(name, expansion)
    washout = _washout(name) if collection is not None else None
    title = _name(name, amount)
    if washout is None or collection is None:
        no_washout = "no page or publication gives a washout for this programme"
        return _item(name, title, f"{words}; {no_washout}", expansion.start_day, PROJECT, "regimen as written", ())
    table = common("washout")
    day = expansion.start_day if washout["days"] is None else collection - washout["days"]
    return _item(
        name,
        title,
        f"{washout['text']}; {words}",
        day,
        table["source"],
        table["where"],
        _late(last, day, washout, amount),
    )


def _name(name: str, amount: float | None) -> str:
    if name not in products():
        return name.replace("_", " ").capitalize()
    given = product(name)
    return given.name if amount is None else f"{given.name} {quantity_words(amount, given.current_unit)}"


def _item(name: str, title: str, detail: str, day: int, source: str, where: str, flags: tuple[str, ...]) -> PlanItem:
    return PlanItem(
        id=f"drug_{name}",
        section="washout",
        title=f"{title}: adjustment",
        detail=detail,
        day=day,
        last_day=day,
        basis="project default" if source == PROJECT else "published",
        source=source,
        where=where,
        flags=flags,
    )


def _in_simulation(name: str, expansion: Expansion) -> tuple[str, int | None]:
    """Return in words what the regimen does with a drug, and the day from which it is no longer taken."""
    ends = [stop.day for stop in expansion.stops if stop.product == name]
    if ends:
        return f"the simulated regimen ends it on {on(ends[0])}", ends[0]
    if name not in {dose.product for dose in expansion.doses}:
        return "not part of the simulated regimen", None
    return "the simulated regimen goes on with it or tapers it", expansion.end_day


def _late(last: int | None, day: int, washout: Mapping[str, Any], amount: float | None) -> tuple[str, ...]:
    """Flag a simulated end later than the published washout; a dose the publication allows is not late."""
    allowed = amount is not None and amount <= washout.get("at_most", -1)
    if last is None or washout["days"] is None or last <= day or allowed:
        return ()
    return (f"The simulated regimen ends it on {on(last)}, later than the published washout asks ({on(day)}).",)


def _washout(name: str) -> Mapping[str, Any] | None:
    rows: list[Mapping[str, Any]] = common("washout")["rows"]
    return next((row for row in rows if name in row["drugs"]), None)


def known_of(patient: Patient, row: ItemRow) -> str:
    """Return in words what is known of the things a page names as deciding on the number of cells."""
    person = person_of(patient)
    factors = {
        "weight": f"weight {number_words(person.weight_kg)} kg" if person.weight_kg else "weight not known",
        "age": f"age {number_words(patient.age_years)} years" if patient.age_years is not None else "age not known",
        "organs": f"organs involved: {', '.join(patient.organs_involved) or 'not recorded'}",
    }
    return f"Of this patient: {', '.join(factors[factor] for factor in row.factors)}."


def unknown_drugs(patient: Patient, drugs: DrugsInUse) -> Iterator[str]:
    """Yield what the record leaves open about drugs, and what was made of it."""
    if not drugs.doses and not drugs.others:
        yield "Current drugs are not known; the plan holds none."
    elif drugs.others:
        yield f"Drugs taken without a known dose are not among the doses: {', '.join(drugs.others)}."
    yield from unstated_drugs(patient)
