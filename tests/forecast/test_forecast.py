"""The whole chain on a shipped case: reproducible to the byte, comparable between arms, honest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lupercal.errors import InputError
from lupercal.forecast.result import forecast_record
from lupercal.forecast.run import Computed, Request, compute
from lupercal.forecast.store import courses_table, write_courses
from lupercal.instruments.lldas import new_activity
from lupercal.instruments.registry import score_simulated
from lupercal.patient.cases import read_case
from lupercal.patient.record import Patient

REQUEST = Request(("standard_care", "cd19_car_t", "exosomes"), virtual_patients=40, months=6, seed=5)


def silent(_: str, __: float) -> None:
    pass


@pytest.fixture(scope="module")
def patient() -> Patient:
    return read_case("example-nephritis")


@pytest.fixture(scope="module")
def computed(patient: Patient) -> Computed:
    return compute(patient, REQUEST, silent)


def test_same_seed_same_bytes_for_any_chunk_size(patient: Patient, computed: Computed, tmp_path: Path) -> None:
    write_courses(computed, tmp_path / "whole.parquet")
    write_courses(compute(patient, replace(REQUEST, chunk_size=7), silent), tmp_path / "chunked.parquet")
    assert (tmp_path / "chunked.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()


@pytest.mark.slow
def test_same_bytes_where_few_and_where_many_live_together(patient: Patient, tmp_path: Path) -> None:
    asked, found = Request(("cd19_car_t",), virtual_patients=130, months=6, seed=5), []
    for size in (2048, 1, 7, 100):
        write_courses(compute(patient, replace(asked, chunk_size=size), silent), tmp_path / f"{size}.parquet")
        found.append((tmp_path / f"{size}.parquet").read_bytes())
    assert len(set(found)) == 1


@pytest.mark.slow
def test_one_more_patient_and_one_more_therapy_change_nobody_else(patient: Patient, computed: Computed) -> None:
    more = compute(patient, replace(REQUEST, virtual_patients=41, therapies=(*REQUEST.therapies, "rituximab")), silent)
    old = courses_table(computed)
    same = courses_table(more).filter((pl.col("virtual_patient") < 40) & (pl.col("therapy") != "rituximab"))
    assert same.equals(old, null_equal=True)


@pytest.mark.slow
def test_another_seed_gives_another_forecast(patient: Patient, computed: Computed) -> None:
    other = compute(patient, replace(REQUEST, seed=6, therapies=("standard_care",)), silent)
    ours = courses_table(computed).filter(pl.col("therapy") == "standard_care")
    assert not courses_table(other).equals(ours, null_equal=True)


def test_all_arms_begin_with_the_same_patients(computed: Computed) -> None:
    first = [run.columns["sledai_2k"][0] for run in computed.runs]
    assert np.array_equal(first[0], first[1])
    assert np.array_equal(computed.runs[0].columns["anti_dsdna"][0], computed.runs[1].columns["anti_dsdna"][0])


def test_a_product_at_zero_potency_runs_as_standard_care_and_withholds_efficacy(computed: Computed) -> None:
    care, exosomes = computed.runs[0], computed.runs[2]
    assert np.allclose(care.columns["upcr"], exosomes.columns["upcr"], rtol=1e-3)
    assert "No data" in (computed.forecast.arms[2].efficacy_withheld or "")


def test_virtual_visits_score_as_any_other_visits(computed: Computed) -> None:
    for run in computed.runs:
        without_total = {name: column for name, column in run.columns.items() if name != "sledai_2k"}
        assert np.array_equal(score_simulated("sledai_2k", without_total).value, run.columns["sledai_2k"])


def test_a_forecast_tells_what_a_reader_needs(computed: Computed) -> None:
    forecast = computed.forecast
    assert forecast.match.effective_sample_size >= 20
    assert {item.variable for item in forecast.match.variables} >= {"sledai_2k", "upcr", "c3", "egfr"}
    assert [arm.therapy for arm in forecast.arms] == list(REQUEST.therapies)
    for arm in forecast.arms:
        assert sum(arm.patient_outcomes.values()) == 40
        if arm.efficacy_withheld is None:
            assert {chance.month for chance in arm.chances} == {1, 3, 6}
            assert set(arm.bands) >= {"sledai_2k", "anti_dsdna", "c3", "upcr", "egfr", "cd19", "igg", "prednisone"}
            assert set(arm.incidence) >= {"first_remission", "relapse_since_remission", "serious_infection"}
        else:
            assert (arm.chances, arm.toxicity, dict(arm.bands), dict(arm.incidence)) == ((), (), {}, {})
        ours = {"lupercal", "textbook"}  # our own assumptions and what every textbook says have no citation
        assert all(key in forecast.sources for key in set(arm.sources) - ours)


def test_car_t_arms_alone_speak_of_cytokine_release(computed: Computed) -> None:
    names = [{chance.outcome for chance in arm.toxicity} for arm in computed.forecast.arms]
    assert "crs_1" in names[1]
    assert "crs_1" not in names[0]


def test_bands_are_ordered_quantiles(computed: Computed) -> None:
    for arm in computed.forecast.arms:
        for band in arm.bands.values():
            assert band.quantiles.shape == (5, len(band.days))
            assert (np.diff(band.quantiles, axis=0) >= 0).all()


def test_the_car_t_arm_stops_drugs_before_the_infusion(computed: Computed) -> None:
    prednisone = computed.runs[1].columns["prednisone"]
    days = computed.runs[1].calendar.visits
    assert (prednisone[days > 0] == 0).all()
    assert (prednisone[days < -15] == 10).all()


def test_units_stand_in_the_file(computed: Computed, tmp_path: Path) -> None:
    write_courses(computed, tmp_path / "courses.parquet")
    metadata = pl.read_parquet_metadata(tmp_path / "courses.parquet")
    assert '"anti_dsdna": "[iU]/mL"' in metadata["units"] or '"anti_dsdna": "[IU]/mL"' in metadata["units"]


def test_the_record_is_plain_json_without_nan(computed: Computed) -> None:
    import json

    assert "NaN" not in json.dumps(forecast_record(computed.forecast), allow_nan=False)


def test_without_known_drugs_the_population_s_are_drawn() -> None:
    done = compute(read_case("lsm-140689-2"), replace(REQUEST, therapies=("standard_care",), months=1), silent)
    assert any("drawn from the population" in line for line in done.forecast.background)
    assert len(np.unique(done.runs[0].columns["prednisone"])) > 1


@pytest.mark.parametrize(("field", "value"), [("virtual_patients", 0), ("months", 0), ("months", 999), ("seed", -1)])
def test_a_request_out_of_range_is_refused(field: str, value: int) -> None:
    with pytest.raises(InputError, match=field.replace("_", " ")):
        replace(REQUEST, **{field: value})  # type: ignore[arg-type]


def test_an_unknown_therapy_is_refused_with_its_neighbours(patient: Patient) -> None:
    with pytest.raises(InputError, match="cd19_car_t"):
        compute(patient, replace(REQUEST, therapies=("cd19_cart",)), silent)


def test_new_activity_is_judged_against_the_last_main_visit(computed: Computed) -> None:
    run = computed.runs[1]
    previous = 0
    for row in range(1, len(run.calendar.visits)):
        before, now = ({name: column[k] for name, column in run.columns.items()} for k in (previous, row))
        assert np.array_equal(new_activity(before, now), run.columns["new_activity"][row], equal_nan=True)
        previous = row if run.calendar.main[row] else previous
