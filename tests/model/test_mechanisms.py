"""What the shipped model adds to the dossier's equations: each mechanism does what it is there for, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from lupercal.evidence.parameters import parameters, values
from lupercal.model.schedule import Bolus, InputChange, Schedule
from lupercal.model.system import default_parameters, no_inputs, system
from tests.model.single import (
    ANIFROLUMAB,
    CD19_CAR_T,
    DOSSIER,
    DUAL_CAR_T,
    MSC,
    RITUXIMAB,
    Single,
    integrate,
    reference_patient,
)

SHIPPED: Mapping[str, float] = {}
INDUCTION = (
    InputChange(0, "gc", 40.0), InputChange(0, "ap", 2.0), InputChange(28, "gc", 20.0), InputChange(56, "gc", 7.5),
)  # fmt: skip
SCHEDULES = {
    "anifrolumab": ANIFROLUMAB, "rituximab": RITUXIMAB, "cd19": CD19_CAR_T, "dual": DUAL_CAR_T, "none": Schedule(),
    "induction": Schedule(INDUCTION), "msc": MSC, "trigger": Schedule(boluses=(Bolus(0, "Z", 1.5),)),
    "both": Schedule(tuple(sorted((*INDUCTION, *MSC.inputs), key=lambda event: event.day))),
}  # fmt: skip


@cache
def course(name: str, **changed: Any) -> Single:
    """Half a year of the reference patient under one of the schedules, as shipped but for ``changed``."""
    return integrate(reference_patient(), SCHEDULES[name], -20, 190, typical=SHIPPED, **changed)


def neutral(name: str) -> dict[str, float]:
    return {name: DOSSIER[name]}


def test_every_neutral_value_is_plausible_and_not_the_shipped_one() -> None:
    for name, value in DOSSIER.items():
        assert parameters()[name].low <= value <= parameters()[name].high
        assert values()[name] != value


def test_the_reference_patient_is_the_same_with_and_without_the_mechanisms() -> None:
    """They act under therapy, under triggers and where organs are more or less inflamed than in the reference state."""
    start, untouched = dict(reference_patient()), course("none", **neutral("o_amp"))
    assert untouched.at("AM", 180) == pytest.approx(start["AM"], rel=1e-3)
    assert untouched.at("NP", 180) == pytest.approx(start["NP"], rel=2e-3)
    assert untouched.at("IG", 180) == pytest.approx(start["IG"], rel=0.02)


def test_full_occupancy_leaves_part_of_the_interferon_effect() -> None:
    y = dict.fromkeys(system().states, 0.5) | {"AN": 1e6}
    assert system().effects(y, default_parameters(), no_inputs())["occ"] == pytest.approx(values()["occ_max"], rel=1e-5)
    trough = system().effects(y | {"AN": 15.6}, default_parameters(), no_inputs())["occ"]
    assert 0.8 < trough < 1  # published: median neutralisation above 80 % by week 12
    assert course("anifrolumab").at("JO", 180) > course("anifrolumab", **neutral("occ_max")).at("JO", 180)


def test_baff_protects_tissue_from_rituximab_and_its_block_deepens_depletion() -> None:
    protected, bare = course("rituximab"), course("rituximab", **neutral("r_baff"))
    assert protected.states["AM"].min() > 1.2 * bare.states["AM"].min()
    assert protected.cd19.min() == pytest.approx(bare.cd19.min(), rel=0.05)
    y = dict.fromkeys(system().states, 0.5) | {"R2": 200.0, "BF": 3.0}
    with_belimumab = system().effects(y | {"BE": 50.0}, default_parameters(), no_inputs())
    alone = system().effects(y, default_parameters(), no_inputs())
    assert alone["kRt"] < alone["kR"] < with_belimumab["kRt"]


def test_msc_add_less_to_induction_than_they_do_alone() -> None:
    def gain(on: str, without: str, **changed: float) -> float:
        return float(np.log(course(without, **changed).at("AM", 180) / course(on, **changed).at("AM", 180)))

    always = neutral("me_lic")
    assert gain("both", "induction") < 0.5 * gain("both", "induction", **always)
    assert gain("both", "induction") / gain("both", "induction", **always) < (
        gain("msc", "none") / gain("msc", "none", **always)
    )


def test_msc_do_nothing_without_inflammation() -> None:
    y = dict.fromkeys(system().states, 0.5) | {"ME": 5.0, "TH": 0.0}
    assert system().effects(y, default_parameters(), no_inputs())["Ems"] == 0.0


def test_igg_is_nearly_gone_two_months_after_bcma_but_not_after_cd19_car_t() -> None:
    dual, slow, cd19 = course("dual"), course("dual", **neutral("hc_ig")), course("cd19")
    assert dual.at("IG", 60) < 0.15 * dual.at("IG", -20) < slow.at("IG", 60)
    assert dual.at("PV", 90) < 0.1
    assert cd19.at("IG", 60) > 0.6 * cd19.at("IG", -20)
    assert cd19.at("PV", 180) > 0.8


def test_a_trigger_opens_the_barrier_and_the_nervous_system_flares_longer_than_joints() -> None:
    one, direct = course("trigger"), course("trigger", **neutral("np_bb"))
    peak = {name: int(one.days[np.argmax(one.states[name])]) for name in ("JO", "NP")}
    assert peak["NP"] > peak["JO"]
    assert one.states["NP"].max() > 1.2 * direct.states["NP"].max()
    rest, highest = one.at("NP", -20), one.states["NP"].max()
    assert one.at("NP", 180) - rest < 0.5 * (highest - rest)


def test_behind_the_barrier_antibodies_reach_less_and_car_t_cells_more() -> None:
    def rate(state: Mapping[str, float], **switch: float) -> Mapping[str, float]:
        return system().rates(dict(reference_patient()) | dict(state), default_parameters() | switch, no_inputs())

    none, antibody, cells = rate({}), rate({"AN": 50.0}), rate({"CE": 50.0}, e19=1.0)
    p = default_parameters()
    blocked = {"JO": (none["JO"] - antibody["JO"]) / p["k_jo"], "BB": (none["BB"] - antibody["BB"]) / p["k_bb"]}
    assert 0 < blocked["BB"] < 0.1 * blocked["JO"]
    assert cells["BB"] < none["BB"] - 0.01


def test_organs_swing_further_than_what_drives_them() -> None:
    def swing(**changed: float) -> float:
        joints = course("trigger", **changed).states["JO"]
        return float(joints.max() / joints.min())

    assert swing(o_amp=1.0) > swing() > swing(**neutral("o_amp"))


def test_nephrons_that_are_left_are_lost_faster_the_fewer_they_are() -> None:
    def relative_loss(nephrons: float, **changed: float) -> float:
        y = dict(reference_patient()) | {"NF": nephrons}
        return float(-system().rates(y, default_parameters() | changed, no_inputs())["NF"] / nephrons)

    many, few = relative_loss(0.9), relative_loss(0.3)
    assert relative_loss(1.0) < many < few < (1 + values()["h_nf"]) * relative_loss(1.0)
    assert relative_loss(0.3, h_nf=0.0) == pytest.approx(relative_loss(1.0))
    shares = np.linspace(0.9, 0.15, 16)
    per_year = [share * relative_loss(share) for share in shares]  # GFR falls about linearly (Hunsicker 1997)
    assert max(per_year) < 1.7 * min(per_year)


def test_nephrons_never_run_out_even_under_the_worst_injury() -> None:
    worst: dict[str, Any] = {"lam_nf": parameters()["lam_nf"].high, "h_nf": parameters()["h_nf"].high}
    nephrons = integrate(reference_patient(), Schedule(), 0, 1500, typical=SHIPPED, **worst).states["NF"]
    assert nephrons[-1] < 0.01
    assert np.all(nephrons > -1e-8)
    assert np.all(np.diff(nephrons) <= 1e-8)


def test_proteinuria_is_that_of_the_reference_at_any_steepness_and_higher_in_mild_nephritis_where_less_steep() -> None:
    def onset(inflammation: float, steepness: float) -> float:
        y = dict.fromkeys(system().states, 0.5) | {"KI": inflammation, "UP": 0.0, "NF": 1.0}
        p = default_parameters() | {"up_amp": steepness}
        return float(system().rates(y, p, no_inputs())["UP"])

    assert onset(1.0, 0.3) == pytest.approx(onset(1.0, 1.0))
    assert onset(0.3, 0.3) > 1.5 * onset(0.3, 1.0)
    assert onset(2.0, 0.3) < onset(2.0, 1.0)
