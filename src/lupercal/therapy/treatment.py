"""What an arm is given: a regimen, alone or on top of another one, in the study's own doses where these differ."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cache
from typing import final

from lupercal.therapy.regimen_records import Change, CurrentDrugs, Regimen
from lupercal.therapy.registry import regimen


@final
@dataclass(frozen=True, slots=True)
class StudyTreatment:
    """A regimen by name, ``on_top_of`` another one; ``product`` given in another ``amount`` or on other ``days``.

    ``prednisone`` is a taper of its own in place of the regimen's: pairs of a day and the dose from then on (mg/d).
    """

    regimen: str
    on_top_of: str | None = None
    product: str = ""
    amount: float | None = None
    days: tuple[int, ...] = ()
    prednisone: tuple[tuple[int, float], ...] = ()


@cache
def combined(treatment: StudyTreatment) -> Regimen:
    """Return a treatment as one regimen.

    A drug the patient already takes goes on only where both regimens let it go on; else the upper one decides before
    the one below it.

    Raises
    ------
    InputError
        If there is no such regimen, or it does not give the product.
    """
    upper = _in_own_doses(regimen(treatment.regimen), treatment)
    both = upper if not treatment.on_top_of else _on_top(upper, regimen(treatment.on_top_of))
    if not treatment.prednisone:
        return both
    taper = Change(taper=dict(treatment.prednisone))
    return replace(both, current_drugs=replace(both.current_drugs, glucocorticoid=taper))


def _on_top(upper: Regimen, lower: Regimen) -> Regimen:
    return replace(
        upper,
        name=f"{upper.name} on top of {lower.name}",
        lead_days=max(upper.lead_days, lower.lead_days),
        doses=(*lower.doses, *upper.doses),
        current_drugs=_joined(upper.current_drugs, lower.current_drugs),
        assumed=(*upper.assumed, *lower.assumed),
    )


def _in_own_doses(given: Regimen, treatment: StudyTreatment) -> Regimen:
    if treatment.amount is not None:
        given = given.with_dose(treatment.product, treatment.amount)
    if not treatment.days:
        return given
    own_lines = [line for line in given.doses if line.product == treatment.product]
    others = [line for line in given.doses if line.product != treatment.product]
    return replace(given, doses=(*others, *(replace(line, days=treatment.days) for line in own_lines[:1])))


def _joined(upper: CurrentDrugs, lower: CurrentDrugs) -> CurrentDrugs:
    unchanged = Change()
    families = [field.name for field in fields(CurrentDrugs)]
    return CurrentDrugs(
        **{name: upper.fate(name) if upper.fate(name) != unchanged else lower.fate(name) for name in families}
    )
