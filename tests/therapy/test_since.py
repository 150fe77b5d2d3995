"""What was taken in the weeks before day 0: from the days on which it began."""

from __future__ import annotations

from lupercal.patient.record import Measurement, Patient, Treatment, Visit
from lupercal.therapy.since import drugs_since


def patient(*lines: Treatment, **values: float) -> Patient:
    measured = {name: Measurement(value) for name, value in values.items()}
    return Patient(id="p", sex="female", age_years=30.0, treatments=lines, visits=(Visit(0, values=measured),))


def prednisone(amount: float, start: int | None = None, stop: int | None = None) -> Treatment:
    return Treatment("prednisone", amount, "mg/d", start, stop, "current" if stop is None else "stopped")


def test_a_drug_taken_long_or_without_days_is_taken_all_the_time() -> None:
    assert drugs_since(patient(prednisone(10, -400)), -30) == ((-30, {"prednisone": 10.0}),)
    assert drugs_since(patient(prednisone(10)), -30) == ((-30, {"prednisone": 10.0}),)


def test_a_drug_begun_yesterday_was_not_taken_before() -> None:
    assert drugs_since(patient(prednisone(60, -1)), -30) == ((-30, {}), (-1, {"prednisone": 60.0}))


def test_a_dose_that_was_raised_was_lower_before() -> None:
    steps = drugs_since(patient(prednisone(10, -300, -7), prednisone(60, -7)), -30)
    assert steps == ((-30, {"prednisone": 10.0}), (-7, {"prednisone": 60.0}))


def test_a_drug_that_ended_was_taken_until_then() -> None:
    steps = drugs_since(patient(prednisone(20, -100, -5), prednisone=0.0), -30)
    assert steps == ((-30, {"prednisone": 20.0}), (-5, {"prednisone": 0.0}))


def test_a_pulse_comes_on_top_on_its_days_and_ends_by_itself() -> None:
    pulse = Treatment("glucocorticoid_pulse", 625.0, "mg/d", -10, None, "current")
    steps = dict(drugs_since(patient(prednisone(10, -400), pulse), -30))
    assert {day: doses["prednisone"] for day, doses in steps.items()} == {-30: 10.0, -10: 635.0, -7: 10.0}


def test_a_pulse_of_day_zero_or_without_dose_is_no_past() -> None:
    later = Treatment("glucocorticoid_pulse", 625.0, "mg/d", 0, None, "current")
    unknown = Treatment("glucocorticoid_pulse", None, None, -3, None, "current")
    assert drugs_since(patient(prednisone(10, -400), later, unknown), -30) == ((-30, {"prednisone": 10.0}),)


def test_a_drug_begun_on_day_0_belongs_to_what_follows() -> None:
    assert drugs_since(patient(prednisone(60, 0)), -30) == ((-30, {}),)
