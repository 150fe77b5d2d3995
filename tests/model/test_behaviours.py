"""The behaviours that the model dossier asks for (its section 5), each by SciPy, each able to fail.

Thresholds are the dossier's own: they say what kind of disease the model describes, not how well it fits data.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from lupercal.model.schedule import Bolus, InputChange, Schedule
from lupercal.model.system import no_inputs, system
from tests.model.single import (
    AHSCT,
    ANIFROLUMAB,
    BCMA_CAR_T,
    CD19_CAR_T,
    DUAL_CAR_T,
    MSC,
    RELAPSING_REMITTING,
    RITUXIMAB,
    Single,
    integrate,
    reference_patient,
    steady,
)

NO_LYMPHODEPLETION = Schedule(CD19_CAR_T.inputs, (Bolus(0, "CE", 0.3),), switches={"e19": 1.0})
FLU_CY_ONLY = Schedule(boluses=(Bolus(-5, "LD", 1.0),))
COURSES = {
    "cd19": (CD19_CAR_T, -20, 1095), "dual": (DUAL_CAR_T, -20, 735), "bcma": (BCMA_CAR_T, -20, 400),
    "no_ld": (NO_LYMPHODEPLETION, -20, 400), "flu_cy": (FLU_CY_ONLY, -20, 370), "ahsct": (AHSCT, -10, 1095),
    "rituximab": (RITUXIMAB, 0, 560), "msc": (MSC, 0, 560), "anifrolumab": (ANIFROLUMAB, 0, 120),
}  # fmt: skip


@cache
def course(name: str, **changed: float) -> Single:
    schedule, first, last = COURSES[name]
    return integrate(reference_patient(), schedule, first, last, **changed)  # type: ignore[arg-type]


def relapse_day(one: Single, after: int) -> int | None:
    """First day after ``after`` on which the autoreactive pool is back above half of the active level."""
    days = one.days[(one.days > after) & (one.states["AM"] > 0.5)]
    return int(days[0]) if len(days) else None


def b_cell_return(one: Single) -> int:
    return int(one.days[(one.days > 20) & (one.cd19 > 5)][0])


@pytest.mark.parametrize(
    "inputs",
    [{"gc": 7.5, "hq": 400.0}, {"gc": 0.0, "hq": 0.0}, {"gc": 7.5, "hq": 400.0, "ap": 2.0}],
    ids=["standard care", "untreated", "with mycophenolate"],
)
def test_disease_and_remission_are_both_stable_under_the_same_drugs(inputs: dict[str, float]) -> None:
    active, silent = steady(1.0, inputs), steady(0.02, inputs)
    assert active["AM"] > 0.3
    assert silent["AM"] < 0.05


@pytest.mark.slow
def test_random_triggers_make_flares_and_remissions() -> None:
    random = np.random.default_rng(3)
    days = np.sort(random.choice(np.arange(30, 1800), 20, replace=False))
    triggers = Schedule(
        boluses=tuple(
            Bolus(int(day), "Z", float(size)) for day, size in zip(days, random.exponential(0.8, 20), strict=True)
        )
    )
    drugs = {"gc": 5.0, "hq": 400.0}
    one = integrate(steady(1.0, drugs, **RELAPSING_REMITTING), triggers, 0, 1825, drugs, **RELAPSING_REMITTING)  # type: ignore[arg-type]
    scores = one.sledai()
    assert scores.max() - scores.min() >= 6
    assert (scores <= 4).mean() > 0.1


def test_a_single_large_trigger_is_a_flare_that_passes() -> None:
    one = integrate(reference_patient(), Schedule(boluses=(Bolus(60, "Z", 2.0),)), 0, 365)
    scores = one.sledai()
    assert scores.max() > scores[0]
    assert abs(one.at("JO", 360) - one.at("JO", 0)) < 0.1


def test_cd19_car_t_expands_clears_b_cells_and_lets_naive_ones_return() -> None:
    one = course("cd19")
    peak = int(one.days[np.argmax(one.states["CE"])])
    assert 6 < peak < 14
    assert 60 < b_cell_return(one) < 160
    assert one.at("BM", 365) < 15


def test_cd19_car_t_brings_drug_free_remission_to_three_years() -> None:
    one = course("cd19")
    half_year, year = one.sledai([180, 365])
    assert half_year <= 4
    assert year <= 2
    assert relapse_day(one, 30) is None


def test_cd19_car_t_spares_vaccine_antibodies_and_takes_anti_dsdna() -> None:
    one = course("cd19")
    assert one.at("PV", 365) > 0.8
    assert one.at("DN", 120) < 30


def test_dual_car_t_takes_old_antibodies_and_igg_which_recovers() -> None:
    one = course("dual")
    assert one.at("PV", 365) < 0.2
    assert one.states["IG"].min() < 4
    assert one.at("IG", 730) > 7


def test_bcma_car_t_alone_relapses() -> None:
    assert relapse_day(course("bcma"), 60) is not None


def test_car_t_without_lymphodepletion_fails() -> None:
    assert relapse_day(course("no_ld"), 30) is not None


def test_a_weak_product_fails() -> None:
    assert relapse_day(course("cd19", rho=0.32), 30) is not None


def test_lymphodepletion_alone_helps_only_for_a_while() -> None:
    before, after = course("flu_cy").sledai([-20, 365])
    assert after >= before - 2


def test_stem_cell_transplantation_engrafts_resets_and_loses_part_of_old_antibodies() -> None:
    one = course("ahsct")
    engraftment = int(one.days[(one.days > 2) & (one.states["NU"] > 0.5)][0])
    assert 8 <= engraftment < 20
    assert one.sledai([365])[0] <= 2
    assert 0.05 < one.at("PV", 365) < 0.5


def test_rituximab_empties_blood_not_tissue_and_disease_returns_after_the_b_cells() -> None:
    one = course("rituximab")
    assert one.cd19.min() < 3
    assert one.states["AM"].min() > 0.1
    assert (relapse_day(one, 120) or 9999) > b_cell_return(one)


def test_msc_improve_for_a_while() -> None:
    start, half_year, later = course("msc").sledai([0, 180, 540])
    assert half_year <= start - 4
    assert later >= start - 2


def test_more_steroid_means_less_activity_and_more_exposure() -> None:
    doses = (0.0, 2.5, 5.0, 7.5, 10.0, 15.0, 20.0, 40.0)
    ends = [integrate(reference_patient(), Schedule(), 0, 365, {"gc": dose, "hq": 400.0}) for dose in doses]
    activity = [np.mean([one.at(organ, 365) for organ in ("KI", "JO", "SK", "SE", "NP", "HE")]) for one in ends]
    exposure = [one.at("TX", 365) for one in ends]
    assert all(np.diff(activity) < 0)
    assert all(np.diff(exposure) > 0)


def test_the_fastest_time_scale_suits_a_fixed_step() -> None:
    fastest = max(
        largest_eigenvalue(course(name), day, 1.3 if name == "ahsct" else 0.0)
        for name in ("cd19", "ahsct", "rituximab", "anifrolumab")
        for day in range(0, 120, 6)
    )
    assert fastest < 5


def largest_eigenvalue(one: Single, day: int, ld: float) -> float:
    names, u = system().states, no_inputs() | {"ld": ld}
    y = {name: one.at(name, day) for name in names}
    base = system().rates(y, one.parameters, u)
    jacobian = np.empty((len(names), len(names)))
    for column, name in enumerate(names):
        step = 1e-6 * max(1.0, abs(y[name]))
        moved = system().rates(y | {name: y[name] + step}, one.parameters, u)
        jacobian[:, column] = [(moved[row] - base[row]) / step for row in names]
    return float(np.abs(np.linalg.eigvals(jacobian)).max())


def test_anti_dsdna_falls_and_naive_b_cells_go_under_anti_baff() -> None:
    belimumab = Schedule(boluses=tuple(Bolus(day, "BE", 200.0) for day in (0, 14, *range(28, 365, 28))))
    one = integrate(reference_patient(), belimumab, 0, 365)
    assert one.at("BN", 365) < 0.5 * one.at("BN", 0)
    assert one.at("DN", 365) < one.at("DN", 0)


def test_stopping_hydroxychloroquine_worsens_serology() -> None:
    one = integrate(reference_patient(), Schedule((InputChange(0, "hq", 0.0),)), 0, 365)
    assert one.at("DN", 365) > 1.1 * one.at("DN", 0)
