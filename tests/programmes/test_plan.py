"""Plans: worked examples, amounts and dates, and that the doses planned are the doses simulated."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal import RESEARCH_USE_ONLY
from lupercal.course.background import background_of
from lupercal.errors import InputError
from lupercal.model.inputs import schedule
from lupercal.patient.cases import case_names, read_case
from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient
from lupercal.programmes.plan import plan
from lupercal.programmes.plan_data import plan_data, plan_names
from lupercal.programmes.plan_items import months_after
from lupercal.programmes.registry import programme
from lupercal.report.plan_files import write_plan
from lupercal.report.plan_text import doses_json, plan_markdown
from lupercal.safety.override import Override
from lupercal.therapy.body import Person
from lupercal.therapy.current import person_of
from lupercal.therapy.dosing import expand

NAMES = st.sampled_from(plan_names())
STARTS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
EXAMPLE = read_case("example-nephritis")


def person(weight: float | None = 60, height: float | None = 170, **values: object) -> Patient:
    size = {"weight": weight, "height": height}
    known = {name: value for name, value in (size | values).items() if value is not None}
    return patient_from({"id": "p", "age_years": 30, "visits": [{"day": 0, "values": known}]}, "test")


def test_a_car_t_plan_of_the_constructed_example() -> None:
    made = plan(EXAMPLE, "erlangen", "2025-01-31")
    days = {item.id: (item.day, item.last_day) for item in made.items}
    assert days["procedure_1"] == (-20, -20)
    assert days["manufacturing"] == (-19, -6)
    assert days["dose_lymphodepletion_flu_cy_1"] == (-5, -3)
    assert days["crs_window"] == (0, 14)
    assert days["licats_window"] == (3, 60)
    fludarabine = made.item("dose_fludarabine_1")
    assert (fludarabine.title, fludarabine.basis) == ("Fludarabine 25 mg/m² = 42.3 mg, i.v.", "published")
    assert made.item("dose_cd19_car_t_1").title == "CD19 CAR T cells 1 × 10^6/kg = 6.2 × 10^7 cells, i.v."
    assert made.item("dose_cyclophosphamide_1").source == "mackensen_2022"


def test_follow_up_is_at_1_3_6_and_12_months_and_long_term_to_15_years() -> None:
    made = plan(EXAMPLE, "sheba", "2024-01-31")
    visits = [made.item(f"visit_month_{month}").date for month in (1, 3, 6, 12)]
    assert visits == [date(2024, 2, 29), date(2024, 4, 30), date(2024, 7, 31), date(2025, 1, 31)]
    years = [item.date for item in made.items if item.section == "long term"]
    assert years == [months_after(date(2024, 1, 31), 12 * year) for year in range(2, 16)]


@pytest.mark.parametrize(
    ("start", "months", "due"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-01-29", 1, "2024-02-29"),
        ("2023-01-29", 1, "2023-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2024-11-30", 3, "2025-02-28"),
        ("2025-12-31", 6, "2026-06-30"),
        ("1999-12-31", 2, "2000-02-29"),
        ("2099-12-31", 2, "2100-02-28"),
    ],
)
def test_calendar_months(start: str, months: int, due: str) -> None:
    assert months_after(date.fromisoformat(start), months) == date.fromisoformat(due)


def test_gencell_sessions_and_visits_after_the_last() -> None:
    apart = plan(EXAMPLE, "gencell.msc_45_days", "2025-01-01")
    assert [item.day for item in apart.items if item.id.startswith("dose_msc")] == [0, 45, 90]
    assert apart.item("visit_month_1").date == months_after(date(2025, 4, 1), 1)
    days = plan(EXAMPLE, "gencell.msc_3_days", "2025-01-01")
    assert [item.day for item in days.items if item.id.startswith("dose_msc")] == [0, 1, 2]


def test_the_tests_a_page_names_are_its_own_and_the_others_are_not() -> None:
    visit = plan(EXAMPLE, "ozek.msc").item("visit_month_3")
    by_page = {test.id for test in visit.tests if test.basis == "page"}
    assert by_page == {"symptoms", "blood_count", "kidney_function", "anti_dsdna"}
    assert {test.source for test in visit.tests if test.basis != "page"} == {"lupercal"}


def test_the_infusion_takes_30_to_60_minutes_as_the_page_says() -> None:
    dose = plan(EXAMPLE, "ozek.msc").item("dose_msc_umbilical_1")
    assert dose.minutes == 60
    assert "30 to 60 min (page" in dose.detail


def test_infusions_of_a_day_follow_one_another() -> None:
    same = [item for item in plan(EXAMPLE, "ozek.ahsct").items if item.day == -7 and item.time]
    assert [(item.time, item.minutes) for item in same] == [("09:00", 120), ("11:00", 120)]


def test_each_current_drug_has_a_line_with_its_washout_and_source() -> None:
    made = plan(EXAMPLE, "sheba")
    mycophenolate = made.item("drug_mycophenolate_mofetil")
    assert (mycophenolate.day, mycophenolate.source) == (-34, "greco_2024")
    assert mycophenolate.flags, "the regimen ends it on the day of leukapheresis, two weeks late"
    assert not made.item("drug_prednisone").flags, "10 mg/d are allowed"
    assert plan(person(prednisone=20), "sheba").item("drug_prednisone").flags
    assert "no specific washout" in made.item("drug_hydroxychloroquine").detail


def test_a_drug_without_a_known_dose_is_told_and_not_dosed() -> None:
    patient = patient_from({"id": "p", "treatments": [{"drug": "belimumab", "status": "current"}]}, "test")
    made = plan(patient, "sheba")
    assert made.item("drug_belimumab").day == -27
    assert any("belimumab" in text for text in made.assumptions)
    assert "belimumab" not in {dose.product for dose in made.expansion.doses}


def test_an_unknown_size_is_assumed_aloud_on_every_dose_it_enters() -> None:
    made = plan(patient_from({"id": "p"}, "test"), "erlangen")
    assert {"Body weight is not known; 65 kg is assumed.", "Body height is not known; 1.65 m is assumed."} <= set(
        made.assumptions
    )
    assert len(made.item("dose_fludarabine_1").flags) == 2
    assert made.item("dose_cd19_car_t_1").flags == ("Body weight is not known; 65 kg is assumed.",)
    assert "(assumed)" in plan_markdown(made)


def test_a_child_of_unknown_size_is_warned_of() -> None:
    made = plan(read_case("krickau-15f"), "published_car_t_trial")
    assert any("under 18" in text for text in made.warnings)


def test_doses_outside_what_was_published_are_flagged_where_they_stand() -> None:
    made = plan(EXAMPLE, "celltex")
    dose = made.item("dose_msc_adipose_1")
    assert dose.basis == "project default"
    assert dose.flags == made.warnings
    assert dose.detail.startswith("autologous")


def test_ranges_of_publications_stand_beside_the_dose_with_their_sources() -> None:
    told = plan(EXAMPLE, "sheba").item("range_cd19_car_t").detail
    assert "mackensen_2022" in told
    assert "10000 to 300000/kg" in told
    assert "= 620000 cells to 1.86 × 10^7 cells at 62 kg" in told


@pytest.mark.parametrize("name", plan_names())
@pytest.mark.parametrize("case", case_names())
def test_every_case_runs_through_every_programme(case: str, name: str) -> None:
    patient = read_case(case)
    made = plan(patient, name, "2025-03-25", overrides=[Override("Dr Example", "a test of the doses")])
    planned = [made.expansion.doses[item.dose] for item in made.items if item.dose is not None]
    assert sorted(planned, key=repr) == sorted(made.expansion.doses, key=repr)
    assert made.expansion == expand(programme(name).therapy, person_of(patient), background_of(patient).known, 24)
    assert RESEARCH_USE_ONLY in plan_markdown(made)
    assert {item.source for item in made.items} <= set(made.sources)


@settings(deadline=None, max_examples=25)
@given(NAMES, st.floats(20, 150), st.floats(120, 200), st.floats(0, 60))
def test_the_doses_planned_are_the_doses_simulated(name: str, weight: float, height: float, steroid: float) -> None:
    made = plan(person(weight, height, prednisone=steroid), name)
    alone = expand(programme(name).therapy, Person(weight, height, 30), {"prednisone": steroid}, 24)
    assert repr(schedule(made.expansion)) == repr(schedule(alone))
    request = doses_json(made)["request"]
    again = expand(request["treatment"], Person(**request["patient"]), request["current"], request["months"])
    assert again.doses == made.expansion.doses
    for item in made.items:
        if item.dose is not None:
            dose = made.expansion.doses[item.dose]
            last = dose.until - 1 if dose.until is not None else item.last_day
            assert (item.day, item.last_day) == (dose.day, last)


@settings(deadline=None, max_examples=25)
@given(NAMES, STARTS, st.integers(-400, 400))
def test_moving_the_start_moves_every_date(name: str, start: date, days: int) -> None:
    """What is counted in days moves by exactly so many days; calendar months follow the calendar instead."""
    one, other = plan(EXAMPLE, name, start), plan(EXAMPLE, name, start + timedelta(days=days))
    moved = {item.id: item for item in other.items}
    assert set(moved) == {item.id for item in one.items}
    in_months = {row.id for row in plan_data(name).items if row.when.month or row.when.years or row.when.last_month}
    for item in one.items:
        shift = moved[item.id].date - item.date  # type: ignore[operator]
        if item.month is None:
            assert shift == timedelta(days=days)
        else:
            assert abs(shift.days - days) <= 3
        if item.id not in in_months and item.month is None:
            assert moved[item.id].last_date - item.last_date == timedelta(days=days)  # type: ignore[operator]


@settings(deadline=None, max_examples=25)
@given(NAMES, STARTS, st.integers(1, 36))
def test_visits_keep_the_day_of_the_month(name: str, start: date, months: int) -> None:
    made = plan(EXAMPLE, name, months_after(start.replace(day=min(start.day, 28)), months))
    last = made.item("visit_month_1").day
    assert 28 <= last - max(d.day for d in made.expansion.doses if d.until is None) <= 31


@settings(deadline=None, max_examples=25)
@given(NAMES, st.floats(20, 100), st.floats(1, 100))
def test_more_weight_is_never_less_of_a_dose(name: str, weight: float, more: float) -> None:
    light, heavy = (plan(person(kg), name).expansion.doses for kg in (weight, weight + more))
    for one, other in zip(light, heavy, strict=True):
        assert (one.product, one.day, one.amount) == (other.product, other.day, other.amount)
        assert other.given > one.given or (other.given == one.given and "kg" not in one.unit and "m2" not in one.unit)


@pytest.mark.parametrize(
    "start",
    [
        "2025-02-29",
        "yesterday",
        "",
        "2025-1-1",
        "1899-12-31",
        "2200-01-01",
        "9999-12-31",
        "2025-03-01T10:00",
        "１",
        "-1",
    ],
)
def test_dates_that_are_none_are_refused(start: str) -> None:
    with pytest.raises(InputError):
        plan(EXAMPLE, "sheba", start)


def test_without_a_date_there_are_days_and_no_calendar(tmp_path: Path) -> None:
    made = plan(EXAMPLE, "sheba")
    assert {item.date for item in made.items} == {None}
    assert {path.name for path in write_plan(made, tmp_path)} == {"plan.json", "doses.json", "plan.md"}


def test_files_are_whole_and_equal_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")  # a second may pass between the two
    made = plan(EXAMPLE, "sheba", "2025-03-25")
    for folder in ("a", "b"):
        write_plan(made, tmp_path / folder)
    for name in ("plan.ics", "plan.json", "doses.json", "plan.md"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert not list(tmp_path.rglob(".*"))
    read = json.loads((tmp_path / "a" / "plan.json").read_text(encoding="utf-8"))
    assert read["research_use_only"] == RESEARCH_USE_ONLY
    assert read["doses"]["doses"] == json.loads((tmp_path / "a" / "doses.json").read_text(encoding="utf-8"))["doses"]


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError):
        write_plan(plan(EXAMPLE, "sheba", "2025-03-25"), tmp_path / "file")


def test_nothing_from_a_patient_file_becomes_markup() -> None:
    patient = patient_from({"id": "p", "title": "<script>|x|", "age_years": 30}, "test")
    assert "<script" not in plan_markdown(plan(patient, "sheba"))
