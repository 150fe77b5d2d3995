"""What descendants of few are worth, on numbers made up for the purpose."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.forecast.kin import worth_of_kin

FAMILIES = np.repeat(np.arange(20), 25)


def test_strangers_are_worth_their_number() -> None:
    happened = (np.arange(1000) % 5 == 0).astype(float)
    assert worth_of_kin(happened, np.arange(1000)) == pytest.approx(1000, rel=0.02)


def test_families_that_share_everything_are_worth_their_number() -> None:
    happened = (FAMILIES % 4 == 0).astype(float)
    assert worth_of_kin(happened, FAMILIES) == pytest.approx(20, rel=0.1)


def test_families_that_share_nothing_are_worth_nearly_all() -> None:
    happened = (np.arange(500) % 5 == 0).astype(float)  # five of every family
    assert worth_of_kin(happened, FAMILIES) > 250


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_nothing_differs_ancestors_count(share: float) -> None:
    assert worth_of_kin(np.full(500, share), FAMILIES) == pytest.approx(20)


def test_two_filters_that_disagree_are_worth_less() -> None:
    kin = np.concatenate([np.arange(250), -1 - np.arange(250)])
    agree, apart = (
        (np.arange(500) % 10 < 3).astype(float),
        (np.arange(500) % 250 < np.where(kin < 0, 50, 100)).astype(float),
    )
    assert worth_of_kin(agree, kin) > 300
    assert worth_of_kin(apart, kin) < 60
