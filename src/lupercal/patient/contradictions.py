"""What a patient file states twice must agree: sex, age and year of diagnosis against its visits and dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from lupercal.errors import InputError
from lupercal.patient.record import Visit
from lupercal.patient.schema import PatientFile

DAYS_PER_YEAR = 365.25
OF_WOMEN = ("pregnant", "breastfeeding")
ROUNDED_YEARS = 1.5
"""How far two ages may lie apart that were both rounded down, or one of them to a year's beginning."""


def check_person(file: PatientFile, visits: Sequence[Visit], origin: object) -> None:
    """Refuse a file whose visits state another sex or age than its head does.

    Raises
    ------
    InputError
        Naming the visit's value and the one it contradicts.
    """
    for visit in visits:
        _check_sex(file, visit, origin)
        _check_age(file, visit, origin)
        _check_pregnancy(file, visit, origin)


def check_years(file: PatientFile, zero: date | None, visits: Sequence[Visit], origin: object) -> None:
    """Refuse a year of diagnosis before the birth that age and date of day 0 give, or after all that is recorded.

    Raises
    ------
    InputError
        Naming the year and the age.
    """
    if zero is None or file.diagnosis_year is None:
        return
    last = zero + timedelta(days=max([0, *(visit.day for visit in visits)]))
    if file.diagnosis_year > last.year:
        expected = f"a year up to {last.year}, that of the last day on record"
        raise InputError(origin, "diagnosis_year", file.diagnosis_year, expected)
    if file.age_years is None:
        return
    born = zero.year - file.age_years
    if file.diagnosis_year < born - ROUNDED_YEARS:
        expected = f"a year from {born:.0f} on, as age_years is {file.age_years:g} on {zero}"
        raise InputError(origin, "diagnosis_year", file.diagnosis_year, expected)


def _check_sex(file: PatientFile, visit: Visit, origin: object) -> None:
    stated = visit.values.get("sex_female")
    if file.sex is None or stated is None or bool(stated.value) == (file.sex == "female"):
        return
    sex = "female" if stated.value else "male"
    raise InputError(origin, f"the visit of day {visit.day}: sex_female", sex, f"{file.sex}, as the head of the file")


def _check_pregnancy(file: PatientFile, visit: Visit, origin: object) -> None:
    for name in OF_WOMEN if file.sex == "male" else ():
        stated = visit.values.get(name)
        if stated is not None and stated.value:
            raise InputError(origin, f"the visit of day {visit.day}: {name}", "true", "false, as sex is male")


def _check_age(file: PatientFile, visit: Visit, origin: object) -> None:
    stated = visit.values.get("age")
    if file.age_years is None or stated is None or stated.censored:
        return
    expected = file.age_years + visit.day / DAYS_PER_YEAR
    if abs(stated.value - expected) > ROUNDED_YEARS:
        expected_age = f"about {max(expected, 0):.1f} years, as age_years is {file.age_years:g} on day 0"
        raise InputError(origin, f"the visit of day {visit.day}: age", stated.value, expected_age)
