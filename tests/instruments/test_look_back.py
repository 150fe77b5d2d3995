"""The look-back of 10 or 30 days: one mechanism for every instrument that reads SLEDAI, in files, tables and arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import lupercal as lp
from lupercal.errors import InputError
from lupercal.instruments import Instrument, Status, instrument, instruments, score
from lupercal.instruments.bilag_2004 import GRADE_COLUMNS
from lupercal.instruments.explain import explain
from lupercal.instruments.inputs import describe
from lupercal.instruments.sledai_items import DESCRIPTORS
from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient
from lupercal.visits.of_patient import instrument_columns

LOOKING = [one for one in instruments() if one.looks_back]
ALONE = [one for one in LOOKING if not any("@" in name for name in one.inputs) and "sustained" not in one.name]
QUIET: dict[str, Any] = dict.fromkeys(DESCRIPTORS, False) | {
    "pga": 0.2,
    "prednisone": 0.0,
    "stable_maintenance": True,
    "on_investigational": False,
    "on_immunosuppressant": False,
    "on_biologic": False,
    "on_antimalarial": False,
    "hemolytic_anemia": False,
    "gastrointestinal_activity": False,
    "new_activity": False,
    "treatment_failure": False,
    **dict.fromkeys(GRADE_COLUMNS, 1.0),
}


def person(*visits: tuple[int, dict[str, Any]]) -> Patient:
    rows = [{"day": day, "values": QUIET | values} for day, values in visits]
    return patient_from({"id": "a", "sex": "female", "age_years": 30, "visits": rows}, "memory")


def at_last(patient: Patient, name: str, window: int | None) -> float:
    """Return the value at the last visit; of a grade, which drugs nobody wrote down leave open, the lower end."""
    found = lp.assess(patient, [name], window_days=window).scores[0]
    return float((found.low if instrument(name).kind == "grade" else found.value)[-1])


BASE = (-60, {"arthritis": True, "rash": True, "proteinuria": True, "pga": 2.0, "bilag_renal": 4.0})
SEIZURE = (22, {"seizure": True})
NOW: tuple[int, dict[str, Any]] = (30, {})
COURSES: list[tuple[str, tuple[tuple[int, dict[str, Any]], ...], float, float]] = [
    # instrument, visits, at the last visit as recorded (also what was said before, whatever the window), over 10 days
    ("sledai_2k", (BASE, SEIZURE, NOW), 0, 8),
    ("clinical_sledai", (BASE, SEIZURE, NOW), 0, 8),
    ("selena_sledai", (BASE, (22, {"scleritis": True}), NOW), 0, 8),
    ("sledai_1992", (BASE, SEIZURE, NOW), 0, 8),
    ("doris_2021", (BASE, SEIZURE, NOW), 1, 0),
    ("doris_2017_complete_off", (BASE, (22, {"low_complement": True}), NOW), 1, 0),
    ("lldas", (BASE, SEIZURE, NOW), 1, 0),
    ("lldas_5", (BASE, (22, {"gastrointestinal_activity": True}), NOW), 1, 0),
    ("lldas_drug_free", (BASE, (22, {"hemolytic_anemia": True}), NOW), 1, 0),
    ("sri_4", (BASE, SEIZURE, NOW), 1, 0),
    ("sri_4_selena", (BASE, SEIZURE, NOW), 1, 0),
    ("sri_50", (BASE, SEIZURE, NOW), 1, 0),
    ("bicla", (BASE, (22, {"seizure": True, "fever": True, "alopecia": True}), NOW), 1, 0),
    ("s2k_ri_50", (BASE, (22, {"fever": True}), NOW), 0, 1),
    ("selena_flare_index", (BASE, (22, {"rash": True}), (30, {"pleurisy": True, "pericarditis": True})), 0, 1),
]


@pytest.mark.parametrize(("name", "visits", "recorded", "window"), COURSES, ids=[row[0] for row in COURSES])
def test_what_was_found_eight_days_ago_counts_where_a_window_asks_for_it(
    name: str, visits: tuple[tuple[int, dict[str, Any]], ...], recorded: float, window: float
) -> None:
    patient = person(*visits)
    assert at_last(patient, name, None) == recorded
    assert at_last(patient, name, 10) == window
    long_ago = person(*((day - 13 if day == 22 else day, values) for day, values in visits))
    assert at_last(long_ago, name, 10) == at_last(long_ago, name, None)


def test_all_kinds_of_result_that_read_sledai_look_back() -> None:
    names = {one.name for one in LOOKING}
    assert {row[0] for row in COURSES} <= names
    reading = {one.name for one in instruments() if set(DESCRIPTORS[:8]) <= set(one.inputs)}
    assert reading <= names


def test_the_baseline_looks_back_too() -> None:
    earlier = ((-8, {"seizure": True, "vasculitis": True}), (0, {"rash": True}), (30, {"arthritis": True}))
    assert at_last(person(*earlier), "sri_4", 10) == 1
    assert np.isnan(at_last(person(*earlier), "sri_4", None))  # two points at baseline: not evaluable


def test_a_cause_given_at_the_earlier_visit_counts_there_and_one_given_now_does_not_reach_back() -> None:
    day = np.array([0.0, 8.0])
    fever = {name: np.zeros(2) for name in DESCRIPTORS} | {"day": day, "fever": np.array([1.0, 0.0])}
    causes = {"then": [3.0, np.nan], "now": [np.nan, 3.0]}
    found = {
        when: score("sledai_2k", fever | {"fever@attributed_to": np.array(code)}, window_days=10, over_visits=True)
        for when, code in causes.items()
    }
    assert [float(found[when].value[1]) for when in causes] == [0, 1]
    both = score(
        "sledai_2k",
        fever | {"fever@attributed_to": np.array(causes["then"])},
        window_days=10,
        over_visits=True,
        attribution="recorded",
    )
    assert both.value[1] == 1


def test_a_recorded_total_gets_what_it_cannot_hold() -> None:
    recorded = person((0, {"seizure": True, "sledai_2k": 8}), (8, {"rash": True, "sledai_2k": 2}))
    assert at_last(recorded, "sledai_2k", None) == 2
    assert at_last(recorded, "sledai_2k", 10) == 10
    assert at_last(recorded, "lldas", 10) == 0


def test_a_contradiction_at_the_earlier_visit_improves_no_later_answer() -> None:
    day = np.array([0.0, 8.0])
    columns = {name: np.zeros(2) for name in DESCRIPTORS} | {"day": day, "temperature": np.array([39.5, 36.8])}
    found = score("sledai_2k", columns, window_days=10, over_visits=True)
    assert found.status[0] == Status.CONFLICT
    assert found.value[1] == 1


def test_an_explanation_says_what_an_earlier_visit_found() -> None:
    found = lp.assess(person(SEIZURE, NOW), ["sledai_2k"], window_days=10).scores[0]
    assert any("seizure at an earlier visit of the window" in sentence for sentence in explain(found, -1))


def test_an_impossible_value_at_the_earlier_visit_is_no_finding() -> None:
    columns = {name: np.zeros(2) for name in DESCRIPTORS if name != "fever"}
    columns |= {"day": np.array([0.0, 8.0]), "temperature": np.array([395.0, 36.8])}
    found = score("sledai_2k", columns, window_days=10, over_visits=True)
    assert found.status.tolist() == [Status.ERROR, Status.COMPLETE]
    assert found.value[1] == 0


@pytest.mark.parametrize("one", LOOKING, ids=str)
@pytest.mark.parametrize("days", [0, 7, 28, 31, 365])
def test_no_other_window_is_accepted(one: Instrument, days: int) -> None:
    with pytest.raises(InputError, match="10 or 30 days"):
        one.score({"day": np.arange(2.0), "rash": np.zeros(2)}, window_days=days, over_visits=True)
    with pytest.raises(InputError, match="10 or 30 days"):
        lp.assess(person(BASE, NOW), [one.name], window_days=days)


@pytest.mark.parametrize("one", LOOKING, ids=str)
def test_a_longer_look_back_never_gives_a_better_answer(one: Instrument) -> None:
    rng = np.random.default_rng(7)
    shape = (60, 7)
    columns: dict[str, Any] = {"day": np.cumsum(rng.integers(2, 25, shape), axis=-1).astype(float)}
    for name in one.inputs:
        what = describe(name)
        plain = name.partition("@")[0]
        if what.kind == "flag" and (plain in DESCRIPTORS or name.startswith("on_")):
            columns[name] = (rng.random(shape) < 0.06).astype(float)
    columns |= {name: np.full(shape, float(value)) for name, value in QUIET.items() if name not in columns}
    columns |= {"pga@baseline": np.full(shape, 2.0), "bilag_renal@baseline": np.full(shape, 4.0)}
    columns |= {f"{name}@baseline": np.ones(shape) for name in DESCRIPTORS[8:16]}
    columns |= {f"{name}_improved_50": np.zeros(shape) for name in DESCRIPTORS}
    if one.name == "selena_flare_index":  # the visit before looks back too: its bound holds within an arm alone
        columns |= {name: np.zeros(shape) for name in one.inputs if name.endswith("@previous")}
        columns.pop("day")
        columns["day"] = np.cumsum(np.full(shape, 40.0), axis=-1)
    alone, ten, thirty = (
        one.score(columns, window_days=days, over_visits=series)
        for days, series in ((30, False), (10, True), (30, True))
    )
    if one.kind == "state":
        worse = [(ten, thirty)] if "sustained" in one.name else [(alone, ten), (ten, thirty)]
        assert all((longer.high <= shorter.high).all() for shorter, longer in worse)
    else:
        assert (alone.low <= ten.low).all()
        assert (ten.low <= thirty.low).all()


@pytest.mark.parametrize("window", [10, 30])
def test_files_tables_and_arrays_say_the_same(window: int) -> None:
    rng = np.random.default_rng(5)
    names = [one.name for one in ALONE]
    frames, told = [], []
    for who in ("a", "b", "c"):
        days = np.cumsum(rng.integers(3, 20, 8))
        values = [{name: bool(rng.random() < 0.1) for name in DESCRIPTORS} for _ in days]
        patient = person(*((int(day), row) for day, row in zip(days, values, strict=True)))
        scores = lp.assess(patient, names, window_days=window).scores
        told += [(who, int(day), [s.value[k] for s in scores]) for k, day in enumerate(days)]
        rows = [QUIET | row | {"patient_id": who, "day": int(day)} for day, row in zip(days, values, strict=True)]
        frames.append(pl.DataFrame(rows))
        arrays = {name: np.array([float(row[name]) for row in rows]) for name in (*QUIET, "day")}
        for one in scores:
            series = instrument(one.instrument).score(arrays, window_days=window, over_visits=True)
            assert np.array_equal(series.value, one.value, equal_nan=True), one.instrument
    table = pl.concat(frames).sample(fraction=1.0, shuffle=True, seed=3)
    found = lp.score(table, names, window_days=window)
    for who, day, expected in told:
        row = found.filter((pl.col("patient_id") == who) & (pl.col("day") == day))
        assert [row[name][0] for name in names] == [None if np.isnan(x) else x for x in expected]


COMPARING = [one for one in LOOKING if any("@" in name for name in one.inputs) and "sustained" not in one.name]


@pytest.mark.parametrize("window", [10, 30])
@pytest.mark.parametrize("few", [True, False], ids=["in memory", "on disk"])
def test_the_baseline_and_the_visit_before_look_back_alike_in_files_tables_and_arrays(
    window: int, few: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lupercal.files.buckets.HELD", 1 << 19 if few else 3)
    rng = np.random.default_rng(11)
    names = [one.name for one in COMPARING]
    assert {"sri_4", "bicla", "s2k_ri_50", "selena_flare_index"} <= set(names)
    frames, told, moved = [], [], 0
    for who in ("a", "b", "c", "d"):
        days = np.cumsum(rng.integers(3, 12, 9)) - 40
        values = [{name: bool(rng.random() < 0.15) for name in DESCRIPTORS} for _ in days]
        patient = person(*((int(day), row | {"pga": 2.0}) for day, row in zip(days, values, strict=True)))
        scores = lp.assess(patient, names, window_days=window).scores
        told.append({one.instrument: one for one in scores})
        columns = instrument_columns(patient)
        frames.append(pl.DataFrame({"patient_id": [who] * len(days), **columns}, strict=False).fill_nan(None))
        for one in scores:
            array = instrument(one.instrument).score(columns, window_days=window, over_visits=True)
            known = one.status != Status.NOT_EVALUABLE
            assert np.array_equal(array.low[known], one.low[known]), one.instrument
            assert np.array_equal(array.high[known], one.high[known]), one.instrument
            alone = instrument(one.instrument).score({k: v for k, v in columns.items() if "@baseline" not in k})
            moved += int((alone.low[known] != one.low[known]).sum())
    assert moved
    table = pl.concat(frames, how="diagonal").sample(fraction=1.0, shuffle=True, seed=3)
    found = lp.score(table, names, window_days=window).sort("patient_id", "day")
    for who, scores_of in zip(("a", "b", "c", "d"), told, strict=True):
        rows = found.filter(pl.col("patient_id") == who)
        for name, one in scores_of.items():
            known = one.status != Status.NOT_EVALUABLE
            assert rows[f"{name}_low"].to_numpy()[known].tolist() == one.low[known].tolist(), name
            assert rows[f"{name}_high"].to_numpy()[known].tolist() == one.high[known].tolist(), name


def test_with_dates_the_first_visit_is_the_baseline_and_with_days_the_last_up_to_day_0() -> None:
    """A seizure eight days before the second visit counts at the baseline only where that visit is the baseline."""
    rest = [f"{name}@baseline" for name in DESCRIPTORS]
    plain = {name: [0, 0, 0] for name in DESCRIPTORS} | {"seizure": [1, 0, 0]}
    table = pl.DataFrame({"patient_id": ["a"] * 3} | plain | {name: [0, 0, 0] for name in rest})
    days = lp.score(table.with_columns(day=pl.Series([-8, 0, 40])), ["sri_4"], window_days=10, items=True)
    dates = table.with_columns(date=pl.Series(["1960-01-01", "1960-01-09", "1960-02-18"]))
    later = lp.score(dates, ["sri_4"], window_days=10, items=True)
    assert days["sri_4.sledai_fall"].to_list()[2] == 1  # eight points lost since the baseline
    assert later["sri_4_status"].to_list()[2] == "not_evaluable"  # none to lose


def test_a_table_says_whose_visit_a_row_is_and_when() -> None:
    table = pl.DataFrame({"patient_id": ["a", "a"], "date": ["2026-01-01", "2026-01-09"], "seizure": [1, 0]})
    table = table.with_columns(**{name: pl.lit(0) for name in DESCRIPTORS if name != "seizure"})
    assert lp.score(table, ["sledai_2k"], window_days=10)["sledai_2k"].to_list() == [8, 8]
    for without in ("patient_id", "date"):
        with pytest.raises(InputError, match="patient_id and day"):
            lp.score(table.drop(without), ["sledai_2k"], window_days=10)
    with pytest.raises(InputError, match="row 2, column date"):
        lp.score(table.with_columns(date=pl.Series(["2026-01-01", "soon"])), ["sledai_2k"], window_days=10)
    with pytest.raises(InputError, match="10 or 30 days"):
        lp.score(table, ["sledai_2k"], window_days=14)
