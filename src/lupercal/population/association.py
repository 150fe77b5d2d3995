"""How two findings go together: the tetrachoric correlation, and the share with both that follows from it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lupercal.evidence.curves import ndtri

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_STEEPEST = 0.5 * np.pi - 1e-6
_EDGE = 1e-6
_MOST_STEPS = 100
_NEAR, _NEAR_SHARE = 1e-9, 8.881784197001252e-16  # how near a root is looked for, in all and relative to it


def both_above(first: float, second: float, r: float) -> float:
    """Return P(X > x, Y > y) of two standard normal numbers with correlation ``r``.

    Parameters
    ----------
    first, second
        P(X > x) and P(Y > y), between 0 and 1.
    r
        Correlation. The integral of the density over the correlation (Drezner and Wesolowsky 1990,
        doi:10.1080/00949659008811236) is done by Gauss-Legendre quadrature over its arcsine, where it is smooth.
    """
    h, k = -ndtri(first), -ndtri(second)
    end = np.arcsin(r)
    angle = 0.5 * end * (_NODES + 1)
    exponent = -(h * h + k * k - 2 * h * k * np.sin(angle)) / (2 * np.cos(angle) ** 2)
    return float(first * second + 0.5 * end * (_WEIGHTS @ np.exp(exponent)) / (2 * np.pi))


def tetrachoric(both: float, first: float, second: float) -> float:
    """Return the correlation of two normal numbers, cut at two limits, that gives these shares (Pearson 1900).

    NaN where one finding is present in everybody or nobody; -1 or 1 where the shares allow nothing between.
    """
    if not (0 < first < 1 and 0 < second < 1) or np.isnan(both):
        return np.nan
    if both <= max(0.0, first + second - 1) + _EDGE or both >= min(first, second) - _EDGE:
        return -1.0 if both < first * second else 1.0
    angle = _root(lambda t: both_above(first, second, float(np.sin(t))) - both, -_STEEPEST, _STEEPEST)
    return float(np.sin(angle))


def _root(of: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function that changes its sign between two points is 0.

    The method of R. P. Brent, Computer Journal 14 (1971) 422-425, doi 10.1093/comjnl/14.4.422: the secant, or the
    parabola through three points, where that is trusted, else half the interval. SciPy's takes the same steps, but
    loading it takes longer than a hundred roots.
    """
    before, f_before, now, f_now = low, of(low), high, of(high)
    other, f_other, last, step = low, f_before, high - low, high - low
    for _ in range(_MOST_STEPS):
        if (f_before < 0) != (f_now < 0) and f_before != 0:
            other, f_other, last, step = before, f_before, now - before, now - before
        if abs(f_other) < abs(f_now):
            before, now, other = now, other, now
            f_before, f_now, f_other = f_now, f_other, f_now
        least, half = (_NEAR + _NEAR_SHARE * abs(now)) / 2, (other - now) / 2
        if f_now == 0 or abs(half) < least:
            break
        guess = _guess((before, now, other), (f_before, f_now, f_other)) if abs(f_now) < abs(f_before) else np.inf
        trusted = abs(last) > least and 2 * abs(guess) < min(abs(last), 3 * abs(half) - least)
        last, step = (step, guess) if trusted else (half, half)
        before, f_before = now, f_now
        now += step if abs(step) > least else (least if half > 0 else -least)
        f_now = of(now)
    return now


def _guess(x: tuple[float, float, float], f: tuple[float, float, float]) -> float:
    """Return the step from the middle point to the root of the line, or the parabola, through the points."""
    (before, now, other), (f_before, f_now, f_other) = x, f
    if before == other:
        return -f_now * (now - before) / (f_now - f_before)
    to_before, to_other = (f_before - f_now) / (before - now), (f_other - f_now) / (other - now)
    return -f_now * (f_other * to_other - f_before * to_before) / (to_other * to_before * (f_other - f_before))
