"""Probabilities: Wilson intervals, relapse that lasts, denominators."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest

from lupercal.forecast.outcomes import in_a_row, probability


@pytest.mark.parametrize(("happened", "of"), [(10, 20), (0, 50), (1, 500), (37, 40)])
def test_wilson_interval_agrees_with_scipy(happened: int, of: int) -> None:
    found = probability("doris", 6, np.repeat([1.0, 0.0], [happened, of - happened]), 1.0)
    exact = binomtest(happened, of).proportion_ci(0.90, "wilson")
    assert found.low == pytest.approx(exact.low, abs=1e-9)
    assert found.high == pytest.approx(exact.high, abs=1e-9)
    share = happened / of
    assert found.standard_error == pytest.approx(np.sqrt(share * (1 - share) / of))


def test_those_who_do_not_count_are_left_out() -> None:
    found = probability("relapse", 6, np.array([1.0, 0.0, np.nan, np.nan]), 1.0)
    assert (found.probability, found.denominator) == (0.5, 2)


def test_no_one_to_count_is_not_a_number() -> None:
    found = probability("relapse", 6, np.full(5, np.nan), 1.0)
    assert np.isnan(found.probability)
    assert np.isnan(found.high)
    assert found.denominator == 0


def test_fewer_distinct_patients_mean_a_wider_interval() -> None:
    happened = np.repeat([1.0, 0.0], 100)
    narrow, wide = probability("doris", 6, happened, 1.0), probability("doris", 6, happened, 0.25)
    assert wide.high - wide.low > 1.8 * (narrow.high - narrow.low)


def test_all_or_none_still_has_an_interval() -> None:
    nobody = probability("doris", 6, np.zeros(50), 1.0)
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
