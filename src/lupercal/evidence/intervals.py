"""Times in days and intervals of proportions, as the published figures need them."""

from __future__ import annotations

from statistics import NormalDist

from lupercal.evidence.units import convert

Interval = tuple[float, float]


def as_days(time: str) -> float:
    """Return a time such as ``52 wk`` or ``3 mo`` in days (a month is 30.4375 d)."""
    number, _, unit = time.partition(" ")
    return convert(float(number), unit, "d")


def exact_binomial(events: float, n: int, level: float) -> Interval:
    """Return the Clopper-Pearson interval of a proportion, as fractions.

    Parameters
    ----------
    events
        Patients with the event; need not be whole where only a rounded percentage was published.
    n
        Patients.
    level
        Confidence level between 0 and 1.
    """
    from lupercal.evidence.curves import betaincinv  # noqa: PLC0415 - loads NumPy and SciPy

    tail = (1 - level) / 2
    low = float(betaincinv(events, n - events + 1, tail)) if events > 0 else 0.0
    high = float(betaincinv(events + 1, n - events, 1 - tail)) if events < n else 1.0
    return low, high


def normal_quantile(chance: float) -> float:
    """Return the quantile of the standard normal distribution."""
    return NormalDist().inv_cdf(chance)
