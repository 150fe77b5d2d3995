"""By what a cohort is weighted, and what has to be seen of its people for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from lupercal.course.burn_in import Lived
from lupercal.course.features.clinic import of_lived
from lupercal.course.features.entry import entry_features
from lupercal.population.care import Care

Features = Callable[[Lived], Mapping[str, NDArray[np.float64]]]

CLINIC_VISITS = tuple(range(-720, 1, 45))
"""Days of the earlier visits that a clinic's features are taken from."""


def features_of(cohort: Care) -> tuple[Features, tuple[int, ...]]:
    """Return how the features of a cohort are taken, and the days of the earlier visits they need."""
    if cohort == "clinic":
        return of_lived, CLINIC_VISITS
    if cohort == "trial":
        return lambda lived: entry_features(lived.columns), ()
    return lambda lived: {}, ()
