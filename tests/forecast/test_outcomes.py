"""Probabilities: Wilson intervals, relapse that lasts, denominators."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from lupercal.course.endings import Endings
from lupercal.evidence.unexplained import Unexplained
from lupercal.forecast.arm_residual import ArmResidual
from lupercal.forecast.doubt import Doubt
from lupercal.forecast.outcomes import Sample, efficacy, in_a_row, probability


@pytest.mark.parametrize(("happened", "of"), [(10, 20), (0, 50), (1, 500), (37, 40)])
def test_wilson_interval_agrees_with_scipy(happened: int, of: int) -> None:
    found = probability("doris", 6, np.repeat([1.0, 0.0], [happened, of - happened]), Sample(1.0))
    exact = binomtest(happened, of).proportion_ci(0.90, "wilson")
    assert found.low == pytest.approx(exact.low, abs=1e-9)
    assert found.high == pytest.approx(exact.high, abs=1e-9)
    share = happened / of
    assert found.standard_error == pytest.approx(np.sqrt(share * (1 - share) / of))


def test_those_who_do_not_count_are_left_out() -> None:
    found = probability("relapse", 6, np.array([1.0, 0.0, np.nan, np.nan]), Sample(1.0))
    assert (found.probability, found.denominator) == (0.5, 2)


def test_no_one_to_count_is_not_a_number() -> None:
    found = probability("relapse", 6, np.full(5, np.nan), Sample(1.0))
    assert np.isnan(found.probability)
    assert np.isnan(found.high)
    assert found.denominator == 0


def test_fewer_distinct_patients_mean_a_wider_interval() -> None:
    happened = np.repeat([1.0, 0.0], 100)
    narrow, wide = probability("doris", 6, happened, Sample(1.0)), probability("doris", 6, happened, Sample(0.25))
    assert wide.high - wide.low > 1.8 * (narrow.high - narrow.low)


def test_all_or_none_still_has_an_interval() -> None:
    nobody = probability("doris", 6, np.zeros(50), Sample(1.0))
    assert nobody.low == 0
    assert 0 < nobody.high < 0.1


def test_activity_must_last_to_be_a_relapse() -> None:
    active = np.array([[1, 0, 1], [1, 1, 1], [0, 1, 1], [1, 1, 0]], bool)
    assert in_a_row(active, 3).any(axis=0).tolist() == [False, True, True]
    assert in_a_row(active, 4).any(axis=0).tolist() == [False, False, False]
    assert in_a_row(active, 1).tolist() == active.tolist()


def test_steroid_toxicity_and_low_nephron_mass_show_as_new_damage() -> None:
    from lupercal.forecast.outcomes import damaged

    run = SimpleNamespace(
        calendar=SimpleNamespace(visits=np.array([0, 30, 60])),
        columns={
            "damage_expected": np.array([[0.3, 0.3, 0.3], [0.4, 0.3, 0.3], [0.9, 0.3, 0.3]]),
            "egfr": np.array([[90.0, 55.0, 45.0], [90.0, 49.0, 44.0], [90.0, 52.0, 43.0]]),
        },
        damage_at=np.array([0.5, 0.5, 0.5]),
    )
    assert damaged(run, 30).tolist() == [False, True, False]  # type: ignore[arg-type]
    assert damaged(run, 60).tolist() == [True, True, False]  # type: ignore[arg-type]


def moved(published: float, rng: np.random.Generator) -> ArmResidual:
    """Return a residual of three parts by which published shares lie from the model."""
    errors, spreads = published * rng.standard_normal(3), rng.uniform(0.001, 0.5, 3)
    return SimpleNamespace(angles=lambda _, __, angle, spread: (angle - errors, spreads + spread))  # type: ignore[return-value]


@settings(max_examples=1000, deadline=None)
@given(
    st.integers(1, 60), st.sampled_from((0.0, 0.02, 0.5, 0.97, 1.0)), st.floats(0, 0.3), st.floats(0.02, 1.0),
    st.integers(1, 12), st.sampled_from((None, 0.0, 0.05, 0.4)), st.integers(0, 2**32 - 1),
    st.sampled_from((None, 0.0, 0.1, 1.5)),
)  # fmt: skip
def test_no_probability_lies_outside_its_interval(
    size: int, share: float, lost: float, effective: float, sets: int, apart: float | None, seed: int,
    published: float | None,
) -> None:  # fmt: skip
    """A forecast's inputs at random: shares near and at 0 and 1, few who count, sets that differ, figures that miss,
    and published shares that move the interval to either side, beyond 0 and 1 too.
    """
    rng = np.random.default_rng(seed)
    patients = rng.integers(0, max(2, size), size)
    happened = np.where(rng.random(size) < lost, np.nan, (rng.random(size) < share).astype(float))
    unexplained = (
        Unexplained(share=apart, log_ratio=0, level=0, time=0, change=0, tails=4) if apart is not None else None
    )
    residual = None if published is None else moved(published, rng)
    found = probability(
        "doris", 6, happened, Sample(effective, Doubt(patients % sets, unexplained), patients, residual)
    )
    counted = happened[~np.isnan(happened)]
    assert found.denominator == len(counted)
    assert found.distinct <= found.denominator
    if np.isnan(found.probability):
        assert found.effective < 1
    else:
        assert found.probability == counted.mean()
        assert 0 <= found.low <= found.probability <= found.high <= 1


def arm_run(prednisone: float, hydroxychloroquine: float = 0.0) -> SimpleNamespace:
    """Return an arm of three silent virtual patients seen at month 1, all on the same drugs."""
    from lupercal.instruments.sledai_items import DESCRIPTORS

    silent = dict.fromkeys((*DESCRIPTORS, "clinical_sledai", "sledai_2k", "pga", "new_activity"), 0.0)
    others = dict.fromkeys(("hemolytic_anemia", "gastrointestinal_activity", "on_investigational"), 0.0)
    drugs = {"prednisone": prednisone, "hydroxychloroquine": hydroxychloroquine}
    given = silent | others | drugs | {"on_immunosuppressant": 0.0, "on_biologic": 0.0}
    columns = {name: np.full((2, 3), value) for name, value in given.items()}
    columns["doris_2021"] = np.full((2, 3), float(prednisone <= 5))
    columns["lldas"] = np.full((2, 3), float(prednisone <= 7.5))
    calendar = SimpleNamespace(visits=np.array([0, 30]), main=np.array([True, True]))
    never = np.full(3, np.inf)
    alive = Endings(never, np.zeros(3, np.int8), never, never)
    return SimpleNamespace(columns=columns, calendar=calendar, outcome=np.zeros(3, np.int8), ended=alive)


@pytest.mark.parametrize(
    ("prednisone", "hydroxychloroquine", "ruled_out"),
    [
        (15.0, 0.0, {"doris", "lldas", "drug_free_remission"}),
        (6.0, 0.0, {"doris", "drug_free_remission"}),
        (5.0, 0.0, {"drug_free_remission"}),
        (0.0, 400.0, {"drug_free_remission"}),
        (0.0, 0.0, set()),
    ],
)
def test_what_the_care_excludes_has_a_reason_and_no_number(
    prednisone: float, hydroxychloroquine: float, ruled_out: set[str]
) -> None:
    found = {chance.outcome: chance for chance in efficacy(arm_run(prednisone, hydroxychloroquine), Sample(1.0))}  # type: ignore[arg-type]
    assert {name for name, chance in found.items() if chance.excluded} == ruled_out
    assert all(np.isnan(found[name].probability) and np.isnan(found[name].high) for name in ruled_out)
    assert found["doris_any_steroid"].probability == found["lldas_any_steroid"].probability == 1.0
