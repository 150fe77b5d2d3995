"""What a patient takes on day 0, and the body that doses are reckoned for.

Lines of one drug, and of one family that a single product stands for, add up. Whatever is left out of the sum, or
contradicts it, is told in a sentence of its own; nothing is settled in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

from lupercal.errors import InputError, LupercalError
from lupercal.evidence import units
from lupercal.patient.drugs import drug_classes, pulse_limit
from lupercal.patient.plausible import beyond_range, range_in_words
from lupercal.patient.record import Measurement, Patient, Treatment, Visit
from lupercal.patient.variables import variables
from lupercal.therapy.body import Person, body_of
from lupercal.therapy.registry import product, products
from lupercal.therapy.units import UNITS, convert_dose, dose_unit

TOLD = {"glucocorticoid", "antimalarial", "immunosuppressant", "biologic", "investigational"}
"""Classes of drugs a plan speaks of; supportive drugs go on unmentioned."""

SIZES = {"weight": "Body weight", "height": "Body height"}


@final
@dataclass(frozen=True, slots=True)
class DrugsInUse:
    """What is taken on day 0.

    Parameters
    ----------
    doses
        Products to daily doses in their ``current_unit``, several lines added up.
    others
        Drugs taken without a daily dose that a product stands for, by generic name.
    notes
        One sentence for each thing added up, passed over or contradicted on the way.
    """

    doses: Mapping[str, float]
    others: tuple[str, ...]
    notes: tuple[str, ...] = ()


def baseline_of(patient: Patient) -> Visit | None:
    """Return the last visit on or before day 0, None where there is none."""
    before = [visit for visit in patient.visits if visit.day <= 0]
    return max(before, key=lambda visit: visit.day, default=None)


def person_of(patient: Patient) -> Person:
    """Return size and age of a patient: each size as the last visit on or before day 0 that measured it says."""
    sizes = {name: _last(patient, name) for name in SIZES}
    weight, height = (found[1].value if found else None for found in (sizes["weight"], sizes["height"]))
    return Person(weight, height, patient.age_years)


def size_notes(patient: Patient) -> tuple[str, ...]:
    """Return a sentence for each size that is not of the baseline visit, or is recorded in a way doses cannot use."""
    return tuple(filter(None, (_size_note(patient, name) for name in SIZES)))


def taken_on(one: Treatment, day: int) -> bool:
    """Return whether a drug is taken on a day: begun, not ended, and either called current or with both days stated."""
    begun = one.start_day is None or one.start_day <= day
    if one.stop_day is None:
        return begun and one.status == "current"
    return begun and one.stop_day > day and (one.status == "current" or one.start_day is not None)


def unstated_drugs(patient: Patient) -> tuple[str, ...]:
    """Return a sentence that names the drugs of which the record does not say whether they are taken now."""
    names = dict.fromkeys(_title(one.drug) for one in patient.treatments if one.status is None and one.stop_day is None)
    return (f"Whether these are taken now is not stated: {', '.join(names)}.",) if names else ()


def drugs_of(patient: Patient) -> DrugsInUse:
    """Return what is taken on day 0.

    A dose recorded at the baseline visit wins over the list of treatments; one of an earlier visit stands where the
    list holds no dose. Lines of the list that are taken at the same time add up.

    Raises
    ------
    InputError
        If lines add up to more than anybody takes.
    """
    person = person_of(patient)
    taken = [(one, daily_dose(one, person)) for one in patient.treatments if taken_on(one, 0)]
    lines: dict[str, list[tuple[Treatment, float]]] = {}
    for one, amount in taken:
        if amount is not None:
            lines.setdefault(one.drug, []).append((one, amount))
    listed = {name: _sum(patient, name, rows) for name, rows in lines.items()}
    recorded = {name: found for name in products() if product(name).current_unit and (found := _last(patient, name))}
    doses, notes = dict(listed), [*_sums(lines), *_elsewhen(patient)]
    for name, (day, measured) in recorded.items():
        doses[name], note = _settled(patient, name, (day, measured.value), lines.get(name, []))
        notes += [note] if note else []
    undosed = [one for one, amount in taken if amount is None]
    others = [one.drug for one in undosed if drug_classes().get(one.drug) in TOLD]
    notes += dict.fromkeys(_unrepresented(one, one.drug in doses) for one in undosed)
    return DrugsInUse(doses, tuple(name for name in dict.fromkeys(others) if name not in doses), tuple(notes))


def _last(patient: Patient, name: str) -> tuple[int, Measurement] | None:
    """Return day and value of the last exact measurement on or before day 0."""
    measurements = [
        (visit.day, visit.values[name]) for visit in patient.visits if visit.day <= 0 and name in visit.values
    ]
    exact = [(day, measured) for day, measured in measurements if not measured.censored]
    return exact[-1] if exact else None


def _size_note(patient: Patient, name: str) -> str:
    recorded, baseline = _last(patient, name), baseline_of(patient)
    unit = variables()[name].unit
    if recorded is not None:
        day, measured = recorded
        older = baseline is not None and day < baseline.day
        return f"{SIZES[name]} {measured.value:g} {unit} is that of day {day}, the last recorded." if older else ""
    elsewhere = [(visit.day, visit.values[name]) for visit in patient.visits if name in visit.values]
    if not elsewhere:
        return ""
    day, measured = elsewhere[0]
    why = "only as a bound" if measured.censored else "only later"
    return f"{SIZES[name]} is recorded {why} ({measured.given or measured.value} on day {day}) and is not used."


def _sum(patient: Patient, name: str, rows: list[tuple[Treatment, float]]) -> float:
    total = sum(amount for _, amount in rows)
    held = variables().get(name)
    if held is not None and beyond_range(held, total):
        given = f"{_amount(name, total)} in {len(rows)} lines"
        raise InputError(patient.id, "treatments", given, f"{range_in_words(held)} of {_title(name)} in all")
    if name == "prednisone" and total >= pulse_limit():
        given = f"{_amount(name, total)} in {len(rows)} lines"
        expected = f"less than {pulse_limit():g} mg/d in all as daily doses, and a pulse as one line of its own"
        raise InputError(patient.id, "treatments", given, expected)
    return total


def _sums(lines: Mapping[str, list[tuple[Treatment, float]]]) -> Iterator[str]:
    for name, rows in lines.items():
        if len(rows) > 1:
            parts = " and ".join(_part(name, one, amount) for one, amount in rows)
            yield f"{_amount(name, sum(amount for _, amount in rows))} is the sum of {parts}."


def _part(name: str, one: Treatment, amount: float) -> str:
    written, _, _ = one.note.partition(";")
    unit = product(name).current_unit
    return f"{amount:g} {unit} ({written})" if written.startswith("given as ") else f"{amount:g} {unit}"


def _elsewhen(patient: Patient) -> Iterator[str]:
    """Yield what is called current but is not taken on day 0, and what is taken then but has an end."""
    for drug in patient.treatments:
        if taken_on(drug, 0) and drug.stop_day is not None:
            yield f"{_as_listed(drug)} is taken on day 0; that it ends on day {drug.stop_day} is not represented."
        if drug.status != "current" or taken_on(drug, 0):
            continue
        if drug.start_day is not None and drug.start_day > 0:
            yield f"{_as_listed(drug)} begins on day {drug.start_day} and is not among the drugs of day 0."
        elif drug.stop_day is not None:
            yield f"{_as_listed(drug)} ends on day {drug.stop_day} and is not among the drugs of day 0."


def _settled(
    patient: Patient, name: str, recorded: tuple[int, float], rows: list[tuple[Treatment, float]]
) -> tuple[float, str]:
    """Return the dose that counts where a visit records one, and a sentence where that needs saying."""
    day, dose = recorded
    listed, baseline = sum(amount for _, amount in rows), baseline_of(patient)
    at_baseline = baseline is not None and day == baseline.day
    begun = [one.start_day for one, _ in rows]
    newer = bool(rows) and any(start is not None and start > day for start in begun)
    if rows and (newer or not at_baseline):
        comparison = (
            f"the visit of day {day} records {_amount(name, dose)}, the list {_amount(name, listed)}: the list counts"
        )
        return listed, "" if _equal(dose, listed) else f"{_title(name)}: {comparison}, as it is newer."
    if rows and not _equal(dose, listed):
        comparison = f"the visit of day {day} records {_amount(name, dose)}, the list adds to {_amount(name, listed)}"
        return dose, f"{_title(name)}: {comparison}: the visit counts."
    return dose, "" if at_baseline else f"{_amount(name, dose)} is that of day {day}, the last recorded."


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))


def _unrepresented(one: Treatment, dosed: bool) -> str:
    """Return why a drug that is taken is not among the doses."""
    if one.amount is None and (dosed or (one.drug in products() and product(one.drug).current_unit)):
        more = "; the doses that are stated stand" if dosed else ""
        return f"{_as_listed(one)} is taken without a stated dose{more}."
    if one.drug in products() and product(one.drug).current_unit:
        return f"{_as_listed(one)} is taken, but that is no dose per day; it is not counted."
    return f"{_as_listed(one)} is taken but not represented among the doses."


def _as_listed(one: Treatment) -> str:
    written, _, _ = one.note.partition(";")
    name = f"{_title(one.drug)} {written}" if written.startswith("given as ") else _title(one.drug)
    return name if one.amount is None else f"{name} {one.amount:g} {one.unit}" if name == _title(one.drug) else name


def _title(name: str) -> str:
    return product(name).name if name in products() else name.replace("_", " ").capitalize()


def _amount(name: str, dose: float) -> str:
    return f"{_title(name)} {dose:g} {product(name).current_unit}"


def daily_dose(taken: Treatment, person: Person) -> float | None:
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
