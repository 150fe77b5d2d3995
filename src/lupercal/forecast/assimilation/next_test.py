"""What to measure next: by how much a test on a day is expected to narrow the forecast of an outcome.

For every test result that particles expect, the outcome's forecast is worked out anew; the expected standard deviation
is set beside that without the test (expected value of sample information on the scale of the spread; Raiffa and
Schlaifer 1961). Nothing is lived anew: particles are weighted, and an offset that test and outcome share is learnt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.curves import ndtr
from lupercal.forecast.assimilation.learnt import ExpectedNarrowing
from lupercal.forecast.assimilation.outlook import Outlook
from lupercal.forecast.assimilation.settings import assimilation_settings

Array = NDArray[np.float64]
RESULTS = 64
"""Results of a test that are tried."""


def next_tests(
    expected: Outlook, outcome: str, outcome_day: int, tests: Iterable[str], days: Sequence[int], first: int
) -> tuple[ExpectedNarrowing, ...]:
    """Return expected narrowings, the largest first; days of the outlook, told as record days by ``first``."""
    narrowings = [
        ExpectedNarrowing(
            test, day + first, outcome, outcome_day + first, narrowing(expected, (test, day), (outcome, outcome_day))
        )
        for test in tests
        for day in days
        if day in expected.days and expected.since < day < outcome_day
    ]
    return tuple(sorted(narrowings, key=lambda one: -one.narrowing))


def narrowing(expected: Outlook, test: tuple[str, int], outcome: tuple[str, int]) -> float:
    """Return by what share a test is expected to narrow an outcome's standard deviation, 0 to 1.

    Results below what is told apart teach only that they lie there.
    """
    seen, seen_sd = expected.at(*test)
    then, then_sd = expected.at(*outcome)
    shared = expected.shared(test, outcome)
    before = _spread(np.full(len(then), 1 / len(then)), then, then_sd)
    if before <= 0:
        return 0.0
    results = expected.drawn(*test)[:: max(1, len(seen) // RESULTS)]
    bottom = assimilation_settings().channels[test[0]].bottom
    rest = np.sqrt(np.maximum(np.square(then_sd) - np.square(shared / seen_sd), 0.0))
    after = list[float]()
    for result in results:
        z, low = (max(result, bottom) - seen) / seen_sd, result <= bottom
        weights = ndtr(z) if low else np.exp(-0.5 * z * z) / seen_sd
        if weights.sum() > 0:
            later = (then, then_sd) if low else (then + shared / seen_sd * z, rest)
            after.append(_spread(weights / weights.sum(), *later))
    return float(np.clip(1 - np.mean(after) / before, 0.0, 1.0)) if after else 0.0


def _spread(weights: Array, mean: Array, sd: Array) -> float:
    middle = float(weights @ mean)
    return float(np.sqrt(weights @ (np.square(sd) + np.square(mean - middle))))
