"""The drugs a patient takes now: as doses the regimen starts from, and what the plan does with each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

from lupercal.errors import LupercalError
from lupercal.evidence import units
from lupercal.patient.drugs import drug_classes
from lupercal.patient.record import Patient, Treatment, Visit
from lupercal.programmes.plan_data import PROJECT, common
from lupercal.programmes.plan_items import PlanItem
from lupercal.therapy.body import Person, body_of
from lupercal.therapy.catalogue import current_drugs_in_words
from lupercal.therapy.dosing import Expansion
from lupercal.therapy.registry import product, products
from lupercal.therapy.units import UNITS, convert, dose_unit
from lupercal.therapy.words import on, quantity

TOLD = {"glucocorticoid", "antimalarial", "immunosuppressant", "biologic", "investigational"}
"""Classes of drugs a plan speaks of; supportive drugs go on unmentioned."""


@final
@dataclass(frozen=True, slots=True)
class Drugs:
    """``doses`` maps products to daily doses in their ``current_unit``; ``others`` are drugs taken without one."""

    doses: Mapping[str, float]
    others: tuple[str, ...]


def baseline_of(patient: Patient) -> Visit | None:
    """Return the last visit on or before day 0, None where there is none."""
    before = [visit for visit in patient.visits if visit.day <= 0]
    return max(before, key=lambda visit: visit.day, default=None)


def person_of(patient: Patient) -> Person:
    """Return size and age of a patient as far as the baseline visit tells, as a forecast takes them."""
    visit = baseline_of(patient)
    values = visit.values if visit else {}
    stated = {name: values[name].value for name in ("weight", "height") if name in values and not values[name].censored}
    return Person(stated.get("weight"), stated.get("height"), patient.age_years)


def drugs_of(patient: Patient) -> Drugs:
    """Return what is taken at baseline: values of the visit win over the list of treatments."""
    doses: dict[str, float] = {}
    others: list[str] = []
    for taken in patient.current_treatments():
        amount = _daily(taken, person_of(patient))
        if amount is not None:
            doses[taken.drug] = amount
        elif drug_classes().get(taken.drug) in TOLD:
            others.append(taken.drug)
    visit = baseline_of(patient)
    for name, measured in visit.values.items() if visit else ():
        if name in products() and product(name).current_unit and not measured.censored:
            doses[name] = measured.value
    return Drugs(doses, tuple(name for name in dict.fromkeys(others) if name not in doses))


def drug_items(drugs: Drugs, expansion: Expansion, collection: int | None) -> Iterator[PlanItem]:
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
    told = current_drugs_in_words(expansion.regimen.current_drugs)[0]
    return PlanItem(
        id="steroid_taper", section="drugs", title="Steroid taper", detail=told, day=day, last_day=day,
        basis="project default", source=PROJECT, where="regimen as written",
    )  # fmt: skip


def _adjusted(name: str, amount: float | None, expansion: Expansion, collection: int | None) -> PlanItem:
    words, last = _in_simulation(name, expansion)
    washout = _washout(name) if collection is not None else None
    title = _name(name, amount)
    if washout is None or collection is None:
        told = "no page or publication gives a washout for this programme"
        return _item(name, title, f"{words}; {told}", expansion.start_day, PROJECT, "regimen as written", ())
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
    return given.name if amount is None else f"{given.name} {quantity(amount, given.current_unit)}"


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


def _daily(taken: Treatment, person: Person) -> float | None:
    """Return the dose in the product's ``current_unit``; None where it is not stated or not a daily one."""
    if taken.drug not in products() or taken.amount is None or taken.unit is None:
        return None
    wanted = product(taken.drug).current_unit
    if not wanted:
        return None
    try:
        if taken.unit in UNITS:
            return convert(taken.amount, dose_unit(taken.unit), dose_unit(wanted), body_of(person))
        return units.convert(taken.amount, taken.unit, wanted)
    except LupercalError:  # a single dose of a drug that is otherwise taken daily, or a unit of something else
        return None
