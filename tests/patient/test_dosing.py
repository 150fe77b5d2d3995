"""Treatments as files write them: names, units, equivalents, days, and lines that contradict each other."""

from __future__ import annotations

from typing import Any

import pytest

from lupercal.errors import InputError
from lupercal.patient.read import patient_from
from lupercal.patient.record import Treatment

DAY_0 = "2020-03-01"
WEIGHED = [{"day": 0, "values": {"weight": "60 kg"}}]


def courses(*rows: dict[str, Any], visits: list[dict[str, Any]] | None = None) -> tuple[Treatment, ...]:
    file = {"id": "a", "reference_date": DAY_0, "treatments": list(rows), "visits": visits or []}
    return patient_from(file, "memory").treatments


def refusal(*rows: dict[str, Any], visits: list[dict[str, Any]] | None = None) -> tuple[str, str]:
    with pytest.raises(InputError) as refused:
        courses(*rows, visits=visits)
    return refused.value.field, refused.value.expected


def steroid(amount: float, **more: object) -> dict[str, Any]:
    return {"drug": "prednisone", "amount": amount, "unit": "mg/d", "status": "current", **more}


def test_glucocorticoids_become_prednisone_and_say_what_they_were() -> None:
    (given,) = courses({"drug": "methylprednisolone", "amount": 8, "unit": "mg/d", "note": "tapering"})
    assert (given.drug, given.amount, given.unit) == ("prednisone", 10.0, "mg/d")
    assert given.note == "given as methylprednisolone 8 mg/d; tapering"
    (unsaid,) = courses({"drug": "methylprednisolone"})
    assert (unsaid.amount, unsaid.note) == (None, "given as methylprednisolone")


def test_a_large_dose_is_a_pulse() -> None:
    (given,) = courses({"drug": "methylprednisolone", "amount": 500, "unit": "mg/d"})
    assert given.drug == "glucocorticoid_pulse"


def test_a_dose_per_kilogram_needs_a_weight() -> None:
    row = {"drug": "hydroxychloroquine", "amount": 5, "unit": "mg/kg/d"}
    assert courses(row, visits=WEIGHED)[0].amount == pytest.approx(300.0)
    assert refusal(row) == ("treatments[0].unit", "mg/d, or a weight among the values of a visit")


@pytest.mark.parametrize(
    ("row", "field", "expected"),
    [
        ({"drug": "prednisone", "amount": 5}, "treatments[0].unit", "amount and unit together, or neither"),
        ({"drug": "prednisone", "unit": "mg/d"}, "treatments[0].amount", "amount and unit together, or neither"),
        (steroid(5, unit="mg/L"), "treatments[0].unit", "a unit that converts to mg/d"),
        (steroid(5, unit="mL/kg/d"), "treatments[0].unit", "a unit that converts to mg/d"),
        (steroid(5, start_day=0, start_date=DAY_0), "treatments[0].start_date", "either a day or a date"),
        (steroid(5, start_date="1850-01-01"), "treatments[0].start_date", "a date from 1900"),
        (
            steroid(5, start_day=-1, stop_day=-2, status="stopped"),
            "treatments[0].stop_day",
            "a day not before the start, day -1",
        ),
        (steroid(5, stop_day=-1, status="current"), "treatments[0].status", "stopped or failed, as it ended on day -1"),
    ],
)
def test_what_does_not_fit_is_refused(row: dict[str, Any], field: str, expected: str) -> None:
    found, wanted = refusal(row)
    assert found == field
    assert wanted.startswith(expected)


def test_a_dose_nobody_takes_is_refused_with_the_range() -> None:
    field, expected = refusal({"drug": "hydroxychloroquine", "amount": 40, "unit": "g/d"})
    assert field == "treatments[0].amount"
    assert expected.endswith("mg/d of hydroxychloroquine")


@pytest.mark.parametrize(
    "row",
    [
        steroid(5, stop_day=0, status="current"),
        steroid(5, start_day=-1, stop_day=-1, status="stopped"),
        steroid(5, start_date=DAY_0),
    ],
)
def test_borders_of_days_are_read(row: dict[str, Any]) -> None:
    assert courses(row)[0].drug == "prednisone"


@pytest.mark.parametrize(
    "rows",
    [
        (steroid(20, start_day=-30), steroid(20, start_day=-30)),
        (steroid(20), steroid(20)),
        (steroid(20, start_day=-30), steroid(10, start_day=-10)),
        (steroid(10, start_day=0), steroid(20, start_day=-30)),
        (steroid(20, start_day=-30, stop_day=5, status=None), steroid(10, start_day=-10)),
    ],
)
def test_two_lines_of_one_drug_at_once_are_asked_about(rows: tuple[dict[str, Any], ...]) -> None:
    field, expected = refusal(*rows)
    assert field == "treatments[1]"
    assert "sum" in expected


@pytest.mark.parametrize(
    "rows",
    [
        (steroid(20, start_day=-30, stop_day=-10, status="stopped"), steroid(10, start_day=-10)),
        (steroid(20, start_day=-30), steroid(10, start_day=1)),
        (steroid(20, start_day=-30), {"drug": "azathioprine", "amount": 100, "unit": "mg/d", "start_day": -10}),
        (steroid(20, start_day=-30), steroid(10, start_day=-30)),
        (
            steroid(20, start_day=-90, stop_day=-60, status="stopped"),
            steroid(20, start_day=-90, stop_day=-60, status="stopped"),
        ),
    ],
)
def test_lines_that_replace_each_other_or_add_up_are_read(rows: tuple[dict[str, Any], ...]) -> None:
    assert len(courses(*rows)) == len(rows)
