"""What a patient file states twice must agree."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from lupercal.errors import InputError
from lupercal.patient.read import patient_from

HEAD = {"id": "a", "sex": "female", "age_years": 30, "reference_date": "2020-03-01"}


def read(head: dict[str, Any], **values: object) -> None:
    stated = {key: value for key, value in {**HEAD, **head}.items() if value is not None}
    visits = [{"day": 0, "values": values}, {"day": -730, "values": {}}] if values else []
    patient_from({**stated, "visits": visits}, "memory")


@pytest.mark.parametrize(
    ("head", "values"),
    [
        ({}, {"sex_female": True}),
        ({"sex": "male"}, {"sex_female": False, "pregnant": False}),
        ({}, {"pregnant": True}),
        ({}, {"age": 31.4}),
        ({"sex": None}, {"sex_female": False, "pregnant": True}),
        ({"age_years": None}, {"age": 80}),
        ({"diagnosis_year": 1989}, {}),
        ({"diagnosis_year": 2020}, {}),
    ],
)
def test_what_agrees_is_read(head: dict[str, Any], values: dict[str, Any]) -> None:
    read(head, **values)


@pytest.mark.parametrize(
    ("head", "values", "field", "expected"),
    [
        ({}, {"sex_female": False}, "the visit of day 0: sex_female", "female, as the head of the file"),
        ({"sex": "male"}, {"sex_female": True}, "the visit of day 0: sex_female", "male, as the head of the file"),
        ({"sex": "male"}, {"pregnant": True}, "the visit of day 0: pregnant", "false, as sex is male"),
        ({"sex": "male"}, {"breastfeeding": True}, "the visit of day 0: breastfeeding", "false, as sex is male"),
        ({}, {"age": 31.6}, "the visit of day 0: age", "about 30.0 years, as age_years is 30 on day 0"),
        ({}, {"age": 28.4}, "the visit of day 0: age", "about 30.0 years, as age_years is 30 on day 0"),
        ({"diagnosis_year": 2021}, {}, "diagnosis_year", "a year up to 2020, that of the last day on record"),
        ({"diagnosis_year": 1988}, {}, "diagnosis_year", "a year from 1990 on, as age_years is 30 on 2020-03-01"),
    ],
)
def test_what_contradicts_is_refused(head: dict[str, Any], values: dict[str, Any], field: str, expected: str) -> None:
    with pytest.raises(InputError, match=re.escape(expected)) as refused:
        read(head, **values)
    assert refused.value.field == field


def test_the_age_of_an_earlier_visit_is_lower() -> None:
    rows = [{"day": -730, "values": {"age": 28}}, {"day": 0, "values": {}}]
    patient_from({**HEAD, "visits": rows}, "memory")
    rows[0] = {"day": -730, "values": {"age": 30}}
    with pytest.raises(InputError, match=r"about 28\.0 years"):
        patient_from({**HEAD, "visits": rows}, "memory")


def test_a_year_after_day_0_is_read_where_a_visit_is_later() -> None:
    patient_from({**HEAD, "diagnosis_year": 2021, "visits": [{"day": 400, "values": {}}]}, "memory")


@pytest.mark.parametrize(("day", "read"), [(10, True), (11, False)])
def test_a_visit_of_today_is_read_and_one_of_tomorrow_refused(day: int, read: bool) -> None:
    file = {"id": "a", "reference_date": "2020-03-01", "visits": [{"day": day, "values": {}}]}
    if read:
        assert patient_from(file, "memory", date(2020, 3, 11)).visits[0].day == day
    else:
        with pytest.raises(InputError, match="a day up to today"):
            patient_from(file, "memory", date(2020, 3, 11))
