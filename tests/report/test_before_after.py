"""The table before and after treatment: what the file says of the patient stands under "before"."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lupercal.forecast.result import AssessedScore, Forecast
from lupercal.patient.record import Treatment, Visit
from lupercal.report.before_after import before_after_table
from tests.report.build import forecast

PREDNISONE = Treatment("prednisone", 15.0, "mg/d", -200, None, "current")


def without_values(treatments: tuple[Treatment, ...]) -> Forecast:
    """Return a forecast of a patient whose baseline visit holds no value, with SLEDAI-2K open between bounds."""
    whole = forecast()
    bounds = AssessedScore("sledai_2k", "SLEDAI-2K", None, 14.0, 102.0, "partial", (), ("rash",))
    patient = replace(whole.patient, visits=(Visit(whole.baseline_day),), treatments=treatments)
    match = replace(whole.match, variables=())
    return replace(whole, patient=patient, assessment=(bounds,), match=match)


def before(whole: Forecast, title: str) -> str:
    return next(row[1] for row in before_after_table(whole).rows if row[0].startswith(title))


def test_bounds_of_a_score_are_told_before_treatment() -> None:
    assert before(without_values(()), "Disease activity") == "14 to 102"


@pytest.mark.parametrize(
    ("treatments", "said"),
    [((PREDNISONE,), "15"), ((), "not known"), ((replace(PREDNISONE, amount=None, unit=None),), "not known")],
)
def test_the_dose_taken_is_told_before_treatment(treatments: tuple[Treatment, ...], said: str) -> None:
    assert before(without_values(treatments), "Steroid requirement") == said


def test_what_nobody_recorded_stays_unknown() -> None:
    assert before(without_values((PREDNISONE,)), "Protein in urine") == "not known"
