"""A patient becomes visits in one way, whoever asks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.instruments.registry import instrument
from lupercal.patient.cases import case_names, read_case
from lupercal.patient.read import patient_from
from lupercal.patient.variables import variables
from lupercal.rules.facts import facts_of
from lupercal.rules.measured import limit_of
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
    assert all(
        np.isnan(column[-1])
        for name, column in seen.columns.items()
        if name not in ALWAYS and name[-4:] not in {"_uln", "_lln"}
    )
    assert [visit.day for visit in visits_until(patient, day)] == seen.days.tolist()
    assert facts_of(patient, day).days_ago.tolist() == [[day - seen.days[0], 0]]


LIMITED = [
    (name, end, held)
    for name, one in variables().items()
    for end in ("low", "high")
    if (held := getattr(one, f"limit_{end}"))
]


@given(
    limited=st.sampled_from(LIMITED),
    stated=st.lists(st.sampled_from(["", "exact", "bound"]), min_size=1, max_size=6),
    share=st.floats(0.1, 0.9),
)
def test_a_limit_holds_until_another_is_stated_for_every_reader_alike(
    limited: tuple[str, str, str], stated: list[str], share: float
) -> None:
    name, end, held = limited
    limit = variables()[held]
    rows = []
    for day, word in enumerate(stated):
        number = round(limit.low + (limit.high - limit.low) * share * (day + 1) / len(stated), 3)
        raw = f"<{number} {limit.unit}" if word == "bound" else number
        rows.append({"day": day - 9, "values": {held: raw} if word else {}})
    patient = patient_from({"id": "a", "visits": rows}, "memory")
    column = visits_of(patient).columns.get(held, np.full((len(rows), 1), np.nan))[:, 0]
    for visit, found in zip(patient.visits, column, strict=True):
        asked = limit_of(patient, visit, name, end)
        bound = held in visit.values and visit.values[held].censored
        assert asked is None if np.isnan(found) or bound else asked == found


def test_assess_and_follow_up_read_a_low_c3_alike_where_an_earlier_visit_gives_the_limit() -> None:
    visits = [{"day": -30, "values": {"c3": 1.0, "c3_lln": 0.9}}, {"day": 0, "values": {"c3": 0.7}}]
    columns = instrument_columns(patient_from({"id": "a", "visits": visits}, "memory"))
    assert instrument("sledai_2k").score(columns).value is not None
    assert columns["c3_lln"].tolist() == [0.9, 0.9]
