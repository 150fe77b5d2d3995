"""One answer to what a visit's SLEDAI-2K is, whoever asks."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from lupercal.cli.main import app
from lupercal.forecast.assess import assess_baseline
from lupercal.forecast.targets import targets_of
from lupercal.instruments.clinical_sledai import activity
from lupercal.instruments.registry import score
from lupercal.instruments.result import Status
from lupercal.instruments.sledai_items import DESCRIPTORS, WEIGHTS
from lupercal.patient.cases import case_names, read_case
from lupercal.rules.facts import facts_of
from lupercal.visits.of_patient import baseline_columns
from lupercal.visits.totals import total_at, with_totals

ITEMS = st.fixed_dictionaries({name: st.sampled_from([0.0, 1.0, np.nan]) for name in DESCRIPTORS})
STATED = st.one_of(st.just(np.nan), st.integers(0, 40).map(float))


@pytest.mark.parametrize("name", case_names())
def test_commands_forecasts_and_rules_give_the_same_answer(name: str) -> None:
    patient = read_case(name)
    day = patient.baseline().day
    columns = baseline_columns(patient)
    told = total_at("sledai_2k", columns)
    printed = json.loads(CliRunner().invoke(app, ["assess", name, "--json", "-i", "sledai_2k"]).stdout)
    of_command = next(visit["scores"][0] for visit in printed["visits"] if visit["day"] == day)
    of_forecast = next(one for one in assess_baseline(patient) if one.instrument == "sledai_2k")
    assert of_command["value"] == of_forecast.value
    assert [of_command["low"], of_command["high"]] == [of_forecast.low, of_forecast.high]
    matched = [one for one in targets_of(patient).used if one.variable == "sledai_2k"]
    facts = facts_of(patient, day).columns
    if not np.isnan(told.value):
        assert of_forecast.value == float(told.value)
        assert [(one.low, one.high) for one in matched] == [(float(told.value), float(told.value))]
        assert facts["sledai_2k"][0, -1] == told.value
    assert [of_forecast.low, of_forecast.high] == [float(told.low), float(told.high)]


def test_the_first_patient_given_car_t_cells_had_sixteen_points() -> None:
    patient = read_case("erlangen-first-car-t")
    assert next(one.value for one in assess_baseline(patient) if one.instrument == "sledai_2k") == 16


@given(ITEMS, STATED)
def test_recorded_before_items_before_bounds(items: dict[str, float], stated: float) -> None:
    columns = {name: np.array(value) for name, value in items.items()} | {"sledai_2k": np.array(stated)}
    told, alone = total_at("sledai_2k", columns), score("sledai_2k", items)
    if stated < alone.low or stated > alone.high:
        assert told.status == Status.CONFLICT
        assert np.isnan(told.value)
        assert told.low <= min(stated, float(alone.low))
        assert told.high >= max(stated, float(alone.high))
        return
    if not np.isnan(stated):
        assert told.value == told.low == told.high == stated
        assert told.warnings["recorded_total"]
    else:
        assert np.array_equal(told.value, alone.value, equal_nan=True)
        assert alone.low <= told.low <= told.high <= alone.high
    found = activity(columns, "sledai_2k")
    assert (found.low, found.high) == (told.low, told.high)


@given(ITEMS, st.integers(0, 105))
def test_one_total_bounds_the_other_and_the_truth_stays_inside(items: dict[str, float], serology: int) -> None:
    truth = {name: (float(serology % 2) if np.isnan(value) else value) for name, value in items.items()}
    total = sum(WEIGHTS[name] for name, value in truth.items() if value)
    clinical = total - sum(WEIGHTS[name] for name in ("low_complement", "increased_dna_binding") if truth[name])
    columns = {name: np.array(value) for name, value in items.items()} | {"sledai_2k": np.array(float(total))}
    for bounded in (total_at("clinical_sledai", columns), activity(columns, "clinical_sledai")):
        assert bounded.low <= clinical <= bounded.high
        assert bounded.high <= total
        assert bounded.low >= total - 6


def test_causes_other_than_lupus_cannot_be_taken_out_of_a_total() -> None:
    columns = {"sledai_2k": np.array([8.0]), "rash": np.array([1.0]), "rash@attributed_to": np.array([3.0])}
    assert total_at("sledai_2k", columns, attribution="recorded").value.tolist() == [8.0]
    own = total_at("sledai_2k", columns, attribution="lupus")
    assert np.isnan(own.value).all()
    assert (own.low.tolist(), own.high.tolist()) == ([6.0], [8.0])


def test_what_nobody_recorded_stays_unknown() -> None:
    assert set(with_totals({"pga": np.array([1.0])})) == {"pga"}
