"""Visit noise: unit variance, correlation as told, and an address."""

from __future__ import annotations

import numpy as np

from lupercal.course.noise import BLOCK_DAYS, halved, visit_noise
from lupercal.engine.random import normals

PATIENTS = np.arange(4000)


def noise(days: list[int], **more: object) -> np.ndarray:
    return visit_noise(3, "JO", PATIENTS, days, -30, 60.0, **more)  # type: ignore[arg-type]


def test_variance_is_one_and_correlation_falls_with_time() -> None:
    found = noise([0, 30, 60, 600])
    assert np.allclose(found.var(axis=1), 1, atol=0.08)
    assert abs(np.corrcoef(found[0], found[1])[0, 1] - np.exp(-0.5)) < 0.05
    assert abs(np.corrcoef(found[0], found[2])[0, 1] - np.exp(-1.0)) < 0.05
    assert abs(np.corrcoef(found[0], found[3])[0, 1]) < 0.05


def test_the_same_day_has_the_same_noise_whatever_else_is_asked() -> None:
    assert np.array_equal(noise([0, 100])[1], noise([100, 365, 700])[0])


def test_a_series_goes_on_from_where_another_ended() -> None:
    before = np.full(4000, 2.0)
    later = visit_noise(3, "JO", PATIENTS, [0, 30], 0, 60.0, before)
    assert np.array_equal(later[0], before)
    assert 0.9 < later[1].mean() < 1.4


def halved_noise(blocks: list[int], size: int = 20_000) -> np.ndarray:
    people = np.arange(size)
    begin = normals(3, "begin", people)
    return halved(begin, blocks, lambda chosen: normals(3, "halved", people[None, :], chosen[:, None]), 60.0)


def test_a_halved_series_has_the_law_of_one_that_is_walked_through() -> None:
    blocks = [0, 1, 4, 7, 11, 16, 17, 40, 41]
    series, days = halved_noise(blocks), BLOCK_DAYS * np.array(blocks)
    expected = np.exp(-np.abs(days[:, None] - days) / 60.0)
    assert np.abs(np.cov(series) - expected).max() < 0.035
    # what comes after the next block says nothing more: a partial correlation of zero
    rest = series[4] - np.exp(-20 / 60) * series[3]
    assert abs(np.corrcoef(rest, series[2] - np.exp(-15 / 60) * series[3])[0, 1]) < 0.03


def test_a_halved_block_holds_the_same_whatever_else_is_wanted() -> None:
    whole = halved_noise(list(range(50)), 7)
    for block in (0, 3, 16, 31, 49):
        assert np.array_equal(halved_noise([block], 7)[0], whole[block])
    assert halved_noise([], 7).shape == (0, 7)
