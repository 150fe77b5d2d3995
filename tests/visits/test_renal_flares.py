"""Renal flares over visits: borders of each named rule."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.visits.renal_flares import renal_flare_rule


def test_a_flare_of_trials_is_one_gram_and_twice_the_lowest() -> None:
    rule = renal_flare_rule("trials")
    assert rule.responds(np.array([0.7, 0.71])).tolist() == [True, False]
    assert rule.comes_back(np.array([1.0, 0.99, 1.3, 1.4]), np.array([0.5, 0.2, 0.7, 0.7])).tolist() == [
        True,
        False,
        False,
        True,
    ]
    assert rule.visits == 2


def test_a_flare_of_natural_history_is_a_response_lost_at_one_visit() -> None:
    rule = renal_flare_rule("natural_history")
    assert rule.responds(np.array([0.5, 0.51])).tolist() == [True, False]
    assert rule.comes_back(np.array([1.0, 0.99]), np.array([0.9, 0.1])).tolist() == [True, False]
    assert rule.visits == 1


@pytest.mark.parametrize("name", ["trials", "natural_history"])
def test_an_unknown_ratio_is_neither_response_nor_flare(name: str) -> None:
    rule = renal_flare_rule("trials" if name == "trials" else "natural_history")
    assert not rule.responds(np.array([np.nan])).any()
    assert not rule.comes_back(np.array([np.nan, 2.0]), np.array([0.3, np.nan])).any()
    assert rule.source
