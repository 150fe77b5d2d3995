"""Follow-up: what is done, due, overdue, abnormal; goals in three values; alerts; the forecast's bands."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from lupercal import RESEARCH_USE_ONLY
from lupercal.cli.follow_up import command
from lupercal.errors import InputError
from lupercal.files.plain import plain as as_stored
from lupercal.forecast.result import Band, ForecastArm
from lupercal.patient.cases import case_names, read_case
from lupercal.patient.read import patient_from
from lupercal.patient.record import Measurement, Patient
from lupercal.programmes.follow_up import FollowUp, follow_up
from lupercal.programmes.follow_up_bands import place_of
from lupercal.programmes.goals import GoalStatus
from lupercal.programmes.plan import plan
from lupercal.programmes.plan_data import plan_names
from lupercal.report.plan_text import dumped, plan_plain
from lupercal.rules.measured import above, below, measured_at_most

START = "2025-01-31"
BEFORE = {
    "upcr": 2.0,
    "c3": 0.7,
    "c3_lln": 0.9,
    "c4": 0.12,
    "c4_lln": 0.1,
    "sledai_2k": 14,
    "anti_dsdna": 150,
    "anti_dsdna_uln": 30,
}
ADVICE = ("should", "must", "recommend", "you ", "we advise")


def patient(*later: tuple[int, dict[str, Any]], before: dict[str, Any] | None = None) -> Patient:
    visits = [{"day": 0, "values": BEFORE if before is None else before}]
    visits += [{"day": day, "values": values} for day, values in later]
    return patient_from({"id": "p", "age_years": 30, "organs_involved": ["kidney"], "visits": visits}, "test")


def on_day(day: int, who: Patient, programme: str = "erlangen", **more: Any) -> FollowUp:
    return follow_up(who, programme, date.fromisoformat(START) + timedelta(days=day), start=START, **more)


def state(found: FollowUp, item: str) -> str:
    return next(one.state for one in found.visits if one.item == item)


def goal(found: FollowUp, name: str) -> GoalStatus:
    return next(one for one in found.goals if one.id == name)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(4, "upcoming"), (20, "upcoming"), (21, "due"), (28, "due"), (35, "due"), (36, "overdue"), (400, "overdue")],
)
def test_a_visit_is_upcoming_then_due_then_overdue(day: int, expected: str) -> None:
    """One month after 31 January 2025 is 28 February, day 28, with a window of 7 days."""
    assert state(on_day(day, patient()), "visit_month_1") == expected


def test_days_late_count_from_the_end_of_the_window() -> None:
    found = on_day(40, patient())
    assert next(one.days_late for one in found.of_state("overdue") if one.item == "visit_month_1") == 5


def test_a_recorded_visit_counts_once_for_the_nearest_planned_one() -> None:
    found = on_day(60, patient((20, {"crp": 3})))
    assert state(found, "visit_day_21") == "done, incomplete"
    assert [one.visit_day for one in found.visits].count(20) == 1


def test_the_recorded_visit_that_lies_nearest_counts() -> None:
    found = on_day(60, patient((26, {"crp": 3}), (28, {"crp": 3})))
    assert {one.item: one.visit_day for one in found.visits}["visit_month_1"] == 28
    late = on_day(60, patient((23, {"crp": 3})))
    assert {one.item: one.visit_day for one in late.visits}["visit_day_21"] == 23


def test_tests_without_a_value_are_named_and_one_of_several_assays_is_enough() -> None:
    found = on_day(60, patient((28, {"creatinine": 0.8, "anti_dsdna_farr": 3, "c3": 1.0})), "ozek.msc")
    missing = next(one for one in found.visits if one.visit_day == 28).missing
    assert "complete blood count" in missing
    assert "complement C3 and C4" in missing
    assert not {"kidney function", "anti-dsDNA", "symptoms"} & set(missing)


def test_values_beyond_the_laboratorys_limits_are_abnormal() -> None:
    found = on_day(100, patient((89, {"c3": 0.8, "c4": 0.2})))
    assert next(one for one in found.visits if one.visit_day == 89).abnormal == ("Complement C3 0.8 g/L, below 0.9",)


def test_visits_after_today_are_not_known_yet() -> None:
    who = patient((28, {"igg": 2}))
    assert not on_day(27, who).alerts
    assert on_day(28, who).alerts


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("prednisone_5", {"prednisone": 5}, "met"),
        ("prednisone_5", {"prednisone": 5.1}, "not met"),
        ("prednisone_5", {}, "cannot tell"),
        ("upcr_halved", {"upcr": 1.0}, "met"),
        ("upcr_halved", {"upcr": 1.01}, "not met"),
        ("upcr_halved", {"upcr": "<0.25 g/g"}, "met"),
        ("upcr_halved", {"upcr": ">0.3 g/g"}, "cannot tell"),
        ("upcr_halved", {"upcr": ">3 g/g"}, "not met"),
        ("complement_normal", {"c3": 0.9, "c4": 0.1}, "met"),
        ("complement_normal", {"c3": 0.9}, "cannot tell"),
        ("complement_normal", {"c3": 0.89}, "not met"),
        ("complement_normal", {"low_complement": False}, "met"),
        ("complement_normal", {"low_complement": True}, "not met"),
        ("sledai_falls", {"sledai_2k": 10}, "met"),
        ("sledai_falls", {"sledai_2k": 11}, "not met"),
        ("dsdna_falls", {"anti_dsdna": 149}, "met"),
        ("dsdna_falls", {"anti_dsdna": 150, "anti_dsdna_uln": 30}, "not met"),
        ("dsdna_falls", {"anti_dsdna_farr": 3}, "cannot tell"),
        ("dsdna_falls", {"anti_dsdna_farr": 3, "anti_dsdna_farr_uln": 7}, "met"),
        ("doris", {"clinical_sledai": 0, "pga": 0.3, "prednisone": 5}, "met"),
        ("doris", {"clinical_sledai": 0, "pga": 0.5, "prednisone": 5}, "not met"),
        ("doris", {"clinical_sledai": 0, "prednisone": 5}, "cannot tell"),
        ("doris", {"doris_remission": True}, "met"),
    ],
)
def test_goals_are_met_not_met_or_open(name: str, values: dict[str, Any], expected: str) -> None:
    found = goal(on_day(200, patient((180, values))), name)
    assert found.state == expected
    assert (found.day == 180) == (expected != "cannot tell") or found.state == "cannot tell"


def test_without_a_value_before_treatment_a_fall_cannot_be_told() -> None:
    found = on_day(200, patient((180, {"upcr": 1.0, "sledai_2k": 2, "anti_dsdna": 20}), before={"age": 30}))
    assert {goal(found, name).state for name in ("upcr_halved", "sledai_falls", "dsdna_falls")} == {"cannot tell"}


def test_a_goal_rests_on_the_newest_value() -> None:
    found = goal(on_day(200, patient((28, {"prednisone": 5}), (180, {"prednisone": 20}))), "prednisone_5")
    assert (found.state, found.day) == ("not met", 180)


def test_a_goal_of_the_page_is_called_so_and_others_are_not() -> None:
    assert goal(on_day(10, patient(), "ozek.msc"), "complement_normal").source == "ozek_page"
    assert goal(on_day(10, patient(), "erlangen"), "complement_normal").basis == "project default"


@pytest.mark.parametrize(
    ("day", "values", "alert", "severity"),
    [
        (90, {"igg": 3.9}, "igg_low", "warning"),
        (10, {"neutrophils": 0.49}, "neutrophils_low", "urgent"),
        (10, {"platelets": 49}, "platelets_low", "warning"),
        (10, {"platelets": 20}, "platelets_very_low", "urgent"),
        (10, {"hemoglobin": 7.9}, "hemoglobin_low", "warning"),
        (14, {"temperature": 38.0}, "fever_crs", "urgent"),
        (15, {"temperature": 38.0}, "fever_neutropenia", "warning"),
        (8, {"upcr": 2.5}, "proteinuria_licats", "warning"),
        (120, {"upcr": 2.5}, "proteinuria", "warning"),
        (5, {"crs_grade": 1}, "crs", "urgent"),
        (5, {"icans_grade": 2}, "icans", "urgent"),
        (30, {"infection_active": True}, "infection", "urgent"),
        (30, {"pregnant": True}, "pregnancy", "urgent"),
    ],
)
def test_alerts(day: int, values: dict[str, Any], alert: str, severity: str) -> None:
    found = {one.id: one for one in on_day(200, patient((day, values))).alerts}
    assert found[alert].severity == severity
    assert found[alert].day == day


@pytest.mark.parametrize(
    ("day", "values", "alert"),
    [
        (90, {"igg": 4.0}, "igg_low"),
        (10, {"neutrophils": 0.5}, "neutrophils_low"),
        (10, {"temperature": 37.9}, "fever_crs"),
        (15, {"temperature": 39.0}, "fever_crs"),
        (2, {"upcr": 2.5}, "proteinuria_licats"),
        (61, {"upcr": 2.5}, "proteinuria_licats"),
        (8, {"upcr": 1.5}, "proteinuria_licats"),
        (30, {"infection_active": False}, "infection"),
        (10, {"creatinine": 1.4}, "creatinine_rise"),
    ],
)
def test_no_alert_at_the_border_or_outside_the_window(day: int, values: dict[str, Any], alert: str) -> None:
    assert alert not in {one.id for one in on_day(200, patient((day, values))).alerts}


def test_new_proteinuria_in_the_window_is_not_called_a_flare() -> None:
    found = {one.id: one for one in on_day(9, patient((8, {"upcr": 1.1}), before={"upcr": 0.4})).alerts}
    assert "LICATS" in found["proteinuria_licats"].reason
    assert "not called a flare" in found["proteinuria_licats"].reason


def test_creatinine_is_compared_with_the_value_before_treatment() -> None:
    found = on_day(30, patient((28, {"creatinine": 1.2}), before={"creatinine": 0.8}))
    assert [one.id for one in found.alerts] == ["creatinine_rise"]


def test_a_bound_that_leaves_it_open_is_pointed_out_as_open() -> None:
    alert = on_day(90, patient((80, {"igg": "<5 g/L"}))).alerts[0]
    assert not alert.certain
    assert "open" in alert.reason


def test_an_alert_that_a_later_value_has_overtaken_comes_after_the_current_ones() -> None:
    who = patient((10, {"neutrophils": 0.3}), (40, {"neutrophils": 2.0}), (41, {"neutrophils": 0.2}))
    found = [one for one in on_day(50, who).alerts if one.id == "neutrophils_low"]
    assert [(one.day, one.current) for one in found] == [(41, True), (10, False)]
    assert found[1].settled == "Neutrophils 2 10*9/L, day 40"


def test_crs_is_not_watched_for_after_cells_that_do_not_cause_it() -> None:
    found = {one.id for one in on_day(5, patient((2, {"temperature": 38.5})), "ozek.msc").alerts}
    assert found == {"fever_msc"}


def test_the_agenda_names_what_is_planned_next() -> None:
    found = on_day(-6, patient())
    ahead = [(one.date.isoformat(), one.item) for one in found.agenda]
    assert ("2025-01-26", "dose_fludarabine_1") in ahead
    assert ("2025-01-31", "dose_cd19_car_t_1") in ahead
    assert not {"crs_window", "visit_month_1", "range_cd19_car_t", "procedure_1"} & {name for _, name in ahead}
    assert [one.item for one in on_day(90, patient()).agenda] == []
    assert [one.item for one in on_day(80, patient()).agenda] == ["vaccines_seasonal"]


def test_windows_open_today_are_named() -> None:
    assert any(text.startswith("LICATS window") for text in on_day(30, patient()).open_windows)
    assert not on_day(200, patient()).open_windows


@settings(deadline=None)
@given(st.floats(0, 10), st.sampled_from(["=", "<", "<=", ">", ">="]), st.floats(0, 10), st.floats(0, 10))
def test_comparisons_of_bounds_never_contradict_a_value_they_allow(
    bound: float, sign: Any, limit: float, value: float
) -> None:
    found = Measurement(bound, sign)
    allowed = {"=": value == bound, "<": value < bound, "<=": value <= bound, ">": value > bound, ">=": value >= bound}
    if allowed[sign]:
        assert below(found, limit) in (None, value < limit)
        assert measured_at_most(found, limit) in (None, value <= limit)
        assert not above(found, limit) or value > limit


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(plan_names()), st.integers(-60, 6000), st.integers(-400, 400))
def test_moving_start_and_today_together_changes_no_count_of_days(name: str, day: int, moved: int) -> None:
    """Calendar months may differ by up to three days, so only what is counted in days is compared."""
    who = patient((7, {"igg": 3}), (90, {"prednisone": 5}))
    zero = date(2020, 5, 1)
    one, other = (
        follow_up(who, name, start + timedelta(days=day), start=start) for start in (zero, zero + timedelta(days=moved))
    )
    assert one.day == other.day == day
    assert [alert.id for alert in one.alerts] == [alert.id for alert in other.alerts]
    assert [(found.id, found.state) for found in one.goals] == [(found.id, found.state) for found in other.goals]
    in_days = [one.item for one in one.visits if one.item.startswith("visit_day")]
    assert [state(one, item) for item in in_days] == [state(other, item) for item in in_days]


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(["igg", "neutrophils", "platelets", "upcr", "c3", "prednisone"]), st.floats(0.1, 2.9))
def test_a_new_value_never_makes_a_settled_goal_of_another_variable_open(name: str, value: float) -> None:
    settled = {"prednisone": 4, "upcr": 0.3, "c3": 1.0, "c4": 0.2, "sledai_2k": 2, "anti_dsdna": 10}
    before = {one.id: one.state for one in on_day(200, patient((100, settled))).goals}
    after = on_day(200, patient((100, settled), (150, {name: value}))).goals
    assert all(one.state != "cannot tell" for one in after if before[one.id] != "cannot tell")


def stored_forecast(folder: Path, who: Patient, therapy: str = "cd19_car_t", withheld: str | None = None) -> Path:
    days = np.array([-20.0, 0.0, 30.0, 90.0])
    quantiles = np.array([[0.0] * 4, [1.0] * 4, [2.0] * 4, [3.0] * 4, [4.0, 4.0, 4.0, 10.0]])
    band = Band("igg", days, quantiles, np.empty((0, 4)))
    arm = ForecastArm(therapy, "x", "x", 20, (), {"igg": band}, (), (), {}, withheld, "", (), ())
    text = json.dumps({"patient": as_stored(who), "arms": [as_stored(arm)], "months": 24})
    (folder / "forecast.json").write_text(text, encoding="utf-8")
    return folder


def test_values_are_placed_in_the_bands_of_the_forecast(tmp_path: Path) -> None:
    who = patient((30, {"igg": 4.0}), (60, {"igg": 7.1}), (90, {"igg": 9, "c3": 1}), (91, {"igg": 5}))
    run = stored_forecast(tmp_path, who)
    found = on_day(100, who, forecast=run).bands
    assert [(one.day, one.high, one.place) for one in found] == [
        (30, 4.0, "within"),
        (60, 7.0, "above"),
        (90, 10.0, "within"),
    ]
    assert on_day(100, who, forecast=run / "forecast.json").bands == found


@pytest.mark.parametrize(
    ("value", "sign", "expected"),
    [
        (1, "=", "within"),
        (0.9, "=", "below"),
        (2.1, "=", "above"),
        (1, "<", "below"),
        (2, ">", "above"),
        (1.5, "<", "cannot tell"),
    ],
)
def test_bounds_are_placed_only_where_they_settle_it(value: float, sign: Any, expected: str) -> None:
    assert place_of(Measurement(value, sign), 1.0, 2.0) == expected


def test_without_an_efficacy_forecast_there_is_no_comparison_but_the_reason(tmp_path: Path) -> None:
    who = patient((30, {"igg": 4.0}))
    found = on_day(100, who, forecast=stored_forecast(tmp_path, who, withheld="No data from people."))
    assert not found.bands
    assert found.notes == ("No comparison with the forecast: No data from people.",)


def test_a_forecast_of_somebody_else_or_another_therapy_is_refused(tmp_path: Path) -> None:
    who = patient()
    run = stored_forecast(tmp_path, replace(who, id="other"))
    with pytest.raises(InputError, match="a forecast of p"):
        on_day(10, who, forecast=run)
    run = stored_forecast(tmp_path, who, therapy="rituximab")
    with pytest.raises(InputError, match="an arm of cd19_car_t"):
        on_day(10, who, forecast=run)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"patient": 1}', '{"patient": {"id": "p"}, "arms": [{}]}', "no"])
def test_a_record_that_is_no_forecast_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "forecast.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        on_day(10, patient(), forecast=tmp_path)


def test_a_missing_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        on_day(10, patient(), forecast=tmp_path / "none")


def test_day_0_comes_from_the_plan_the_option_or_a_dated_visit() -> None:
    dated = patient_from({"id": "p", "visits": [{"day": 7, "date": "2025-02-07"}]}, "test")
    assert follow_up(dated, "sheba", "2025-03-01").start == date(2025, 1, 31)
    undated = patient_from({"id": "p", "visits": [{"day": 7}]}, "test")
    assert follow_up(undated, "sheba", "2025-03-01", start="2025-01-01").start == date(2025, 1, 1)
    moved = follow_up(dated, plan(dated, "sheba", "2025-01-02"), "2025-03-01")
    assert moved.start == date(2025, 1, 2)
    assert "day 0 of the record 2025-01-31" in moved.notes[0]


@pytest.mark.parametrize("file", [{"reference_date": "2025-01-31"}, {"visits": [{"day": 7, "date": "2025-02-07"}]}])
def test_an_option_that_contradicts_the_file_is_refused(file: dict[str, object]) -> None:
    patient = patient_from({"id": "p", **file}, "test")
    assert follow_up(patient, "sheba", "2025-03-01", start="2025-01-31").day == 29
    with pytest.raises(InputError, match="2025-01-31, the date of day 0 in the record"):
        follow_up(patient, "sheba", "2025-03-01", start="2020-01-01")


def test_where_day_0_is_unknown_today_is_the_last_visit_and_this_is_said() -> None:
    found = follow_up(read_case("erlangen-first-car-t"), "erlangen", "2021-05-01")
    assert found.day == 44
    assert "taken as the day of the last recorded visit, day 44" in found.notes[0]


def test_the_first_patient_of_erlangen_after_44_days() -> None:
    found = follow_up(read_case("erlangen-first-car-t"), "erlangen", "2021-04-28", start="2021-03-15")
    states = {one.id: one.state for one in found.goals}
    assert states == {
        "prednisone_5": "cannot tell",
        "doris": "cannot tell",
        "complement_normal": "cannot tell",
        "upcr_halved": "met",
        "sledai_falls": "met",
        "dsdna_falls": "met",
    }
    assert not found.alerts


@pytest.mark.parametrize("name", plan_names())
@pytest.mark.parametrize("case", case_names())
def test_every_case_can_be_followed_up_in_every_programme(case: str, name: str) -> None:
    found = follow_up(read_case(case), name, "2026-06-01", start="2024-02-29")
    record = json.loads(dumped(plan_plain(found)))
    assert record["research_use_only"] == RESEARCH_USE_ONLY
    assert {one["source"] for one in (*record["goals"], *record["alerts"])} == set(record.pop("sources"))
    text = dumped(record)
    assert not [word for word in ADVICE if word in text.lower()]


@pytest.mark.parametrize("today", ["", "today", "2025-02-30", "1800-01-01", "2500-01-01", "2025-01-01 "])
def test_a_day_that_is_none_is_refused(today: str) -> None:
    with pytest.raises(InputError):
        follow_up(patient(), "sheba", today, start=START)


app = typer.Typer()
app.command()(command)
WIDE = {"COLUMNS": "400"}


def test_the_command_prints_visits_goals_alerts_and_bands(tmp_path: Path) -> None:
    values = "{upcr: 1.1, igg: 3, temperature: 38.5}"
    text = f"id: p\nvisits:\n  - {{day: 0, values: {{upcr: 0.4}}}}\n  - {{day: 8, values: {values}}}\n"
    (tmp_path / "p.yaml").write_text(text, encoding="utf-8")
    run = stored_forecast(tmp_path, patient())
    arguments = [str(tmp_path / "p.yaml"), "-p", "erlangen", "--today", "2025-04-01", "--start", START]
    result = CliRunner().invoke(app, [*arguments, "--forecast", str(run)], env=WIDE)
    assert result.exit_code == 0, result.output
    for told in ("overdue", "LICATS", "flagged, not called", "cannot tell", "nine of ten", "13 more visits"):
        assert told in result.output
    assert result.output.rstrip().endswith(RESEARCH_USE_ONLY)
    record = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)
    assert record["alerts"][0]["id"] == "fever_crs"
    assert record["day"] == 60


def test_the_command_refuses_what_is_not_a_programme() -> None:
    result = CliRunner().invoke(app, ["example-nephritis", "-p", "ozek", "--today", "2025-02-10"])
    assert isinstance(result.exception, InputError)
