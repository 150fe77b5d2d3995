"""From regimens to doses: calendars, tapers, amounts per person, and what is refused."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.errors import InputError
from lupercal.therapy.body import Person
from lupercal.therapy.doses import Dose
from lupercal.therapy.dosing import Expansion, expand
from lupercal.therapy.registry import product, regimen, regimens

TYPICAL = {"prednisone": 7.5, "hydroxychloroquine": 400}
ADULT = Person(weight_kg=65, height_cm=165, age_years=30)


def days(arm: Expansion, name: str) -> list[int]:
    return [dose.day for dose in arm.doses if dose.product == name and not dose.part_of]


def steps(arm: Expansion, name: str) -> list[tuple[int, int | None, float]]:
    return [(dose.day, dose.until, dose.amount) for dose in arm.doses if dose.product == name]


def test_standard_care_continues_what_is_taken_and_adds_nothing() -> None:
    arm = expand("standard_care", ADULT, {**TYPICAL, "mycophenolate_mofetil": 2}, 12)
    assert {d.product: (d.day, d.until, d.given) for d in arm.doses} == {
        "prednisone": (0, 366, 7.5),
        "hydroxychloroquine": (0, 366, 400),
        "mycophenolate_mofetil": (0, 366, 2),
    }


def test_belimumab_is_given_on_days_0_14_28_and_every_28_days() -> None:
    arm = expand("belimumab", ADULT, TYPICAL, 6)
    assert days(arm, "belimumab") == [0, 14, 28, 56, 84, 112, 140, 168]
    assert {d.given for d in arm.doses if d.product == "belimumab"} == {650.0}


def test_a_taper_replaces_the_current_dose_and_ends_at_the_horizon() -> None:
    arm = expand("mmf_induction", ADULT, TYPICAL, 12)
    assert steps(arm, "prednisone") == [(0, 28, 40), (28, 56, 20), (56, 90, 10), (90, 180, 7.5), (180, 366, 5)]


def test_a_taper_that_may_not_exceed_the_current_dose_does_not() -> None:
    arm = expand("glucocorticoid_taper", ADULT, {"prednisone": 12.5}, 12)
    assert [amount for _, _, amount in steps(arm, "prednisone")] == [12.5, 10, 7.5, 5]
    assert not steps(expand("glucocorticoid_taper", ADULT, {}, 12), "prednisone")


def test_a_horizon_inside_a_taper_cuts_it() -> None:
    assert steps(expand("mmf_induction", ADULT, {}, 1), "prednisone") == [(0, 28, 40), (28, 31, 20)]


def test_before_car_t_cells_everything_stops_and_the_steroid_last() -> None:
    arm = expand("cd19_car_t", ADULT, {**TYPICAL, "azathioprine": 100, "tacrolimus": 3}, 24)
    assert steps(arm, "prednisone") == [(-20, -14, 7.5)]
    assert {d.product for d in arm.doses} == {
        "prednisone", "lymphodepletion_flu_cy", "fludarabine", "cyclophosphamide", "cd19_car_t",
    }  # fmt: skip
    assert {(s.product, s.day) for s in arm.stops} == {
        ("prednisone", -14), ("hydroxychloroquine", -20), ("azathioprine", -20), ("tacrolimus", -20),
    }  # fmt: skip


def test_lymphodepletion_is_listed_drug_by_drug_for_this_body() -> None:
    arm = expand("cd19_car_t", ADULT, {}, 3)
    parts = {(d.product, d.day): d.given for d in arm.doses if d.part_of == "lymphodepletion_flu_cy"}
    surface = math.sqrt(165 * 65 / 3600)
    assert parts.keys() == {("fludarabine", -5), ("fludarabine", -4), ("fludarabine", -3), ("cyclophosphamide", -3)}
    assert parts["cyclophosphamide", -3] == pytest.approx(1000 * surface)
    assert parts["fludarabine", -5] == pytest.approx(25 * surface)


def test_transplant_conditioning_adds_up_to_the_published_totals() -> None:
    totals = expand("ahsct", Person(weight_kg=60, height_cm=170), {}, 3).totals()
    assert totals["cyclophosphamide"] == pytest.approx(200 * 60)
    assert totals["antithymocyte_globulin"] == pytest.approx(5.5 * 60)
    assert totals["rituximab"] == 1000


@pytest.mark.parametrize(
    ("name", "expected"),
    [("gencell_three_sessions_45_days", [0, 45, 90]), ("gencell_three_consecutive_days", [0, 1, 2])],
)
def test_the_clinics_two_schedules(name: str, expected: list[int]) -> None:
    arm = expand(name, ADULT, TYPICAL, 12)
    assert days(arm, "msc_adipose") == expected
    assert {d.origin for d in arm.doses if d.product == "msc_adipose"} == {"autologous"}


def test_regimens_and_products_answer_to_other_names() -> None:
    assert regimen("CAR-T").id == "cd19_car_t"
    assert regimen("aHSCT").id == "ahsct"
    assert regimen("Euro Lupus CYC GC AZA".replace(" AZA", "")).id == "euro_lupus"
    assert product("Prednisolone").id == "prednisone"
    assert product("flu/cy").id == "lymphodepletion_flu_cy"


@pytest.mark.parametrize(
    ("wrong", "meant"), [("rituximb", "rituximab"), ("car t", "cd19_car_t"), ("msc umbilicl", "msc")]
)
def test_an_unknown_name_is_refused_with_the_nearest_ones(wrong: str, meant: str) -> None:
    if wrong == "car t":
        assert regimen(wrong).id == meant
        return
    with pytest.raises(InputError, match=f"did you mean .*{meant}"):
        regimen(wrong)


@pytest.mark.parametrize("wrong", ["", "   ", "🙂", "../etc/passwd", "x" * 5000])
def test_nonsense_for_a_name_is_refused_shortly(wrong: str) -> None:
    with pytest.raises(InputError) as error:
        regimen(wrong)
    assert len(str(error.value)) < 250


@pytest.mark.parametrize("dose", [-1, math.nan, math.inf])
def test_a_negative_or_infinite_current_dose_is_refused(dose: float) -> None:
    with pytest.raises(InputError, match="prednisone"):
        expand("standard_care", ADULT, {"prednisone": dose}, 12)


@pytest.mark.parametrize("amount", [-1.0, math.nan, math.inf])
def test_a_negative_or_infinite_dose_is_refused(amount: float) -> None:
    dose = expand("rituximab", ADULT, {}, 1).doses[0]
    with pytest.raises(InputError, match="rituximab"):
        replace(dose, amount=amount)
    with pytest.raises(InputError, match="rituximab"):
        regimen("rituximab").with_dose("rituximab", amount)


def test_daily_units_need_an_end_and_single_ones_none() -> None:
    with pytest.raises(InputError, match="until"):
        Dose(day=0, product="prednisone", amount=5, unit="mg/d", route="p.o.", given=5, given_unit="mg/d")
    with pytest.raises(InputError, match="until"):
        Dose(day=0, until=9, product="rituximab", amount=5, unit="mg", route="i.v.", given=5, given_unit="mg")


def test_a_drug_not_taken_daily_cannot_be_a_current_one() -> None:
    with pytest.raises(InputError, match="as a regimen"):
        expand("standard_care", ADULT, {"belimumab": 650}, 12)


@pytest.mark.parametrize("months", [0, -3, math.nan, math.inf, 1e9])
def test_a_horizon_must_be_a_positive_number_of_months(months: float) -> None:
    with pytest.raises(InputError, match="months"):
        expand("standard_care", ADULT, {}, months)


def test_a_dose_outside_the_published_range_is_told_and_kept() -> None:
    high = expand(regimen("cd19_car_t").with_dose("cd19_car_t", 2e8), ADULT, {}, 12)
    assert [d.amount for d in high.doses if d.product == "cd19_car_t"] == [2e8]
    assert any("outside the published doses" in text and "mackensen_2022" in text for text in high.warnings)
    assert not expand("cd19_car_t", ADULT, {}, 12).warnings


def test_the_published_range_is_compared_in_the_persons_own_units() -> None:
    flat = regimen("cd19_car_t").with_dose("cd19_car_t", 6.5e7, "{cells}")  # 1e6 per kg for 65 kg
    assert not expand(flat, ADULT, {}, 12).warnings


def test_a_current_dose_far_above_what_is_published_is_told() -> None:
    assert any(
        "2000 g/d" in text for text in expand("standard_care", ADULT, {"mycophenolate_mofetil": 2000}, 1).warnings
    )


def test_prednisone_and_prednisolone_add_up() -> None:
    arm = expand("standard_care", ADULT, {"prednisone": 5, "prednisolone": 2.5}, 1)
    assert [d.amount for d in arm.doses] == [7.5]


def test_methotrexate_is_listed_and_said_to_rest_on_a_prior() -> None:
    arm = expand("standard_care", ADULT, {"methotrexate": 15}, 12)
    assert [d.unit for d in arm.doses] == ["mg/wk"]
    assert any(text.startswith("Methotrexate 15 mg/wk") and "prior" in text for text in arm.assumptions)
    assert arm.totals()["methotrexate"] == pytest.approx(15 * 366 / 7)


def test_unknown_size_is_filled_in_and_told() -> None:
    arm = expand("belimumab", Person(age_years=12), {}, 1)
    assert {d.given for d in arm.doses} == {650.0}
    assert any("65 kg is assumed" in text for text in arm.assumptions)
    assert any("under 18" in text for text in arm.warnings)


kilograms = st.floats(30, 150)
names = st.sampled_from(sorted(regimens()))


@given(names, kilograms, kilograms)
def test_more_weight_never_means_less_of_anything(name: str, one: float, other: float) -> None:
    light, heavy = sorted((one, other))
    small = expand(name, Person(weight_kg=light, height_cm=165), TYPICAL, 12).totals()
    large = expand(name, Person(weight_kg=heavy, height_cm=165), TYPICAL, 12).totals()
    assert small.keys() == large.keys()
    assert all(small[key] <= large[key] * (1 + 1e-12) for key in small)


@given(names, kilograms)
def test_doses_per_kg_grow_in_proportion_to_weight(name: str, weight: float) -> None:
    arm = expand(name, Person(weight_kg=weight, height_cm=165), TYPICAL, 12)
    for dose in arm.doses:
        if "/kg" in dose.unit:
            assert dose.given == pytest.approx(dose.amount * weight)


@given(names, st.integers(-400, 400))
def test_shifting_day_zero_shifts_everything(name: str, by: int) -> None:
    arm = expand(name, ADULT, TYPICAL, 6)
    later = arm.shifted(by)
    assert [d.day + by for d in arm.doses] == [d.day for d in later.doses]
    assert [s.day + by for s in arm.stops] == [s.day for s in later.stops]
    assert later.totals() == arm.totals()
    assert later.shifted(-by) == arm


@given(names, st.floats(1, 60))
def test_totals_are_the_sum_of_what_is_given_day_by_day(name: str, months: float) -> None:
    arm = expand(name, ADULT, TYPICAL, months)
    for key, total in arm.totals().items():
        by_day = 0.0
        for dose in arm.doses:
            if dose.product == key:
                factor = 1000 if dose.given_unit.startswith("g") else 1
                by_day += sum(dose.given * factor for _ in range(dose.day, dose.until or dose.day + 1))
        assert total == pytest.approx(by_day)


@given(st.floats(1, 120), st.floats(1, 120))
def test_a_longer_horizon_only_adds(one: float, other: float) -> None:
    short, long = (expand("anifrolumab", ADULT, TYPICAL, m) for m in sorted((one, other)))
    assert days(long, "anifrolumab")[: len(days(short, "anifrolumab"))] == days(short, "anifrolumab")
