"""What is believed of the difference between model and patient, against matrices worked out at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.engine.random import uniforms
from lupercal.forecast.assimilation.residual import Wobble, believed_later, learn, learn_within, nothing_learnt

WOBBLE = Wobble(180.0, 0.25, 60.0, 0.3)
OFFSET = 0.6


def at_once(days: list[float], seen: list[float], ahead: float) -> tuple[float, float, float]:
    """Return log density of all values, and mean and variance of the next, by one multivariate normal distribution."""
    when = np.array([*days, ahead])
    gap = np.abs(when[:, None] - when[None, :])
    total = OFFSET**2 * np.exp(-gap / 180) + 0.25**2 * np.exp(-gap / 60) + 0.3**2 * np.eye(len(when))
    own, across = total[:-1, :-1], total[-1, :-1]
    solved = np.linalg.solve(own, np.array(seen))
    density = -0.5 * np.array(seen) @ solved - 0.5 * np.linalg.slogdet(2 * np.pi * own)[1]
    return float(density), float(across @ solved), float(total[-1, -1] - across @ np.linalg.solve(own, across))


@given(st.lists(st.tuples(st.integers(0, 90), st.floats(-2, 2)), min_size=1, max_size=6), st.integers(1, 300))
def test_step_by_step_is_all_at_once(values: list[tuple[int, float]], ahead: int) -> None:
    belief, logs, day = nothing_learnt(np.array([OFFSET]), WOBBLE), 0.0, 0
    days, seen = list[float](), list[float]()
    for gap, value in values:
        belief, day = believed_later(belief, WOBBLE, gap), day + gap
        log, belief = learn(belief, WOBBLE, np.array([value]))
        logs, days, seen = logs + float(log[0]), [*days, day], [*seen, value]
    belief = believed_later(belief, WOBBLE, ahead)
    density, mean, variance = at_once(days, seen, day + ahead)
    assert logs == pytest.approx(density, abs=1e-8)
    assert belief.mean[0] == pytest.approx(mean, abs=1e-8)
    assert belief.sd(WOBBLE)[0] ** 2 == pytest.approx(variance, abs=1e-8)


def test_above_a_bound_lies_higher_than_at_it() -> None:
    n = 4000
    start = nothing_learnt(np.full(n, OFFSET), WOBBLE)
    u = uniforms(1, "test", np.arange(n))
    _, at = learn(start, WOBBLE, np.full(n, 0.5))
    log, above = learn_within(start, WOBBLE, np.full(n, 0.5), np.full(n, np.inf), u)
    assert above.mean.mean() > at.mean.mean()
    sd = float(np.sqrt(OFFSET**2 + 0.25**2 + 0.3**2))
    from scipy.stats import norm

    assert log[0] == pytest.approx(norm.logsf(0.5 / sd))
    assert above.mean.mean() == pytest.approx(
        (OFFSET**2 + 0.25**2) / sd * norm.pdf(0.5 / sd) / norm.sf(0.5 / sd), abs=0.02
    )


@given(st.floats(-60, 60), st.floats(0.01, 5))
def test_bounds_far_away_stay_finite(low: float, width: float) -> None:
    start, u = nothing_learnt(np.full(3, OFFSET), WOBBLE), np.array([0.01, 0.5, 0.99])
    log, after = learn_within(start, WOBBLE, np.full(3, low), np.full(3, low + width), u)
    assert (log <= 1e-9).all()
    assert np.isfinite(log).all()
    assert np.isfinite(after.mean).all()


def test_a_bound_that_says_nothing_costs_nothing() -> None:
    start, u = nothing_learnt(np.full(3, OFFSET), WOBBLE), np.array([0.2, 0.5, 0.9])
    log, _ = learn_within(start, WOBBLE, np.full(3, -np.inf), np.full(3, np.inf), u)
    assert log == pytest.approx(np.zeros(3), abs=1e-9)


def test_an_offset_is_forgotten_in_its_own_time() -> None:
    _, belief = learn(nothing_learnt(np.array([OFFSET]), WOBBLE), WOBBLE, np.array([1.0]))
    soon, late = (believed_later(belief, WOBBLE, days).mean[0] for days in (1, 2000))
    assert soon > 0.7 * belief.mean[0]
    assert abs(late) < 1e-3
