"""Mechanisms that no study has been fitted for: direction and size of each, and silence while it is off."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from lupercal.engine.processor.choice import weights_off
from lupercal.evidence.parameters import parameters, values
from lupercal.model.inputs import schedule
from lupercal.model.schedule import Bolus, Schedule
from lupercal.model.system import default_parameters, no_inputs, system
from lupercal.therapy.body import Person
from lupercal.therapy.dosing import expand
from lupercal.therapy.registry import products
from tests.model.single import CD19_CAR_T, DUAL_CAR_T, Single, integrate, reference_patient

ADULT = Person(60, 165)
NOTHING = Schedule()


@cache
def under(regimen: str, **changed: Any) -> Single:
    """Half a year of the reference patient under a shipped regimen; background drugs are left out."""
    arm = schedule(expand(regimen, ADULT, {}, 7))
    events = Schedule(tuple(change for change in arm.inputs if change.name in {"te", "ty"}), arm.boluses, arm.factors)
    p = values()
    scaled = {name: p[name] * factor for name, factor in arm.scales.items()}
    return integrate(reference_patient(), events, -20, 190, typical={}, **dict(arm.switches) | scaled | changed)


@cache
def untreated(**changed: Any) -> Single:
    return integrate(reference_patient(), NOTHING, -20, 190, typical={}, **changed)


def test_a_weight_of_zero_is_the_model_without_the_mechanism() -> None:
    assert weights_off() == {"rm_w", "es_w", "pd_w", "ch_w", "bc_bm"}
    one = untreated()
    assert all(one.states[name].max() == 0 for name in ("RM", "ES", "PD", "CH", "TE", "CT", "DZ", "BD", "IA", "OX"))


def test_every_unfitted_mechanism_has_a_prior() -> None:
    for name in (*weights_off(), "te_50", "te_pot", "tc_pot", "k_tc", "cd_max", "ty_max", "bd_max", "ia_max", "ox_max"):
        assert parameters()[name].fit
        assert parameters()[name].low < parameters()[name].high


def test_no_product_of_an_unfitted_mechanism_shows_an_efficacy() -> None:
    unfitted = {"t_cell_engager", "car_transient", "anti_cd40l", "interferon_signal", "anti_baff_receptor"}
    for product in products().values():
        if product.family in unfitted | {"cd19_inhibitor", "trafficking", "btk_inhibitor"}:
            assert not product.efficacy_forecast
            assert "no efficacy is shown" in product.withheld or "no number" in product.withheld


def test_a_bcma_engager_takes_plasma_cells_and_needs_t_cells() -> None:
    one = under("teclistamab")
    assert one.at("IG", 120) < 0.6 * untreated().at("IG", 120)
    assert one.at("PV", 120) < 0.5
    y = dict(reference_patient()) | {"TE": 8000.0}
    many = system().effects(y, default_parameters() | {"teBC": 1.0}, no_inputs())["kbc"]
    few = system().effects(y | {"T4": 5.0, "T8": 5.0}, default_parameters() | {"teBC": 1.0}, no_inputs())["kbc"]
    assert few < 0.2 * many


def test_a_cd19_engager_takes_b_cells_and_lets_old_antibodies_be() -> None:
    one = under("blinatumomab")
    assert one.cd19.min() < 0.1 * untreated().cd19[0]
    assert one.at("PV", 180) > 0.8
    assert one.states["TE"][one.days > 40].max() < 1e-6


def test_transient_cells_are_gone_in_weeks_and_b_cells_return_sooner_than_after_car_t_cells() -> None:
    one, lasting = under("in_vivo_cd19_car"), integrate(reference_patient(), CD19_CAR_T, -20, 190, typical={})
    assert one.cd19.min() < 0.2 * untreated().cd19[0]
    assert one.at("CT", 60) < 1e-3

    def back(course: Single) -> int:
        low = course.days[course.cd19 < 0.2 * untreated().cd19[0]]
        return int(low.max())

    assert back(one) < back(lasting)


def test_repeated_transient_cells_deplete_for_longer_than_one_dose() -> None:
    once = Schedule(boluses=(Bolus(0, "CT", 5.0),))
    thrice = Schedule(boluses=tuple(Bolus(day, "CT", 5.0) for day in (0, 7, 14)))
    one, three = (integrate(reference_patient(), s, -20, 120, typical={}, tc19=1.0) for s in (once, thrice))
    assert (three.cd19 < 10).sum() > (one.cd19 < 10).sum()


def test_a_donors_cells_are_rejected_as_the_host_recovers() -> None:
    donor, own = under("allogeneic_cd19_car_t"), under("allogeneic_cd19_car_t", allo=0.0)
    assert donor.at("CE", 60) + donor.at("CM", 60) < 0.5 * (own.at("CE", 60) + own.at("CM", 60))
    assert donor.states["CE"].max() <= own.states["CE"].max()
    assert donor.states["CE"].max() > 0.01


def test_blocked_help_lowers_antibodies_and_leaves_b_cells_in_blood() -> None:
    one, none = under("dapirolizumab_pegol"), untreated()
    assert one.at("DN", 180) < 0.8 * none.at("DN", 180)
    assert one.at("TH", 180) < none.at("TH", 180)
    assert one.cd19.min() > 0.8 * none.cd19.min()


def test_blocks_of_the_interferon_signal_have_a_ceiling_below_the_receptor_antibody() -> None:
    def isg(regimen: str) -> float:
        one = under(regimen)
        y = {name: series[-1] for name, series in one.states.items()}
        u = no_inputs() | ({"ty": 6.0} if regimen == "deucravacitinib" else {})
        e = system().effects(y, default_parameters(), u)
        return float(y["IF"] * (1 - e["occ"]) * (1 - e["Ety"]))

    assert isg("anifrolumab") < isg("deucravacitinib") < untreated().states["IF"][-1]
    assert under("litifilimab").at("IF", 180) < 0.9 * untreated().at("IF", 180)
    assert parameters()["ty_max"].high < 1


def test_a_baff_receptor_antibody_depletes_and_blocks_baff() -> None:
    one, none = under("ianalumab"), untreated()
    assert one.cd19.min() < 0.3 * none.cd19.min()
    assert one.at("BF", 90) > none.at("BF", 90)  # its consumers are gone
    bound = system().effects(dict(reference_patient()) | {"IA": 1e6}, default_parameters(), no_inputs())
    assert bound["Eia"] == pytest.approx(values()["ia_max"], rel=1e-5)


def test_inhibition_kills_nothing_and_ends_with_washout() -> None:
    given = Schedule(boluses=tuple(Bolus(day, "OX", 90.0) for day in range(0, 84, 14)))
    one, none = (integrate(reference_patient(), s, -20, 400, typical={}) for s in (given, NOTHING))
    assert one.at("PB", 84) < 0.8 * none.at("PB", 84)
    assert one.cd19.min() > 0.8 * none.cd19.min()
    y = dict(reference_patient()) | {"OX": one.at("OX", 250)}
    assert system().effects(y, default_parameters(), no_inputs())["Eox"] < 1e-4


def test_baff_and_april_can_be_told_apart() -> None:
    y = dict(reference_patient()) | {"BE": 5.0}
    alone = system().effects(y, default_parameters(), no_inputs())["bff"]
    weaker = default_parameters() | {"e_ta": 1.0, "ta_k": 10.0}
    assert system().effects(y, weaker, no_inputs())["bff"] > alone
    assert system().effects(y, default_parameters() | {"ta_k": 10.0}, no_inputs())["bff"] == alone


def test_bcma_cells_take_the_memory_b_cells_that_carry_it() -> None:
    plain, some = (
        integrate(reference_patient(), DUAL_CAR_T, -20, 60, typical={}, e19=0.0, bc_bm=share) for share in (0.0, 0.3)
    )
    assert some.states["BM"].min() < 0.9 * plain.states["BM"].min()
    assert some.at("BN", 60) == pytest.approx(plain.at("BN", 60), rel=0.05)


def test_resident_memory_makes_quiet_organs_answer_a_trigger() -> None:
    def answer(weight: float) -> float:
        calm = dict(reference_patient()) | {"AM": 0.0, "PB": 0.0, "LA": 0.0, "DN": 0.0, "TH": 0.0, "IF": 0.05}
        calm |= {"KI": 0.0, "JO": 0.0, "SK": 0.0, "SE": 0.0, "NP": 0.0, "HE": 0.0, "RM": weight}
        one = integrate(calm, Schedule(boluses=(Bolus(0, "Z", 1.5),)), -1, 60, typical={}, rm_w=weight, nu=0.0)
        return float(one.states["JO"].max())

    assert answer(1.0) > 1.3 * answer(0.0)


def test_activity_comes_into_an_organ_that_was_not_involved() -> None:
    plain, spread = (
        integrate(reference_patient(), NOTHING, -20, 1500, typical={}, pi_se=0.0, es_w=weight) for weight in (0.0, 0.2)
    )
    assert plain.at("SE", 1500) < 0.02
    assert spread.at("SE", 400) < spread.at("SE", 1500)
    assert spread.at("SE", 1500) > 0.05


def test_a_slow_filter_takes_months_where_inflammation_takes_weeks() -> None:
    def half_time(weight: float) -> int:
        start = dict(reference_patient())
        start["PD"] = weight * (start["UP"] - values()["UP0"])
        course = integrate(start, NOTHING, -1, 700, typical={}, pd_w=weight, pi_ki=0.0)
        below = course.days[course.states["UP"] < 0.5 * course.states["UP"][0]]
        return int(below.min())

    assert half_time(0.0) < 100
    assert 1.5 * half_time(0.0) < half_time(0.9) < 400


def test_complement_follows_its_consumption_with_a_delay() -> None:
    def c3(weight: float, day: int) -> float:
        start = dict(reference_patient())
        start["CH"] = weight
        course = integrate(start, NOTHING, -1, 400, typical={}, ch_w=weight, n_ic=0.0)
        return course.at("C3", day)

    assert c3(0.9, 10) < 0.9 * c3(0.0, 10)
    assert c3(0.9, 390) == pytest.approx(c3(0.0, 390), rel=0.02)


def test_drugs_without_a_mechanism_say_so() -> None:
    for name in ("cenerimod", "fenebrutinib"):
        assert products()[name].withheld == "The model has no mechanism for this drug, so it gives no number."


def test_old_and_new_ways_to_give_a_drug_lead_to_like_levels() -> None:
    for usual, under_the_skin, state in (
        ("belimumab", "belimumab_subcutaneous", "BE"),
        ("anifrolumab", "anifrolumab_subcutaneous", "AN"),
    ):
        trough, level = under(usual).at(state, 180), under(under_the_skin).at(state, 180)
        assert 0.3 < level / max(trough, 1e-9) < 6
    assert np.isfinite(under("rituximab_then_belimumab").at("AM", 180))
