"""Visit noise: unit variance, correlation as told, and an address."""

from __future__ import annotations

import numpy as np

from lupercal.course.noise import visit_noise

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
