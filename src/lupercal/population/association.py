"""How two findings go together: the tetrachoric correlation, and the share with both that follows from it."""

from __future__ import annotations

import numpy as np

from lupercal.evidence.curves import ndtri

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_STEEPEST = 0.5 * np.pi - 1e-6
_EDGE = 1e-6


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
    from scipy.optimize import brentq  # noqa: PLC0415 - slow to load, and asked for by validation alone

    if not (0 < first < 1 and 0 < second < 1) or np.isnan(both):
        return np.nan
    if both <= max(0.0, first + second - 1) + _EDGE or both >= min(first, second) - _EDGE:
        return -1.0 if both < first * second else 1.0
    angle = brentq(lambda t: both_above(first, second, float(np.sin(t))) - both, -_STEEPEST, _STEEPEST, xtol=1e-9)
    return float(np.sin(angle))
