"""A patient becomes visits in one way, whoever asks."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.patient.cases import case_names, read_case
from lupercal.rules.facts import facts_of
from lupercal.visits.of_patient import baseline_columns, instrument_columns, visits_of, visits_until

ALWAYS = {"age", "sex_female", "days_since_infusion"}


@pytest.mark.parametrize("name", case_names())
def test_rules_instruments_and_forecasts_read_the_same_table(name: str) -> None:
    patient = read_case(name)
    seen = visits_of(patient)
    assert seen.days.tolist() == [visit.day for visit in patient.visits]
    columns = instrument_columns(patient)
    for key, column in seen.columns.items():
        if key != "new_activity":
            known = ~np.isnan(column[:, 0])  # the others may be filled from the treatments
            assert np.array_equal(columns[key][known], column[known, 0]), key
    for key, value in baseline_columns(patient).items():
        assert np.array_equal(value, seen.at(patient.baseline().day)[key][0], equal_nan=True), key


def test_what_comes_later_is_not_known_and_the_day_itself_is_the_last_visit() -> None:
    patient = read_case("erlangen-first-car-t")
    day = patient.visits[1].day - 1
    seen = visits_of(patient, day)
    assert seen.days[-1] == day
    assert not np.isnan(seen.columns["age"][-1])
    assert all(np.isnan(column[-1]) for name, column in seen.columns.items() if name not in ALWAYS)
    assert [visit.day for visit in visits_until(patient, day)] == seen.days.tolist()
    assert facts_of(patient, day).days_ago.tolist() == [[day - seen.days[0], 0]]
