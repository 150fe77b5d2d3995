"""What a patient takes today, and the body that doses are reckoned for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from lupercal.errors import LupercalError
from lupercal.evidence import units
from lupercal.patient.drugs import drug_classes
from lupercal.patient.record import Patient, Treatment, Visit
from lupercal.therapy.body import Person, body_of
from lupercal.therapy.registry import product, products
from lupercal.therapy.units import UNITS, convert_dose, dose_unit

TOLD = {"glucocorticoid", "antimalarial", "immunosuppressant", "biologic", "investigational"}
"""Classes of drugs a plan speaks of; supportive drugs go on unmentioned."""


@final
@dataclass(frozen=True, slots=True)
class DrugsInUse:
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


def drugs_of(patient: Patient) -> DrugsInUse:
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
    return DrugsInUse(doses, tuple(name for name in dict.fromkeys(others) if name not in doses))


def _daily(taken: Treatment, person: Person) -> float | None:
    """Return the dose in the product's ``current_unit``; None where it is not stated or not a daily one."""
    if taken.drug not in products() or taken.amount is None or taken.unit is None:
        return None
    wanted = product(taken.drug).current_unit
    if not wanted:
        return None
    try:
        if taken.unit in UNITS:
            return convert_dose(taken.amount, dose_unit(taken.unit), dose_unit(wanted), body_of(person))
        return units.convert(taken.amount, taken.unit, wanted)
    except LupercalError:  # a single dose of a drug that is otherwise taken daily, or a unit of something else
        return None
