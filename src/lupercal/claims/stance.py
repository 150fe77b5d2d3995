"""Does a row speak for a claimed number, against it, or leave it open? Exact intervals, never a rounded impression."""

from __future__ import annotations

import math
from typing import Literal

from lupercal.claims.settings import settings
from lupercal.evidence.intervals import Interval, exact_binomial, normal_quantile

Stance = Literal["for", "open", "against", "same", "beside"]
"""``same``: randomised groups that did not differ in the therapy's favour; ``beside``: shown, not counted."""


def share_interval(events: float, n: int) -> Interval:
    """Return the exact (Clopper-Pearson) 95 % interval of a share in per cent."""
    low, high = exact_binomial(events, n, settings().level)
    return 100 * low, 100 * high


def stance_of_share(value: float, interval: Interval, claimed: Interval) -> Stance:
    """Return how a share (per cent) with its interval stands to a claimed range.

    For: the share itself lies in the range. Against: not even the interval reaches it. Open: the interval does.
    """
    low, high = claimed
    if low <= value <= high:
        return "for"
    return "open" if interval[0] <= high and interval[1] >= low else "against"


def stance_of_figure(value: float | None, interval: Interval | None, claimed: Interval, *, related: bool) -> Stance:
    """Return how a natural-history figure stands to a claimed range; a ``related`` quantity can only leave it open."""
    low, high = claimed
    if value is not None and low != high:
        agrees = low <= value <= high or _close(value, low) or (math.isfinite(high) and _close(value, high))
    elif value is not None:
        agrees = _close(value, low)
    else:
        agrees = interval is not None and low <= interval[1] and interval[0] <= high
    if agrees:
        return "open" if related else "for"
    reached = interval is not None and interval[0] <= high and interval[1] >= low
    return "open" if reached or related else "against"


def _close(value: float, claimed: float) -> bool:
    return math.isfinite(claimed) and abs(claimed - value) <= settings().near * abs(value)


def newcombe(events: tuple[float, float], sizes: tuple[int, int]) -> Interval:
    """Return the 95 % interval of a difference of two shares in per cent points (Newcombe 1998, method 10).

    References
    ----------
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
    """
    (first, other), z = (events[0] / sizes[0], events[1] / sizes[1]), normal_quantile((1 + settings().level) / 2)
    low1, high1 = _wilson(first, sizes[0], z)
    low2, high2 = _wilson(other, sizes[1], z)
    gap = first - other
    return (
        100 * (gap - math.hypot(first - low1, high2 - other)),
        100 * (gap + math.hypot(high1 - first, other - low2)),
    )


def _wilson(share: float, n: int, z: float) -> Interval:
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return middle - half, middle + half


def fisher_p(events: tuple[float, float], sizes: tuple[int, int]) -> float:
    """Return the two-sided p of Fisher's exact test of two shares; events are rounded to whole people."""
    first, other = (round(count) for count in events)
    total, cases = sum(sizes), first + other
    ways = math.comb(total, cases)
    least, most = max(0, cases - sizes[1]), min(sizes[0], cases)
    chances = [math.comb(sizes[0], k) * math.comb(sizes[1], cases - k) / ways for k in range(least, most + 1)]
    return min(1.0, sum(p for p in chances if p <= chances[first - least] * (1 + 1e-9)))


def stance_of_difference(gap: float, p: float) -> Stance:
    """Return how a difference in the patient's favour stands: settled by Fisher's exact p, else by its direction."""
    if p <= 1 - settings().level and gap:
        return "for" if gap > 0 else "against"
    return "open" if gap > 0 else "same"


def stance_of_changes(treated: float, control: float, good: str) -> Stance:
    """Return how two mean changes stand to one another where no spread is printed.

    Same where the comparison group had at least the share `Settings.explained` of the change; open otherwise, because
    without a spread nothing is settled.
    """
    sign = 1 if good == "up" else -1
    gained, without = sign * treated, sign * control
    if gained <= 0:
        return "same"
    return "same" if without >= settings().explained * gained else "open"
