"""A stop and a plan: no dose, no calendar, no dates, unless somebody overrides it with name and reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lupercal.cli.main import status
from lupercal.errors import InputError
from lupercal.forecast.result import forecast_record
from lupercal.patient.cases import read_case
from lupercal.patient.read import patient_from
from lupercal.programmes.eligibility import eligibilities
from lupercal.programmes.follow_up import follow_up
from lupercal.programmes.plan import plan
from lupercal.programmes.registry import programmes
from lupercal.report.plan_text import plan_json, plan_markdown
from lupercal.report.safety_box import safety_box
from lupercal.report.safety_text import safety_lines
from lupercal.safety.judge import safety_of
from lupercal.safety.override import Override
from tests.report.build import forecast
from tests.safety.cases import HARMLESS, document

PREGNANT = {**HARMLESS, "pregnant": True, "infection_active": True}
GO_ON = Override("Dr A. Example", "the test was repeated and is negative")


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "p.json"
    path.write_text(json.dumps(document(PREGNANT)), encoding="utf-8")
    return path


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", programmes())
def test_a_stop_leaves_no_dose_in_a_plan_and_an_override_brings_all_back(name: str) -> None:
    patient = patient_from(document(PREGNANT), "p")
    stopped, gone_on = plan(patient, name), plan(patient, name, overrides=[GO_ON])
    assert stopped.blocked
    assert not [item for item in stopped.items if item.dose is not None]
    assert {item.dose for item in gone_on.items if item.dose is not None} == set(range(len(gone_on.expansion.doses)))
    assert plan_json(stopped)["doses"]["doses"] == []
    assert "mg/m² = " not in plan_markdown(stopped)  # a dose for this body
    assert GO_ON.text in plan_markdown(gone_on)
    assert plan_json(gone_on)["overrides"] == [{"name": GO_ON.name, "reason": GO_ON.reason}]


def seen_later(danger_day: int, **person: Any) -> Any:
    """Return a person without any danger on day 0, and pregnant at a visit after it."""
    made = document(HARMLESS, **person)
    made["visits"].append({"day": danger_day, "values": {"pregnant": True}})
    return patient_from(made, "p")


@pytest.mark.parametrize(("start", "blocked"), [("2026-06-20", True), ("2026-06-10", False), (None, False)])
def test_a_stop_seen_between_the_baseline_visit_and_the_infusion_blocks_the_dates(start: str, blocked: bool) -> None:
    made = plan(seen_later(14, reference_date="2026-06-01"), "erlangen", start)
    assert made.blocked is blocked
    assert any("Pregnan" in line for line in safety_lines(made.safety)), "it is told either way"


def test_a_record_without_dates_has_its_day_0_at_the_infusion() -> None:
    made = plan(seen_later(14), "erlangen", "2026-06-20")
    assert not made.blocked
    assert next(iter(safety_lines(made.safety))).startswith("Recorded after day 0")


@pytest.mark.parametrize("name", programmes())
def test_a_stop_recorded_after_the_day_that_is_judged_is_told_first(name: str) -> None:
    (one,) = eligibilities(seen_later(14, reference_date="2026-06-01"), [programmes()[name]])
    assert not one.safety.stops
    assert next(iter(safety_lines(one.safety))).startswith("Recorded after day 0 and not counted: a stop on day 14")
    assert one.record()["safety"]["recorded_later"]
    box = safety_box([one.safety])
    assert box is not None
    assert "a stop on day 14" in box.dangers[0]
    assert not box.clear


def test_the_command_refuses_dates_and_writes_nothing(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plan"
    arguments = ["plan", str(case), "-p", "erlangen", "--start", "2027-01-10", "-o", str(out)]
    assert status(arguments) == 2
    told = capsys.readouterr().err
    assert "Pregnancy, Active infection" in told
    assert "--override" in told
    assert not out.exists()
    assert status([*arguments, "--override", GO_ON.text]) == 0
    assert words("OVERRIDDEN (Pregnancy, Active infection) by Dr A. Example") in words(capsys.readouterr().out)
    calendar = (out / "plan.ics").read_text(encoding="utf-8").replace("\r\n ", "")
    assert "In spite of stop: Pregnancy" in calendar
    assert json.loads((out / "plan.json").read_text(encoding="utf-8"))["safety"]["verdict"] == "stop"


def test_a_stop_is_an_answer_of_eligibility(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["eligibility", str(case), "--json"]) == 0
    results: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["results"]
    assert {one["safety"]["verdict"] for one in results} == {"stop"}
    assert all(list(one).index("safety") < list(one).index("status") for one in results)
    assert status(["eligibility", str(case)]) == 0
    shown = capsys.readouterr().out
    assert shown.index("Safety first") < shown.index("stated criteria")
    assert "eligible" not in shown


def test_a_follow_up_lists_no_dose_ahead_where_something_stops() -> None:
    harmless, infected = (patient_from(document(one), "p") for one in (HARMLESS, PREGNANT))
    before = follow_up(harmless, "gencell.msc_45_days", "2027-01-10", start="2027-01-10")
    after = follow_up(infected, "gencell.msc_45_days", "2027-01-10", start="2027-01-10")
    kept = follow_up(infected, "gencell.msc_45_days", "2027-01-10", start="2027-01-10", overrides=[GO_ON])
    assert "cells" in {one.section for one in before.agenda}
    assert "cells" not in {one.section for one in after.agenda}
    assert "cells" in {one.section for one in kept.agenda}
    assert [one.item for one in before.visits] == [one.item for one in after.visits]


def test_the_record_of_a_forecast_begins_with_safety() -> None:
    found = forecast_record(forecast())
    assert next(iter(found)) == "safety"
    json.dumps(found, allow_nan=False)


def test_a_man_is_not_asked_whether_he_is_pregnant_and_a_recorded_pregnancy_is_refused() -> None:
    man = document({name: value for name, value in HARMLESS.items() if name != "pregnant"}, sex="male")
    assert safety_of(patient_from(man, "p"), "cd19_car_t").finding("pregnancy").verdict == "none found"
    with pytest.raises(InputError, match="pregnant"):
        patient_from(document(PREGNANT, sex="male"), "p")


@pytest.mark.parametrize(("days", "verdict"), [(90, "clarify first"), (400, "none found")])
def test_how_long_ago_rituximab_was_given_decides(days: int, verdict: str) -> None:
    given = [{"drug": "rituximab", "status": "stopped", "start_day": -days, "stop_day": -days}]
    values = {**HARMLESS, "b_cell_depletion_recent": False}
    patient = patient_from(document(values, treatments=given), "p")
    assert safety_of(patient, "cd19_car_t").finding("b_cell_depletion_recent").verdict == verdict


def test_the_case_that_was_treated_on_dialysis_is_a_stop_that_somebody_has_to_answer_for() -> None:
    found = safety_of(read_case("krickau-15f"), "cd19_car_t")
    assert [one.rule.id for one in found.stops] == ["kidney_severe"]
    assert "minor" in {one.rule.id for one in found.dangers}


def test_the_number_of_facts_is_that_of_the_names_printed() -> None:
    safety = safety_of(patient_from({"id": "p"}, "p"), "cd19_car_t")
    line = next(line for line in safety_lines(safety) if "not known" in line)
    shown = len(safety.to_find_out)
    assert f"({shown} facts for {len(safety.unsettled)} dangers)" in line
    assert line.endswith(f" and {shown - 12} more")
