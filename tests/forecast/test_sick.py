"""The very ill get a forecast: twins have their organs, their urine and their drugs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lupercal.engine.choose import integrate
from lupercal.errors import InputError
from lupercal.forecast import search
from lupercal.forecast.personal import personal
from lupercal.forecast.run import Computed, Request, compute
from lupercal.forecast.search import SearchRequest, find_matches
from lupercal.forecast.settings import settings
from lupercal.forecast.targets import targets_of
from lupercal.patient.cases import read_case
from lupercal.patient.read import read_patient
from lupercal.patient.record import Measurement, Patient, Treatment, Visit

FOLDER = Path(__file__).with_name("sick")
CASES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def sick(name: str) -> Patient:
    return read_patient(FOLDER / f"{name}.yaml")


def silent(_: str, __: float) -> None:
    pass


def forecast_of(patient: Patient, *therapies: str, slots: int = 50) -> Computed:
    return compute(patient, Request(therapies or ("standard_care",), slots, 1), silent)


def search_among_few(patched: pytest.MonkeyPatch, most: int) -> None:
    few = (settings().candidates.efforts[0].model_copy(update={"most": most}),)
    choice = settings().candidates.model_copy(update={"batch": 1024, "efforts": few})
    own = settings().model_copy(update={"candidates": choice})
    patched.setattr(search, "settings", lambda: own)


@pytest.fixture(scope="module")
def nephritis() -> Computed:
    """Return a class III and V nephritis, searched for among few."""
    with pytest.MonkeyPatch.context() as patched:
        search_among_few(patched, 8192)
        return forecast_of(sick("sick-02"), "standard_care", slots=50)


def test_twins_of_a_nephritis_have_one(nephritis: Computed) -> None:
    first = {name: column[0] for name, column in nephritis.runs[0].columns.items()}
    assert nephritis.cohort.people.ever_nephritis.mean() > 0.95
    assert 4 < np.median(first["upcr"]) < 10
    assert first["hematuria"].mean() > 0.5
    assert np.median(first["sledai_2k"]) == pytest.approx(16, abs=2)
    assert (first["prednisone"] == 30).all()


def test_the_distance_of_every_value_is_told(nephritis: Computed) -> None:
    rows = {row.variable: row for row in nephritis.forecast.match.variables}
    assert rows["upcr"].distance < 1
    assert rows["kidney_involved"].cohort_mean > 0.95
    assert all(row.distance >= 0 for row in rows.values())


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search among few."""
    search_among_few(monkeypatch, 4096)


@pytest.mark.usefixtures("small")
def test_a_patient_like_nobody_gets_the_nearest_and_is_told_so() -> None:
    values = {"upcr": Measurement(14.0), "c3": Measurement(2.5), "sledai_2k": Measurement(45.0)}
    strange = Patient(id="x", sex="female", age_years=30.0, visits=(Visit(0, values=values),))
    computed = forecast_of(strange, slots=20)
    match = computed.forecast.match
    assert match.widened > 1
    assert match.effective_sample_size >= settings().candidates.at_least * 0.99
    assert "widened" in match.nearness[0]
    assert "c3" in match.nearness[1]


def test_fewer_asked_for_are_searched_for_less() -> None:
    assert settings().candidates.effort(50).most < settings().candidates.effort(500).most
    assert settings().candidates.effort(50).enough < settings().candidates.effort(500).enough


def test_a_search_says_how_many_resemble_and_whether_it_goes_on() -> None:
    said = list[str]()
    patient = read_case("erlangen-first-car-t")
    find_matches(SearchRequest(targets_of(patient), personal(patient), 1, slots=50), lambda what, _: said.append(what))
    assert said[1].startswith("2048 drawn: worth ")
    assert said[1].endswith("searching on")
    assert said[-1].endswith("search ends")
    assert all(len(what) <= 44 for what in said)


@pytest.mark.usefixtures("small")
def test_the_same_seed_finds_the_same_people_with_other_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    patient = read_case("erlangen-first-car-t")
    sought = SearchRequest(targets_of(patient), personal(patient), 7, slots=50)
    one = find_matches(sought, silent)
    monkeypatch.setattr("lupercal.course.follow.integrate", lambda task, engine, _: integrate(task, engine, 1))
    other = find_matches(sought, silent)
    assert np.array_equal(one.cohort.patients, other.cohort.patients)
    assert np.array_equal(one.weights, other.weights)


@pytest.mark.usefixtures("small")
def test_a_failed_drug_makes_twins_in_whom_it_does_less() -> None:
    patient = replace(read_case("erlangen-first-car-t"), treatments=())
    failed = replace(patient, treatments=(Treatment("mycophenolate_mofetil", status="failed"),))
    found = [
        find_matches(SearchRequest(targets_of(one), personal(one), 1, slots=50), silent) for one in (patient, failed)
    ]
    score = [float((one.weights * one.cohort.columns["resists_antiproliferative"]).sum()) for one in found]
    assert score[1] > score[0] + 0.2


@pytest.mark.usefixtures("small")
def test_a_current_biologic_stays_in_every_arm() -> None:
    computed = forecast_of(sick("sick-09"), "standard_care", "rituximab", "telitacicept", slots=10)
    arms = {arm.therapy: " ".join(arm.doses_in_words) for arm in computed.forecast.arms}
    assert "Belimumab" in arms["standard_care"]
    assert "Belimumab" in arms["rituximab"]
    assert "Belimumab" not in arms["telitacicept"]  # one of the same kind takes its place
    assert (computed.runs[0].columns["on_biologic"] == 1).all()
    assert any("goes on in every arm" in line for line in computed.forecast.background)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_very_ill_get_a_forecast_from_people_like_them(name: str) -> None:
    patient = sick(name)
    match = forecast_of(patient, "standard_care", slots=500).forecast.match
    rows = {row.variable: row for row in match.variables}
    assert match.effective_sample_size >= settings().candidates.at_least * 0.99
    assert abs(rows["sledai_2k"].cohort_median - rows["sledai_2k"].observed) <= 4
    assert rows["upcr"].distance <= 1.5
    if "kidney" in patient.organs_involved:
        assert rows["kidney_involved"].cohort_mean > 0.9
    if rows["nervous_activity"].observed == 1:
        assert rows["nervous_activity"].cohort_mean > 0.8


def test_there_are_twelve_of_them() -> None:
    totals = [sick(name).baseline().values["sledai_2k"].value for name in CASES]
    assert len(totals) == 12
    assert (min(totals), max(totals)) == (16, 36)


def test_a_case_file_with_a_wrong_value_is_one_clear_error(tmp_path: Path) -> None:
    bad = (FOLDER / "sick-01.yaml").read_text().replace("value: 4.8", "value: -4.8")
    (tmp_path / "bad.yaml").write_text(bad)
    with pytest.raises(InputError, match="upcr"):
        read_patient(tmp_path / "bad.yaml")
