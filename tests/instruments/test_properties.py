"""Laws that hold for any input: monotone in items, float fuzz at thresholds, unknown is never absent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.instruments import Status, instruments, score
from lupercal.instruments.bilag_grades import BILAG, bilag_grade, least_grade
from lupercal.instruments.lldas import new_activity
from lupercal.instruments.sledai_items import DESCRIPTORS, SEROLOGY, WEIGHTS
from lupercal.instruments.three_valued import Interval, Truth, all_of, any_of, count

STATES = st.sampled_from([0.0, 1.0, np.nan])
VISIT = st.fixed_dictionaries(dict.fromkeys(DESCRIPTORS, STATES))
few = settings(max_examples=60, deadline=None)
SUMS = [
    one
    for one in instruments()
    if one.kind == "score" and one.standing != "not available" and not one.name.startswith(("lupusqol", "facit"))
]


@few
@given(VISIT)
def test_sledai_is_the_sum_of_weights_with_bounds(visit: dict[str, float]) -> None:
    found = score("sledai_2k", visit)
    assert found.low == sum(WEIGHTS[name] for name, state in visit.items() if state == 1)
    assert found.high == sum(WEIGHTS[name] for name, state in visit.items() if state != 0)
    clinical = score("clinical_sledai", visit)
    assert found.low - clinical.low == sum(WEIGHTS[name] for name in SEROLOGY if visit[name] == 1)


@few
@given(VISIT, st.sampled_from(DESCRIPTORS))
def test_one_more_descriptor_never_lowers_and_forgetting_one_never_counts_as_absent(
    visit: dict[str, float], name: str
) -> None:
    here, more = score("sledai_2k", visit), score("sledai_2k", visit | {name: 1.0})
    forgotten = score("sledai_2k", visit | {name: np.nan})
    assert more.low >= here.low
    assert more.high >= here.high
    assert forgotten.high >= max(here.high, more.high)
    assert forgotten.low <= min(here.low, more.low)


@few
@given(VISIT)
def test_flags_as_floats_and_as_bytes_score_alike(visit: dict[str, float]) -> None:
    as_bytes = {name: np.int8(-1 if np.isnan(state) else state) for name, state in visit.items()}
    floats, small = score("sledai_2k", visit), score("sledai_2k", as_bytes)
    assert (floats.low, floats.high, floats.status) == (small.low, small.high, small.status)


@few
@given(VISIT, VISIT)
def test_new_activity_is_present_now_and_absent_before(before: dict[str, float], now: dict[str, float]) -> None:
    rest = {"hemolytic_anemia": 0.0, "gastrointestinal_activity": 0.0}
    found = new_activity(before | rest, now | rest)
    if any(now[name] == 1 and before[name] == 0 for name in DESCRIPTORS):
        assert found == 1
    elif all(now[name] == 0 or before[name] == 1 for name in DESCRIPTORS):
        assert found == 0
    else:
        assert np.isnan(found)


@pytest.mark.parametrize("one", SUMS, ids=str)
def test_more_of_an_item_that_adds_never_lowers_a_sum(one: Any) -> None:
    """Raising any rating or flag from none to its most never lowers the sum, but for items that excuse another."""
    excusing = (
        "_months",
        "_before_sle",
        "_apart",
        "_improved_50",
        "not_assessable",
        "_new",
        "direct_coombs",
        "@",
        "elisa",
    )
    ratings = [n for n in one.inputs if not any(word in n for word in excusing)]
    ratings = [n for n in ratings if n in {i for item in one.items for i in item.inputs[:1]}]
    base = dict.fromkeys(one.inputs, 0.0)
    least = one.score(base).low
    for name in ratings:
        found = one.score(base | {name: 1.0})
        if one.name in {"hscore", "car_hematotox"}:  # laboratory values, where less can be worse
            continue
        assert found.high >= least, name


BORDERS = [
    ("sledai_2k", "thrombocytopenia", "platelets", 100.0, 0.0),
    ("sledai_2k", "leukopenia", "leukocytes", 3.0, 0.0),
    ("sledai_2k", "fever", "temperature", 38.0, 0.0),
    ("sledai_2k", "proteinuria", "protein_24h", 0.5, 0.0),
    ("sledai_2k", "hematuria", "urine_rbc", 5.0, 0.0),
    ("sledai_2k", "pyuria", "urine_wbc", 5.0, 0.0),
    ("eular_acr_2019", "fever", "temperature", 38.3, 0.0),
    ("eular_acr_2019", "leukopenia", "leukocytes", 4.0, 0.0),
    ("eular_acr_2019", "thrombocytopenia", "platelets", 100.0, 0.0),
    ("doris_2021", "pga", "pga", 0.5, 0.0),
    ("doris_2021", "prednisone", "prednisone", 5.0, 1.0),
    ("lldas", "pga", "pga", 1.0, 1.0),
    ("lldas", "prednisone", "prednisone", 7.5, 1.0),
]


@pytest.mark.parametrize("case", BORDERS)
@pytest.mark.parametrize("fuzz", [-1e-10, -1e-12, 0.0, 1e-12, 1e-10])
def test_float_fuzz_at_a_border_decides_nothing(case: tuple[str, str, str, float, float], fuzz: float) -> None:
    """100.00000001 is not above 100, and 99.99999999 is not below it."""
    name, item, column, border, expected = case
    found = score(name, {column: border * (1 + fuzz)}).items[item]
    assert float(found) == expected


def test_a_difference_of_binary_fractions_is_what_it_says() -> None:
    columns = {"sledai_2k": 6.0, "sledai_2k@baseline": 10.0, "new_bilag_a": 0.0, "new_bilag_b": 0.0}
    columns |= {"pga": 1.8, "pga@baseline": 1.5, "treatment_failure": 0.0}
    assert score("sri_4", columns).value == 0
    assert score("sri_4", columns | {"pga": 1.79}).value == 1


@few
@given(st.lists(STATES, min_size=1, max_size=6))
def test_three_valued_logic_is_the_range_over_all_completions(states: list[float]) -> None:
    truths = [Truth.of(state) for state in states]
    worst, best = [s == 1 for s in states], [s != 0 for s in states]
    for found, expected in (
        (all_of(truths), (all(worst), all(best))),
        (any_of(truths), (any(worst), any(best))),
        (count(truths), (sum(worst), sum(best))),
        (~truths[0], (not best[0], not worst[0])),
    ):
        assert [float(found.low), float(found.high)] == [float(end) for end in expected]


@few
@given(st.floats(0, 100), st.floats(0, 100), st.floats(0.01, 100))
def test_a_censored_value_settles_a_threshold_only_where_its_bound_does(value: float, gap: float, limit: float) -> None:
    below = Interval.of(np.nan, -np.inf, value)
    if value < limit * 0.999:
        assert below.below(limit).low
    elif value > limit * 1.001:
        assert below.below(limit).is_unknown
    above = Interval.of(np.nan, value + gap, np.inf)
    assert not (above.below(limit).low and value + gap > limit)


def test_a_censored_urine_protein_is_carried_as_a_bound() -> None:
    columns = {"upcr": 0.25, "upcr@low": -np.inf, "upcr@high": 0.25, "egfr": 95.0, "treatment_failure": 0.0}
    assert score("crr_bliss", columns).value == 1
    assert score("crr_bliss", columns | {"upcr@high": 0.9}).status == Status.PARTIAL


def test_the_estimate_falls_with_creatinine_and_age() -> None:
    creatinine = np.linspace(0.3, 8.0, 60)
    found = score("egfr", {"creatinine": creatinine, "age": 40.0, "sex_female": 1.0}).value
    assert (np.diff(found) < 0).all()
    found = score("egfr", {"creatinine": 1.0, "age": np.linspace(18, 90, 60), "sex_female": 0.0}).value
    assert (np.diff(found) < 0).all()


@few
@given(st.sampled_from(["renal", "haematological"]), st.integers(0, 2**32 - 1))
def test_the_least_grade_of_bilag_is_the_lower_bound_of_the_grade(system: str, seed: int) -> None:
    random, columns = np.random.default_rng(seed), dict[str, np.ndarray]()
    for name in BILAG[system].inputs:
        ends = (0, 2) if name in ("bilag_renal_ever", "hemolytic_anemia", "active_urinary_sediment") else (0, 160)
        column = random.uniform(*ends, 40).round()
        columns[name] = np.where(random.random(40) < 0.3, np.nan, column)
    assert np.array_equal(least_grade(system, columns), bilag_grade(system, columns).low)


def same(one: Interval | Truth, other: Interval | Truth) -> bool:
    return np.array_equal(one.low, other.low) and np.array_equal(one.high, other.high)


ENDS = st.sampled_from([-3.0, 0.0, 0.5, 1.0, 1.0 + 5e-10, 2.0, 1e13])


@few
@given(st.lists(ENDS, min_size=3, max_size=3), st.lists(st.tuples(ENDS, ENDS), min_size=3, max_size=3), ENDS)
def test_what_is_known_or_unknown_everywhere_is_answered_as_any_number_is(
    known: list[float], bounds: list[tuple[float, float]], limit: float
) -> None:
    """Shortcuts answer as the long way does, on which both ends are arrays of their own."""
    some = Interval(np.array([min(pair) for pair in bounds]), np.array([max(pair) for pair in bounds]))
    for number in (Interval.of(np.array(known)), Interval.unknown((3,))):
        assert number.exact or number.blank
        apart = Interval(number.low.copy(), number.high.copy())
        assert {apart.exact, apart.blank} == {False}
        for other in (limit, some, number, apart):
            for name in ("above", "at_least", "below", "at_most"):
                assert same(getattr(number, name)(other), getattr(apart, name)(other))
        pairs = [(number * 2.5, apart * 2.5), (number + some, apart + some), (some - number, some - apart)]
        pairs += [(number.within(0.0, 1.0), apart.within(0.0, 1.0)), (number - limit, apart - limit)]
        assert all(same(*pair) for pair in pairs)
        assert np.array_equal(number.is_unknown, apart.is_unknown)


@few
@given(st.lists(st.booleans(), min_size=3, max_size=3), st.lists(STATES, min_size=3, max_size=3))
def test_certain_and_open_truths_combine_as_any_do(flags: list[bool], states: list[float]) -> None:
    some = Truth.of(np.array(states))
    for truth in (Truth.of(np.array(flags, float)), Truth.unknown((3,))):
        assert truth.exact or truth.blank
        apart = Truth(truth.low.copy(), truth.high.copy())
        pairs = [(truth & some, apart & some), (truth | some, apart | some), (~truth, ~apart)]
        pairs += [(truth.or_else(some), apart.or_else(some)), (some.or_else(truth), some.or_else(apart))]
        pairs += [(truth.unless(some.low), apart.unless(some.low)), (truth & truth, apart & apart)]
        assert all(same(*pair) for pair in pairs)
        assert np.array_equal(truth.is_unknown, apart.is_unknown)
