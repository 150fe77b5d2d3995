"""Visits are one table: asked by day, by person, by visit, and what they leave open stays open."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.errors import LupercalError
from lupercal.instruments.registry import score
from lupercal.instruments.sledai_items import DESCRIPTORS
from lupercal.visits.visits import Visits, joined_visits, no_visits, one_visit, reordered

DAYS = np.array([0, 28, 56, 120])


def visits(*people: tuple[float, ...]) -> Visits:
    return Visits(DAYS, {"pga": np.array(people, float).T})


def quiet(size: int = 1) -> dict[str, np.ndarray]:
    flags = dict.fromkeys((*DESCRIPTORS, "hemolytic_anemia", "gastrointestinal_activity"), 0.0)
    return {name: np.full((len(DAYS), size), value) for name, value in flags.items()}


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=8, unique=True), st.integers(-1100, 1100))
def test_the_visit_of_a_day_is_the_last_up_to_it(days: list[int], day: int) -> None:
    seen = Visits(np.array(sorted(days)), {"pga": np.array(sorted(days), float)[:, None]})
    past = [one for one in days if one <= day]
    if past:
        assert seen.at(day)["pga"].tolist() == [max(past)]
    else:
        with pytest.raises(LupercalError, match="no visit up to day"):
            seen.at(day)


def test_days_that_do_not_ascend_and_columns_of_another_shape_are_refused() -> None:
    with pytest.raises(LupercalError, match="ascend"):
        Visits(DAYS[::-1], {})
    with pytest.raises(LupercalError, match="shape"):
        Visits(DAYS, {"pga": np.zeros((3, 2))})
    with pytest.raises(LupercalError, match="shape"):
        Visits(DAYS, {"pga": np.zeros((4, 2)), "upcr": np.zeros((4, 3))})


def test_before_the_first_visit_nothing_is_known() -> None:
    before = visits((1, 2, 3, 4)).before().columns["pga"][:, 0]
    assert np.isnan(before[0])
    assert before[1:].tolist() == [1, 2, 3]


def test_new_activity_is_what_was_not_there_at_the_visit_before() -> None:
    columns = quiet(2)
    columns["rash"][:, 0] = [1, 1, 0, 1]
    columns["rash"][:, 1] = [0, np.nan, 0, 0]
    fresh = Visits(DAYS, columns).new_activity()
    assert np.isnan(fresh[0]).all()
    assert fresh[1:, 0].tolist() == [0, 0, 1]
    assert np.isnan(fresh[1, 1])
    assert fresh[2:, 1].tolist() == [0, 0]


def test_two_visits_in_one_week_are_one_assessment() -> None:
    days = np.array([-5, 7, 14, 30, 61])
    columns = {name: np.zeros((5, 1)) for name in quiet()}
    columns["rash"][1:4] = 1.0
    fresh = Visits(days, columns).new_activity(np.array([0.0]))[:, 0]
    assert fresh.tolist() == [0, 1, 1, 1, 0]
    columns["rash"][:] = [[0], [1], [1], [1], [1]]
    assert Visits(days, columns).new_activity()[4, 0] == 0, "it was there a month before"


def test_scores_are_worked_out_once_and_what_is_there_is_kept() -> None:
    seen = Visits(DAYS, quiet() | {"pga": np.zeros((4, 1))})
    assert (seen.scored("sledai_2k").columns["sledai_2k"] == 0).all()
    stated = seen.having({"sledai_2k": np.full((4, 1), 12.0)})
    assert (stated.scored("sledai_2k").columns["sledai_2k"] == 12).all()


def test_an_open_answer_is_unknown_or_no_as_asked_for() -> None:
    seen = Visits(DAYS, quiet() | {"seizure": np.full((4, 1), np.nan), "pga": np.zeros((4, 1))})
    assert np.isnan(seen.scored("sledai_2k").columns["sledai_2k"]).all()
    assert (seen.scored("sledai_2k", left_open="no").columns["sledai_2k"] == 0).all()
    with_lldas = seen.having({"prednisone": np.zeros((4, 1)), "on_investigational": np.zeros((4, 1))})
    assert np.isnan(with_lldas.scored("lldas").columns["new_activity"][0]).all()
    assert (with_lldas.scored("lldas", left_open="no").columns["new_activity"][0] == 0).all()


def test_scores_of_many_are_those_of_each() -> None:
    rng = np.random.default_rng(1)
    columns = {name: rng.integers(0, 2, (4, 6)).astype(float) for name in quiet()}
    seen = Visits(DAYS, columns)
    part = np.array([4, 1])
    whole = seen.scored("sledai_2k").columns["sledai_2k"]
    assert np.array_equal(seen.take(part).scored("sledai_2k").columns["sledai_2k"], whole[:, part])
    assert np.array_equal(whole[2], score("sledai_2k", seen.at(60)).value)


def test_the_first_day_is_infinite_where_it_never_comes() -> None:
    seen = visits((0, 1, 1, 0), (0, 0, 0, 0))
    assert seen.first_day(seen.columns["pga"] > 0).tolist() == [28, np.inf]
    assert no_visits().first_day(np.zeros((0, 2), bool)).tolist() == [np.inf, np.inf]


def test_people_seen_on_the_same_days_stand_side_by_side_and_others_do_not() -> None:
    together = joined_visits([visits((1, 2, 3, 4)), visits((5, 6, 7, 8), (9, 9, 9, 9))])
    assert together.size == 3
    assert together.at(28)["pga"].tolist() == [2, 6, 9]
    with pytest.raises(LupercalError, match="different days"):
        joined_visits([visits((1, 2, 3, 4)), one_visit(0, {"pga": np.zeros(1)})])


def test_people_of_two_tables_come_back_in_the_order_that_is_asked_for() -> None:
    first, second = visits((1.0,) * 4), visits((3.0,) * 4, (5.0, 6.0, 7.0, 8.0))
    whole = reordered([first, second], np.array([2, 0, 1]))
    assert whole.columns["pga"].T.tolist() == [[5, 6, 7, 8], [1] * 4, [3] * 4]
    assert whole.days.tolist() == DAYS.tolist()


def test_years_between_visits_and_a_day_before_all_of_them() -> None:
    one = Visits(np.array([0, 731]), {"sledai_2k": np.zeros((2, 1))})
    assert one.years == pytest.approx([2.0], abs=0.002)
    with pytest.raises(LupercalError, match="no visit up to day -1"):
        one.row(-1)
