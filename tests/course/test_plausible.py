"""The plausibility filter: every rejection has its reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lupercal.course.plausible import bounds, judge, read_bounds
from lupercal.engine.task import Outcome
from lupercal.errors import InputError

DONE = np.zeros(3, np.int8)


def test_a_failed_integration_comes_before_what_the_visits_show() -> None:
    outcome = np.array([Outcome.DONE, Outcome.NOT_FINITE, Outcome.DONE], np.int8)
    judged = judge({"c3": np.array([1.0, 99.0, 99.0])}, outcome)
    assert judged.usable.tolist() == [True, False, False]
    assert judged.rejected == {"not_finite": 1, "c3 outside the data dictionary": 1}
    assert [judged.reasons[k - 1] for k in judged.reason[1:]] == ["not_finite", "c3 outside the data dictionary"]


def test_one_visit_is_enough() -> None:
    platelets = np.full((4, 3), 200.0)
    platelets[2, 1] = 2.0
    judged = judge({"platelets": platelets}, DONE)
    assert judged.usable.tolist() == [True, False, True]
    assert next(iter(judged.rejected)).startswith("platelets")


@pytest.mark.parametrize("value", [60.001, 105.0])
def test_an_activity_that_no_cohort_reports_is_rejected(value: float) -> None:
    assert judge({"sledai_2k": np.array([4.0, 60.0, value])}, DONE).usable.tolist() == [True, True, False]


def test_a_failing_kidney_is_plausible_and_what_is_unknown_tells_nothing() -> None:
    assert judge({"egfr": np.array([6.0, 90.0, np.nan]), "igg": np.full(3, np.nan)}, DONE).usable.all()


def test_every_bound_lies_within_its_reason() -> None:
    assert {bound.measure for bound in bounds()} >= {"sledai_2k", "igg", "platelets", "neutrophils", "hemoglobin"}
    assert "egfr" not in {bound.measure for bound in bounds()}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{measure: magic, high: 3, reason: not a measure at all}", "data dictionary"),
        ("{measure: c3, low: 3, high: 2, reason: bounds in disorder}", "low below high"),
        ("{measure: c3, reason: no bound is given}", "one given"),
        ("{measure: c3, high: 2, reason: short}", "at least 10"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "bounds.yaml"
    path.write_text(f"bounds: [{row}]")
    with pytest.raises(InputError, match=message):
        read_bounds(path)
