"""Laws that hold for any parameters: states stay in range, nothing comes from nothing, therapies act."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.evidence.parameters import parameters, values
from lupercal.model.schedule import Schedule
from lupercal.model.subsystem import Names
from lupercal.model.system import default_parameters, no_inputs, system
from tests.model.single import BELIMUMAB, CD19_CAR_T, DUAL_CAR_T, MSC, RITUXIMAB, integrate, reference_patient

STATES = system().states
positive = st.floats(0.0, 50.0)
states = st.lists(positive, min_size=len(STATES), max_size=len(STATES))


@given(states, st.sampled_from(STATES), st.integers(0, 1), st.integers(0, 1))
@settings(max_examples=200, deadline=None)
def test_no_state_can_be_pushed_below_zero(y: list[float], empty: str, e19: int, ebc: int) -> None:
    """On the boundary the flow points inwards: x = 0 implies dx/dt >= 0."""
    given_states = dict(zip(STATES, y, strict=True)) | {empty: 0.0}
    given_states |= {name: min(given_states[name], 0.5) for name in ("LP", "PN", "NF", "TR")}
    p = default_parameters() | {"e19": float(e19), "eBC": float(ebc)}
    assert system().rates(given_states, p, no_inputs())[empty] >= -1e-12


@given(states)
@settings(max_examples=50, deadline=None)
def test_arrays_and_floats_give_the_same_rates(y: list[float]) -> None:
    alone = system().rates(dict(zip(STATES, y, strict=True)), default_parameters(), no_inputs())
    many: dict[str, Any] = {name: np.full(3, value) for name, value in zip(STATES, y, strict=True)}
    together = system().rates(many, default_parameters(), no_inputs())
    for name in STATES:
        assert np.all(np.broadcast_to(together[name], (3,)) == alone[name])


def test_every_state_has_exactly_one_rate() -> None:
    rates = system().rates(dict.fromkeys(STATES, 0.5), default_parameters(), no_inputs())
    assert sorted(rates) == sorted(STATES)
    assert len(STATES) == 56


def test_every_parameter_of_the_equations_has_data_in_the_file_of_its_subsystem() -> None:
    for part in system().subsystems:
        for row in part.of_kind("parameter"):
            assert parameters()[row.symbol].group == part.name


def test_an_unknown_symbol_is_named() -> None:
    with pytest.raises(AttributeError, match="no symbol 'XY'"):
        _ = Names({"BT": 1.0}).XY


def test_without_autoreactive_cells_and_leak_health_stays() -> None:
    healthy = dict(reference_patient()) | dict.fromkeys(("AM", "PB", "LA", "TH", "DN", "IF"), 0.0)
    one = integrate(healthy, Schedule(), 0, 365, nu=0.0, e_dc=0.0)
    assert one.states["AM"].max() == 0.0
    assert one.at("KI", 365) < 0.02


def test_a_stronger_product_never_leaves_more_autoreactive_cells() -> None:
    nadirs = [
        integrate(reference_patient(), CD19_CAR_T, -20, 120, rho=rho).states["AM"].min()
        for rho in (0.3, 0.36, 0.6, 1.1)
    ]
    assert all(np.diff(nadirs) <= 1e-9)


def test_old_antibodies_tell_cd19_from_bcma() -> None:
    assert integrate(reference_patient(), CD19_CAR_T, -20, 365).at("PV", 365) > 0.8
    assert integrate(reference_patient(), DUAL_CAR_T, -20, 365).at("PV", 365) < 0.2


@pytest.mark.parametrize("schedule", [RITUXIMAB, BELIMUMAB], ids=["rituximab", "belimumab"])
def test_a_schedule_of_zero_doses_is_no_treatment(schedule: Schedule) -> None:
    nothing = Schedule(boluses=tuple(type(b)(b.day, b.state, 0.0) for b in schedule.boluses))
    with_zeros = integrate(reference_patient(), nothing, 0, 100, rtol=1e-9)
    without = integrate(reference_patient(), Schedule(), 0, 100, rtol=1e-9)
    for name in ("AM", "DN", "UP"):
        assert with_zeros.at(name, 100) == pytest.approx(without.at(name, 100), rel=1e-6)


def test_april_block_lowers_igg_more_than_baff_block_alone() -> None:
    baff_only = integrate(reference_patient(), BELIMUMAB, 0, 180)
    with_april = integrate(reference_patient(), BELIMUMAB, 0, 180, e_ta=1.0)
    assert with_april.at("IG", 180) < baff_only.at("IG", 180)


def test_calcineurin_inhibitor_lowers_proteinuria() -> None:
    drugs = {"gc": 7.5, "hq": 400.0}
    without = integrate(reference_patient(), Schedule(), 0, 180, drugs)
    with_drug = integrate(reference_patient(), Schedule(), 0, 180, drugs | {"cn": 47.4})
    assert with_drug.at("UP", 180) < 0.8 * without.at("UP", 180)


def test_zero_msc_potency_is_no_treatment() -> None:
    treated = integrate(reference_patient(), MSC, 0, 180, rtol=1e-9, me_max=0.0)
    untreated = integrate(reference_patient(), Schedule(), 0, 180, rtol=1e-9)
    assert treated.at("UP", 180) == pytest.approx(untreated.at("UP", 180), rel=1e-7)


def test_loop_strength_of_the_reference_patient_is_one() -> None:
    p = values()
    s = p["p_am"] / (p["d_am"] * (1 + 1 / p["am_cap"]) * (1 + p["K_th2"]))
    assert s == pytest.approx(1.003, abs=1e-3)
