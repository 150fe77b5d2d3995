"""How near the virtual patients are, in words: what was widened, and in what the nearest still differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lupercal.forecast.match import Resembling
from lupercal.forecast.settings import settings
from lupercal.forecast.targets import MatchTarget

Array = NDArray[np.float64]
FAR = 1.0
"""Tolerances from which on a difference is named."""

FEW = 0.5
"""Share of virtual patients that share a finding below which that is named."""


def tolerances_away(target: MatchTarget, value: float) -> float:
    """Return how many tolerances of its kernel a value lies outside a target; 0 inside its bounds."""
    return float(np.sqrt(-2 * target.log_weight(np.asarray(value))))


def nearness(targets: Sequence[MatchTarget], weighted: Resembling) -> tuple[str, ...]:
    """Return sentences on how few resemble and how they differ; none where enough do and differ in nothing."""
    return (*_few(weighted), *_differences(targets, weighted))


def _few(weighted: Resembling) -> Iterator[str]:
    size = weighted.effective_sample_size
    if weighted.widened > 1:
        yield (
            f"Few virtual patients resemble this one: tolerances were widened {weighted.widened:.2g}-fold so that they "
            f"are worth {size:.0f} independent ones; these are the nearest, not twins, and intervals are wider for it."
        )
    elif size < settings().candidates.efforts[0].enough:
        yield f"Few virtual patients resemble this one (worth {size:.0f} independent ones): intervals are wider for it."


def _differences(targets: Sequence[MatchTarget], weighted: Resembling) -> Iterator[str]:
    differences = [_difference(target, weighted) for target in targets]
    named = [(far, words) for far, words in differences if words]
    if named:
        listed = "; ".join(words for _, words in sorted(named, key=lambda one: -one[0]))
        yield f"The nearest still differ in: {listed}."


def _difference(target: MatchTarget, weighted: Resembling) -> tuple[float, str]:
    """Return how far the virtual patients are in one thing, and words where that is far."""
    values, name = weighted.cohort.columns[target.variable], target.variable.replace("_", " ")
    middle = float((weighted.weights * values).sum())
    median = _median(values, weighted.weights)
    far = tolerances_away(target, median)
    if set(np.unique(values).tolist()) <= {0.0, 1.0}:
        alike = middle if target.observed == 1 else 1 - middle
        says = name if target.observed == 1 else f"no {name}"
        return far, f"{says} (shared by {100 * alike:.0f} %)" if alike < FEW else ""
    words = f"{name} ({target.how} {target.observed:.3g} here, in the middle of them {median:.3g}"
    return far, f"{words}, {far:.1f} tolerances away)" if far > FAR else ""


def _median(values: Array, weights: Array) -> float:
    order = np.argsort(values, kind="stable")
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), 0.5)])
