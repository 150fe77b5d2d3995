"""How far a figure of a study of the observed size would lie from the truth by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lupercal.trial.seen import SeenArm
from lupercal.validation.answer import events_of_each, numbers_of, softened_share, unit_factor
from lupercal.validation.asked import CONTRASTS, Asked, day_of
from lupercal.validation.rates import HALF, comes_again, is_rate, log_ratio_error, rate_error
from lupercal.validation.unexplained import counts_patients

Array = NDArray[np.float64]


def sampling_error(asked: Asked, seen: SeenArm, versus: SeenArm | None, sizes: tuple[int | None, int | None]) -> float:
    """Return the standard error that a study of this size would have, from how much virtual patients differ.

    Parameters
    ----------
    asked, seen, versus
        As for `answer`.
    sizes
        Patients of the study in the arm and in the one it is compared with; None where not known.

    The error is in the unit of the row, of the logarithm for ratios; NaN where the size is not known or where shares
    and counts of patients have the binomial distribution instead. That of rates and counts of events is at least what
    half an event has, since few virtual patients to whom nothing happened do not exclude it.
    """
    n, statistic = sizes[0], asked.row.statistic
    if counts_patients(asked.row) or not n:
        return np.nan
    if statistic == "count":
        each = events_of_each(asked, seen)
        return float(np.sqrt(n * max(each.var(), HALF / n)))
    if statistic == "rate":
        return rate_error(asked, (seen,), (n,))
    if statistic not in CONTRASTS:
        return _standard_error(numbers_of(asked, seen, day_of(asked, seen)), n, statistic) * unit_factor(asked)
    if versus is None or not sizes[1]:
        return np.nan
    return _error_of_contrast(asked, (seen, versus), (n, sizes[1]))


def _error_of_contrast(asked: Asked, arms: tuple[SeenArm, SeenArm], sizes: tuple[int, int]) -> float:
    if asked.measure.kind == "number":
        return _error_of_numbers(asked, arms, sizes)
    if asked.row.statistic == "rate_ratio" and comes_again(asked):
        return log_ratio_error(asked, arms, sizes)
    return rate_error(asked, arms, sizes) if is_rate(asked.row.unit) else _error_of_shares(asked, arms, sizes)


def _standard_error(values: Array, n: int, statistic: str) -> float:
    if "mean" in statistic or statistic == "percent_change":
        return float(values.std() / np.sqrt(n))
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], method="inverted_cdf")
    width = high - low if np.isfinite(high) else 2 * (middle - low)
    return float(1.2533 * width / 1.349 / np.sqrt(n))  # of a median, for values about normal in the middle


def _error_of_numbers(asked: Asked, arms: tuple[SeenArm, SeenArm], sizes: tuple[int, int]) -> float:
    values = [numbers_of(asked, arm, day_of(asked, arm)) for arm in arms]
    if asked.row.statistic == "geometric_mean_ratio":
        values = [np.log(np.maximum(each, 1e-9)) for each in values]
    parts = [each.var() / n for each, n in zip(values, sizes, strict=True)]
    if asked.row.statistic == "relative_reduction":
        first, other = (each.mean() for each in values)
        return float(100 * first / other * np.sqrt(parts[0] / first**2 + parts[1] / other**2))
    of_logarithms = asked.row.statistic == "geometric_mean_ratio"
    return float(np.sqrt(sum(parts))) * (1.0 if of_logarithms else unit_factor(asked))


def _error_of_shares(asked: Asked, arms: tuple[SeenArm, SeenArm], sizes: tuple[int, int]) -> float:
    shares = [softened_share(asked, arm) for arm in arms]
    pairs = list(zip(shares, sizes, strict=True))
    statistic = asked.row.statistic
    if statistic == "difference":
        return float(100 * np.sqrt(sum(p * (1 - p) / n for p, n in pairs)))
    if statistic == "odds_ratio":
        return float(np.sqrt(sum(1 / (n * p * (1 - p)) for p, n in pairs)))
    if statistic == "hazard_ratio":
        return float(np.sqrt(sum(1 / (n * p) for p, n in pairs)))
    error = float(np.sqrt(sum((1 - p) / (n * p) for p, n in pairs)))
    return 100 * shares[0] / shares[1] * error if statistic == "relative_reduction" else error
