"""Series of visits: windows, two occasions, haematotoxicity by gaps and ends, syndromes over days."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.errors import InputError
from lupercal.instruments import Status, score
from lupercal.instruments.icaht_series import GradeBounds, early_anc, early_platelets, late_anc, late_platelets
from lupercal.instruments.lupusqol import DOMAINS
from lupercal.instruments.sledai_items import DESCRIPTORS

SERIES = [
    dict.fromkeys(range(101), 3000.0),
    {day: (300.0 if day < 12 else 2500.0) for day in range(101)},
    {day: (60.0 if 4 <= day < 20 else 900.0) for day in range(101)},
    {day: (400.0 if day % 9 == 0 else 1600.0) for day in range(101)},
    dict.fromkeys(range(31), 200.0),
]


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("grade", [early_anc, late_anc, early_platelets, late_platelets])
def test_a_missing_day_never_lowers_the_upper_bound_of_a_haematotoxicity(series: dict[int, float], grade: Any) -> None:
    full = grade(series)
    for day in series:
        missing = grade(series | {day: np.nan})
        assert missing.high >= full.high
        assert missing.low <= full.high


@pytest.mark.parametrize("name", ["astct_crs", "astct_icans"])
def test_a_missing_day_never_lowers_the_upper_bound_of_a_syndrome(name: str) -> None:
    rng = np.random.default_rng(1)
    columns = {
        "day": np.arange(8.0),
        "temperature": rng.uniform(36.0, 40.0, 8),
        "fever_masked": np.zeros(8),
        "anticytokine_given": np.array([0, 0, 1.0, 0, 0, 0, 0, 0]),
        "hypotension": np.ones(8),
        "vasopressors": rng.integers(0, 3, 8).astype(float),
        "vasopressin": np.zeros(8),
        "oxygen_support": rng.integers(0, 4, 8).astype(float),
        "ice": rng.integers(0, 11, 8).astype(float),
        "icans_arousable": np.ones(8),
        "icans_consciousness": np.ones(8),
        "icans_seizure": np.zeros(8),
        "icans_motor": np.zeros(8),
        "icans_oedema": np.zeros(8),
        "sedated": np.zeros(8),
    }
    full = score(name, columns, over_visits=True)
    for day in range(8):
        gone = {
            key: np.where(np.arange(8) == day, np.nan, values) if key != "day" else values
            for key, values in columns.items()
        }
        missing = score(name, gone, over_visits=True)
        assert (missing.high >= full.high).all()
        assert np.isnan(missing.items["worst"][day:]).all() or (missing.low.max() == full.high.max())


def test_cytokine_release_goes_on_without_fever_after_tocilizumab_and_ends_with_its_signs() -> None:
    columns = {
        "day": np.arange(6.0),
        "temperature": np.array([36.8, 39.0, 39.5, 37.0, 36.9, 36.8]),
        "hypotension": np.array([0.0, 0.0, 1.0, 1.0, 1.0, 0.0]),
        "vasopressors": np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0]),
        "oxygen_support": np.zeros(6),
        "fever_masked": np.zeros(6),
        "vasopressin": np.zeros(6),
        "anticytokine_given": np.array([0.0, 0.0, 1.0, 0.0, 0.0, 0.0]),
    }
    found = score("astct_crs", columns, over_visits=True)
    assert found.value.tolist() == [0, 1, 3, 3, 2, 0]
    assert score("astct_crs", columns).value.tolist() == [0, 1, 3, 0, 0, 0]
    assert found.items["worst"][-1] == 3
    assert (found.items["start_day"][-1], found.items["end_day"][-1]) == (1, 5)


def test_a_day_under_sedation_can_hide_any_grade() -> None:
    columns = {
        "day": np.arange(4.0),
        "ice": np.array([10.0, 5.0, np.nan, 10.0]),
        "icans_arousable": np.array([1.0, 1.0, np.nan, 1.0]),
        "sedated": np.array([0.0, 0.0, 1.0, 0.0]),
        **dict.fromkeys(("icans_consciousness", "icans_seizure", "icans_motor", "icans_oedema"), np.zeros(4)),
    }
    found = score("astct_icans", columns, over_visits=True)
    assert found.status.tolist() == [0, 0, 3, 0]
    assert found.items["worst"][1] == 2
    assert np.isnan(found.items["worst"][2:]).all()


@pytest.mark.parametrize(
    ("age", "ice", "capd", "expected"),
    [
        (8.0, np.nan, 0.0, 0.0),
        (8.0, np.nan, 5.0, 1.0),
        (8.0, 10.0, 12.0, 3.0),
        (15.0, 10.0, 12.0, 0.0),
        (30.0, 4.0, np.nan, 2.0),
    ],
)
def test_children_under_twelve_are_graded_by_delirium(age: float, ice: float, capd: float, expected: float) -> None:
    rest = dict.fromkeys(("icans_consciousness", "icans_seizure", "icans_motor", "icans_oedema"), 0.0)
    columns = rest | {"age": age, "ice": ice, "capd": capd, "icans_arousable": 1.0}
    assert score("astct_icans", columns).value == expected


@pytest.mark.parametrize(
    ("series", "value", "low", "high"),
    [
        (dict.fromkeys(range(31), 900.0), 0.0, 0.0, 0.0),
        (dict.fromkeys(range(17), 300.0), 4.0, 4.0, 4.0),  # from day 0 to the last value
        (dict.fromkeys(range(3), 900.0) | dict.fromkeys(range(3, 31), 300.0), 4.0, 4.0, 4.0),  # from day 3
        (dict.fromkeys(range(4), 900.0) | dict.fromkeys(range(4, 31), 300.0), 3.0, 3.0, 3.0),  # from day 4
        ({0: 900.0, 8: 900.0, 16: 900.0, 24: 900.0}, 0.0, 0.0, 0.0),  # seven missing days are filled
        ({0: 900.0, 9: 900.0, 17: 900.0, 25: 900.0}, np.nan, 0.0, 3.0),  # eight are not
        (dict.fromkeys(range(5, 10), 300.0) | dict.fromkeys((*range(5), *range(10, 31)), 900.0), 1.0, 1.0, 1.0),
    ],
)
def test_early_haematotoxicity_of_a_series(series: dict[int, float], value: float, low: float, high: float) -> None:
    found = early_anc(series)
    assert found.value == pytest.approx(value, nan_ok=True)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    ("series", "value"),
    [
        ({40: 90.0}, 4.0),
        ({40: 90.0, 50: 1600.0}, 0.0),
        ({40: 400.0, 50: 1500.0}, 3.0),
        ({}, np.nan),
        ({20: 90.0}, np.nan),
    ],
)
def test_late_haematotoxicity_is_graded_by_the_nadir(series: dict[int, float], value: float) -> None:
    assert late_anc(series).value == pytest.approx(value, nan_ok=True)


def test_a_gap_leaves_a_grade_open_and_no_test_at_all_leaves_it_missing() -> None:
    days = np.array([0.0, 1.0, 2.0, 12.0, 20.0, 30.0])
    for counts, status in ((np.full(6, 2.0), Status.PARTIAL), (np.full(6, np.nan), Status.MISSING)):
        found = score("icaht_early", {"days_since_infusion": days, "neutrophils": counts}, over_visits=True)
        assert found.status[-1] == status


@pytest.mark.parametrize(
    ("name", "age"), [("egfr", 0.5), ("ckd_epi_2021", 17.0), ("bedside_schwartz", 0.5), ("ckid_u25", 26.0)]
)
def test_an_equation_outside_its_ages_gives_no_bound(name: str, age: float) -> None:
    found = score(name, {"creatinine": 0.7, "age": age, "sex_female": 1.0, "height": 140.0})
    assert found.status == Status.ERROR
    assert (float(found.low), float(found.high)) == (0.0, np.inf)


def test_haematotoxicity_is_read_from_the_visits() -> None:
    day = np.arange(0.0, 35.0)
    columns = {"day": day, "neutrophils": np.where(day < 9, 0.3, 2.0)}
    found = score("icaht_early", columns, over_visits=True)
    assert found.value[-1] == 2
    assert np.isnan(found.value[10])
    assert (found.low[10], found.high[10]) == (2, 4)


def test_windows_act_and_others_are_refused() -> None:
    columns = {name: np.zeros(3) for name in DESCRIPTORS} | {"day": np.array([0.0, 12.0, 40.0])}
    columns["seizure"] = np.array([1.0, 0.0, 0.0])
    assert score("sledai_2k", columns, over_visits=True, window_days=10).value.tolist() == [8, 0, 0]
    assert score("sledai_2k", columns, over_visits=True, window_days=30).value.tolist() == [8, 8, 0]
    assert score("sledai_2k", columns).value.tolist() == [8, 0, 0]
    for days in (0, 14, 28, 365):
        with pytest.raises(InputError, match="10 or 30 days"):
            score("sledai_2k", columns, window_days=days)


def test_low_counts_at_two_visits_are_two_occasions() -> None:
    columns = {"leukocytes": np.array([3.5, 5.0, 3.8]), "platelets": 200.0, "hemolytic_anemia": 0.0, "lymphocytes": 2.0}
    found = score("acr_1997_count", columns, over_visits=True)
    assert found.items["hematologic_disorder"].tolist() == pytest.approx([np.nan, np.nan, 1.0], nan_ok=True)


def test_the_worst_early_grade_stands_before_the_window_is_over() -> None:
    day = np.arange(0.0, 20.0)
    found = score("icaht_early", {"day": day, "neutrophils": np.where(day < 2, 4.0, 0.05)}, over_visits=True)
    assert (found.value[-1], found.low[-1], found.high[-1], found.status[-1]) == (4, 4, 4, 0)
    assert np.isnan(found.value[10])


def test_a_bound_before_the_window_is_over_holds_whatever_comes() -> None:
    day = np.arange(0.0, 31.0)
    counts = np.where(day < 9, 0.3, 2.0)
    found = score("icaht_early", {"day": day, "neutrophils": counts}, over_visits=True)
    assert (found.low <= found.value[-1]).all()
    assert (found.high >= found.value[-1]).all()
    late = score("icaht_late", {"day": np.array([50.0, 60.0, 100.0]), "neutrophils": [0.4, 1.7, 2.0]}, over_visits=True)
    assert (late.low <= late.value[-1]).all()


@pytest.mark.parametrize(("count", "grade"), [(50.0, 0), (49.0, 2), (20.0, 2), (19.0, 4)])
def test_platelets_of_a_series_are_graded_in_their_own_unit(count: float, grade: int) -> None:
    day = np.arange(31.0)
    found = score("t_icaht_early", {"day": day, "platelets": np.where(day < 16, count, 200.0)}, over_visits=True)
    assert found.value[-1] == grade


@pytest.mark.parametrize(("count", "grade"), [(100.0, 0), (99.0, 1), (49.0, 2)])
def test_late_platelets_of_a_series_are_graded_in_their_own_unit(count: float, grade: int) -> None:
    day = np.arange(0.0, 101.0, 5)
    found = score("t_icaht_late", {"day": day, "platelets": np.where(day == 40, count, count + 0.5)}, over_visits=True)
    assert found.value[-1] == grade


def test_before_a_window_ends_the_best_that_may_come_is_the_lower_bound() -> None:
    day = np.array([0.0, 4.0, 8.0])
    found = score("icaht_early", {"day": day, "neutrophils": np.full(3, 0.05)}, over_visits=True)
    assert found.low.tolist() == [1, 1, 3]
    assert found.high.tolist() == [4, 4, 4]


@pytest.mark.parametrize("grade", [late_anc, late_platelets])
@given(
    counts=st.lists(st.sampled_from([5.0, 60.0, 400.0, 900.0, 1600.0]), min_size=70, max_size=70),
    start=st.integers(31, 90),
    length=st.integers(8, 30),
)
def test_tests_that_nobody_took_never_lower_the_upper_end_of_a_late_grade(
    grade: Callable[[dict[int, float]], GradeBounds], counts: list[float], start: int, length: int
) -> None:
    whole = dict(zip(range(31, 101), counts, strict=True))
    seen = {day: value for day, value in whole.items() if not start <= day < start + length or day in {99, 100}}
    assert grade(seen).high >= grade(whole).high
    assert grade(seen).high >= grade(whole | dict.fromkeys(whole.keys() - seen.keys(), math.nan)).value


def test_a_day_of_unknown_fever_keeps_the_syndrome_possible_under_drugs_that_mask_it() -> None:
    columns = {
        "day": np.arange(3.0),
        "temperature": np.array([37.0, np.nan, 37.0]),
        "fever_masked": np.zeros(3),
        "anticytokine_given": np.array([0.0, 1.0, 0.0]),
        "hypotension": np.array([0.0, 0.0, 1.0]),
        "vasopressors": np.zeros(3),
        "vasopressin": np.zeros(3),
        "oxygen_support": np.zeros(3),
    }
    found = score("astct_crs", columns, over_visits=True)
    assert (found.low[2], found.high[2]) == (0, 2)


def test_lupusqol_has_the_domains_of_its_authors() -> None:
    """McElhone 2007, doi:10.1002/art.22881: 34 questions in eight domains."""
    assert list(DOMAINS.values()) == [8, 3, 3, 2, 3, 6, 5, 4]
    assert sum(DOMAINS.values()) == 34


def test_adults_of_eighteen_need_no_height_for_their_filtration() -> None:
    grown = {"creatinine": np.array([0.8]), "age": np.array([18.0]), "sex_female": np.array([1.0])}
    assert not np.isnan(score("egfr", grown).value[0])
    assert np.isnan(score("egfr", grown | {"age": np.array([17.9])}).value[0])


def test_filtration_is_estimated_from_the_first_birthday_on() -> None:
    child = {"creatinine": np.array([0.3]), "height": np.array([75.0]), "sex_female": np.array([1.0])}
    assert not np.isnan(score("egfr", child | {"age": np.array([1.0])}).value[0])
    assert np.isnan(score("egfr", child | {"age": np.array([0.99])}).value[0])
