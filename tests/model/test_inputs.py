"""Doses become model inputs: the protocols the model was checked with, number by number, and what is refused."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.errors import LupercalError
from lupercal.model.inputs import effects, schedule, translation
from lupercal.model.schedule import Schedule
from lupercal.model.system import system
from lupercal.therapy.body import Person
from lupercal.therapy.dosing import expand
from lupercal.therapy.regimen_records import DoseLine, Regimen
from lupercal.therapy.registry import regimen, regimens

TYPICAL = {"prednisone": 7.5, "hydroxychloroquine": 400.0}
ADULT = Person(weight_kg=65, height_cm=165)
MONTHS = 36
STEPS = {28: {"gc": 20.0}, 56: {"gc": 10.0}, 180: {"gc": 5.0}}
CAR_BEFORE = {-20: {"gc": 7.5, "hq": 0.0}, -14: {"gc": 0.0}}

# Protocols of the prototype of the first model, day 0 being that of the infusion: regimen,
# inputs by day, boluses by day, switches. Inputs not named are zero, or stay as they were.
ByDay = Mapping[int, Mapping[str, float]]
PROTOCOLS: dict[str, tuple[Regimen, ByDay, ByDay, Mapping[str, float]]] = {
    "standard care": (regimen("standard_care"), {0: {"gc": 7.5, "hq": 400.0}}, {}, {}),
    "CD19 CAR-T": (regimen("cd19_car_t"), CAR_BEFORE, {-5: {"LD": 1.0}, 0: {"CE": 0.3}}, {"e19": 1.0}),
    "BCMA/CD19 CAR-T at 1e6/kg": (
        regimen("bcma_cd19_car_t").with_dose("bcma_cd19_car_t", 1e6),
        CAR_BEFORE,
        {-5: {"LD": 1.0}, 0: {"CE": 0.3}},
        {"e19": 1.0, "eBC": 1.0},
    ),
    "BCMA CAR-T": (regimen("bcma_car_t"), CAR_BEFORE, {-5: {"LD": 1.0}, 0: {"CE": 0.3}}, {"eBC": 1.0}),
    "aHSCT": (
        regimen("ahsct"),
        {-10: {"gc": 7.5, "hq": 0.0}, -8: {"ld": 1.3}, -3: {"ld": 0.0}, 2: {"gc": 0.0}},
        {-8: {"R2": 150.0}, 0: {"MP": 0.06}},
        {},
    ),
    "rituximab": (regimen("rituximab"), {0: {"gc": 7.5, "hq": 400.0}}, {0: {"R2": 200.0}, 14: {"R2": 200.0}}, {}),
    "MSC x2": (
        regimen("msc_umbilical"),
        {0: {"gc": 7.5, "hq": 400.0, "ms": 1.0}, 1: {"ms": 0.0}, 7: {"ms": 1.0}, 8: {"ms": 0.0}},
        {},
        {},
    ),
    "MMF+GC": (
        regimen("mmf_induction"),
        {0: {"gc": 40.0, "hq": 400.0, "ap": 2.0}, **STEPS, 90: {"gc": 7.5}},
        {},
        {},
    ),
    "Euro-Lupus, AZA": (
        regimen("euro_lupus"),
        {0: {"gc": 40.0, "hq": 400.0}, **STEPS, 90: {"gc": 7.5, "ap": 1.2}},
        {14 * k: {"LD": 0.15} for k in range(6)},
        {},
    ),
    "anifrolumab": (
        regimen("anifrolumab"),
        {0: {"gc": 7.5, "hq": 400.0}},
        {28 * k: {"AN": 55.0} for k in range(40)},
        {},
    ),
    "HCQ stop": (regimen("hydroxychloroquine_stop"), {0: {"gc": 7.5, "hq": 0.0}}, {}, {}),
}


def course(inputs: Mapping[int, Mapping[str, float]], name: str, days: range) -> list[float]:
    """The level of one input day by day, from a table of changes."""
    level, found = 0.0, []
    for day in days:
        level = inputs.get(day, {}).get(name, level)
        found.append(level)
    return found


def changes(events: Schedule) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {}
    for change in events.inputs:
        found.setdefault(change.day, {})[change.name] = float(change.value)
    return found


@pytest.mark.parametrize("name", PROTOCOLS)
def test_translated_schedules_equal_the_protocols_the_model_was_checked_with(name: str) -> None:
    chosen, inputs, boluses, switches = PROTOCOLS[name]
    arm = expand(chosen, ADULT, TYPICAL, MONTHS)
    events = schedule(arm)
    days = range(arm.start_day, arm.end_day)
    for symbol in translation().inputs:
        assert course(changes(events), symbol, days) == course(inputs, symbol, days), symbol
    expected = [(day, state, amount) for day, row in sorted(boluses.items()) for state, amount in row.items()]
    assert [(e.day, e.state, e.amount) for e in events.boluses] == [e for e in expected if e[0] < arm.end_day]
    assert events.switches == switches
    assert events.scales == {}
    assert events.factors == ()


def test_belimumab_equals_the_protocol_when_given_on_its_days() -> None:
    """The protocol gave days 0, 14, 42, 70 ...; the regimen follows the trials, 0, 14, 28, 56 ... Same amounts."""
    line = DoseLine(product="belimumab", amount=10.0, unit="mg/kg", every=28, start=14)
    as_checked = replace(regimen("belimumab"), doses=(replace(line, every=None, start=None, days=(0,)), line))
    events = schedule(expand(as_checked, ADULT, TYPICAL, MONTHS))
    assert [(e.day, e.state, e.amount) for e in events.boluses] == [
        (day, "BE", 200.0) for day in [0, *(14 + 28 * k for k in range(40))] if day < 1096
    ]
    published = schedule(expand("belimumab", ADULT, TYPICAL, 4))
    assert [(e.day, e.amount) for e in published.boluses] == [(d, 200.0) for d in (0, 14, 28, 56, 84, 112)]


def test_amounts_do_not_depend_on_the_patients_size_where_the_unit_allows_for_it() -> None:
    small, large = (schedule(expand("cd19_car_t", Person(w, h), {}, 12)) for w, h in ((40, 150), (110, 190)))
    assert small == large


def test_a_flat_dose_is_counted_per_kg_of_this_person() -> None:
    flat = regimen("cd19_car_t").with_dose("cd19_car_t", 1.25e7, "{cells}")
    (cells,) = [e.amount for e in schedule(expand(flat, Person(62.5, 165), {}, 3)).boluses if e.state == "CE"]
    assert cells == pytest.approx(0.3 * 0.2)


def test_cyclophosphamide_in_both_its_ways_of_dosing() -> None:
    assert {e.amount for e in schedule(expand("cyclophosphamide_high_dose", ADULT, {}, 12)).boluses} == {0.35}
    assert {e.amount for e in schedule(expand("euro_lupus", ADULT, {}, 12)).boluses} == {0.15}


def test_a_pulse_counts_for_one_day_on_top_of_the_oral_dose() -> None:
    levels = changes(schedule(expand("methylprednisolone_pulse", ADULT, {"prednisone": 10}, 3)))
    assert levels[0]["gc"] == 635.0
    assert levels[3]["gc"] == 10.0
    assert set(levels) == {0, 3}


def test_azathioprine_and_mycophenolate_share_an_input_and_add_up() -> None:
    levels = changes(schedule(expand("standard_care", ADULT, {"azathioprine": 130, "mycophenolate_mofetil": 1}, 3)))
    assert levels[0]["ap"] == pytest.approx(2.2)


def test_tacrolimus_counts_as_voclosporin() -> None:
    assert changes(schedule(expand("voclosporin", ADULT, {}, 3)))[0]["cn"] == 47.4
    assert changes(schedule(expand("tacrolimus", ADULT, {}, 3)))[0]["cn"] == 47.4


def test_obinutuzumab_reaches_deeper_than_rituximab() -> None:
    assert schedule(expand("obinutuzumab", ADULT, {}, 12)).scales == {"kr_t": 2.5}


def test_telitacicept_enters_as_an_anti_baff_product_that_also_blocks_april() -> None:
    events = schedule(expand("telitacicept", ADULT, {}, 1))
    assert events.switches == {"e_ta": 1.0}
    assert {e.state for e in events.boluses} == {"BE"}


def test_plasma_exchange_takes_out_the_same_share_of_everything() -> None:
    events = schedule(expand("plasma_exchange", ADULT, {}, 3))
    assert {(e.state, e.factor) for e in events.factors if e.day == 0} == {
        (s, 0.4) for s in ("DN", "PV", "IG", "C3", "C4")
    }


def test_own_cells_count_less_than_a_donors() -> None:
    assert changes(schedule(expand("celltex_adipose", ADULT, {}, 3)))[0]["ms"] == 0.5
    assert changes(schedule(expand("msc_bone_marrow", ADULT, {}, 3)))[0]["ms"] == 1.0


def test_immunoglobulin_adds_igg() -> None:
    assert [(e.day, e.state, e.amount) for e in schedule(expand("ivig", ADULT, {}, 1)).boluses] == [
        (day, "IG", 5.0) for day in range(5)
    ]


def line(product: str, unit: str, amount: float = 1.0) -> DoseLine:
    return DoseLine(product=product, amount=amount, unit=unit, days=(0,))


@pytest.mark.parametrize(
    ("one", "other", "through"),
    [
        (line("rituximab", "mg", 1000), line("obinutuzumab", "mg", 1000), "R2"),
        (line("cd19_car_t", "/kg", 1e6), line("bcma_car_t", "/kg", 1e6), "CE"),
        (line("belimumab", "mg/kg", 10), line("telitacicept", "mg", 160), "BE"),
        (line("msc_umbilical", "/kg", 1e6), line("msc_exosomes", "{session}"), "ms"),
        (line("hsct_conditioning", "{course}"), line("obinutuzumab", "mg", 1000), "R2"),
    ],
)
def test_two_products_that_need_different_properties_of_one_state_are_refused(
    one: DoseLine, other: DoseLine, through: str
) -> None:
    both = replace(regimen("rituximab"), doses=(one, other), principal=())
    with pytest.raises(LupercalError, match=f"cannot be combined in one arm: both act through .*{through}"):
        schedule(expand(both, ADULT, {}, 12))


def test_products_of_one_state_with_the_same_properties_add_up() -> None:
    both = replace(regimen("ahsct"), doses=(*regimen("ahsct").doses, line("rituximab", "mg", 1000)))
    assert [e.amount for e in schedule(expand(both, ADULT, {}, 12)).boluses if e.state == "R2"] == [150.0, 200.0]


def test_a_unit_the_model_cannot_count_is_refused() -> None:
    odd = replace(regimen("rituximab"), doses=(line("rituximab", "{session}"),))
    with pytest.raises(LupercalError, match=r"not in \{session\}"):
        schedule(expand(odd, ADULT, {}, 12))


def test_methotrexate_counts_like_mycophenolate_and_adds_to_it() -> None:
    alone, both = (
        schedule(expand("standard_care", ADULT, current, 12)).inputs
        for current in ({"methotrexate": 25}, {"methotrexate": 12.5, "mycophenolate_mofetil": 1})
    )
    assert [e.value for e in alone if e.name == "ap"] == [3.0]
    assert [e.value for e in both if e.name == "ap"] == [2.5]


def test_an_unknown_product_has_no_silent_translation() -> None:
    with pytest.raises(LupercalError, match="no translation for aspirin"):
        effects("aspirin")


def test_the_table_speaks_of_symbols_the_model_has_in_its_units() -> None:
    model = system()
    assert set(translation().inputs) == set(model.inputs)
    for name, known in translation().inputs.items():
        assert known.unit == model.symbol(name).unit, name
    for rows in translation().products.values():
        for row in rows:
            symbol = model.symbol(row.target)
            assert symbol.kind == {"input": "input", "bolus": "state", "factor": "state"}.get(row.kind, "parameter")
            if row.kind in ("input", "bolus"):
                assert row.unit == symbol.unit, row


@given(st.sampled_from(sorted(regimens())), st.integers(-300, 300))
def test_shifting_the_doses_shifts_the_schedule(name: str, by: int) -> None:
    arm = expand(name, ADULT, TYPICAL, 6)
    here, there = schedule(arm), schedule(arm.shifted(by))
    assert [replace(e, day=e.day + by) for e in here.inputs] == list(there.inputs)
    assert [replace(e, day=e.day + by) for e in here.boluses] == list(there.boluses)
    assert [replace(e, day=e.day + by) for e in here.factors] == list(there.factors)


@given(st.sampled_from(sorted(regimens())), st.floats(0, 60), st.floats(0, 60))
def test_levels_never_fall_below_zero_and_start_with_the_arm(name: str, prednisone: float, weight: float) -> None:
    arm = expand(name, Person(weight_kg=40 + weight), {"prednisone": prednisone, "tacrolimus": 2}, 12)
    events = schedule(arm)
    assert all(change.value >= 0 for change in events.inputs)
    assert {c.name for c in events.inputs if c.day == arm.start_day} >= {"gc", "hq", "ap", "cn"}


@given(st.floats(0.01, 3))
def test_twice_the_dose_is_twice_the_bolus(factor: float) -> None:
    chosen = regimen("rituximab").with_dose("rituximab", 1000 * factor)
    amounts = [e.amount for e in schedule(expand(chosen, ADULT, {}, 1)).boluses]
    assert amounts == pytest.approx([200 * factor] * 2)


@given(st.sampled_from(sorted(regimens())), st.integers(1, 30))
def test_what_is_taken_at_the_horizon_goes_on_beyond_it(name: str, months: int) -> None:
    arm = expand(name, ADULT, TYPICAL, months)
    short, long = changes(schedule(arm)), changes(schedule(expand(name, ADULT, TYPICAL, months + 12)))
    for symbol in ("gc", "hq", "ap", "cn"):
        days = range(arm.start_day, arm.end_day)
        assert course(short, symbol, days) == course(long, symbol, days)
        assert arm.end_day not in short or symbol not in short[arm.end_day]


def test_under_the_skin_less_is_counted_than_by_vein() -> None:
    skin, vein = (
        sum(e.amount for e in schedule(expand(name, ADULT, {}, 12)).boluses if 280 <= e.day < 336)
        for name in ("anifrolumab_subcutaneous", "anifrolumab")
    )
    assert skin / vein == pytest.approx(4 * 120 * 48 / (300 * 55), rel=0.01)


def test_belimumab_a_week_under_the_skin_is_about_the_infusion_a_month() -> None:
    """Cai 2013 (doi:10.1002/cpdd.54): a similar exposure is expected."""
    skin, vein = (
        sum(e.amount for e in schedule(expand(name, Person(65, 165), {}, 12)).boluses if 280 <= e.day < 336)
        for name in ("belimumab_subcutaneous", "belimumab")
    )
    assert skin / vein == pytest.approx(0.94, abs=0.03)
