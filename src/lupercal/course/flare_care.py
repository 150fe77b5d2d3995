"""Usual care answers activity: courses of glucocorticoids begun at check-ups that find lupus active.

BILAG-2004 grades a system by what a physician means to do: A calls for a high dose of steroid, B for a low one
(Isenberg 2005, doi:10.1093/rheumatology/keh624). Not all activity is answered (Petri 1991: 44.8 % of flares led to a
change of treatment), so chance decides, addressed by patient and day. A course begins at the dose of the parameter data
and falls in equal steps to what the patient took before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.random import uniforms
from lupercal.engine.streams import FLARE_CARE
from lupercal.instruments.bilag_2004 import GRADE_COLUMNS
from lupercal.model.bilag import A, B
from lupercal.model.schedule import Amount, InputChange

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class FlareCare:
    """How care answers activity of grade A and B, one number or shape (N,).

    ``answered_a``, ``answered_b`` are the shares of check-ups with such a grade that begin a course, ``course_a``,
    ``course_b`` its first dose (prednisone, mg/d), ``days`` its length, ``steps`` those in which it falls; check-ups
    come ``every`` so many days.
    """

    answered_a: Amount
    answered_b: Amount
    course_a: Amount
    course_b: Amount
    days: int
    steps: int
    every: int

    @property
    def any(self) -> bool:
        """Whether any activity is answered."""
        return bool(np.any(np.asarray(self.answered_a) > 0) or np.any(np.asarray(self.answered_b) > 0))


def flare_care(p: Mapping[str, Amount]) -> FlareCare:
    """Return how care answers activity by the parameters of `evidence/data/parameters/population.yaml`."""
    days, steps, every = (int(np.max(np.asarray(p[name]))) for name in ("course_days", "course_steps", "checkup_days"))
    return FlareCare(p["answered_a"], p["answered_b"], p["course_a"], p["course_b"], days, steps, every)


def first_doses(
    columns: Mapping[str, Array], care: FlareCare, seed: int, patients: NDArray[np.int64], day: int
) -> Array:
    """Return the first dose of the courses that begin at a check-up, prednisone mg/d (N,); 0 for none.

    Parameters
    ----------
    columns
        Those of the visit, (N,), with its BILAG-2004 grades.
    care
        How activity is answered.
    seed, patients, day
        The address of the chance that it is.
    """
    worst = np.max([columns[name] for name in GRADE_COLUMNS], axis=0)
    luck = uniforms(seed, FLARE_CARE, patients, np.full(len(patients), day))
    severe, moderate = worst >= A, (worst >= B) & (worst < A)
    dose = np.where(severe & (luck < care.answered_a), care.course_a, 0.0)
    return np.where(moderate & (luck < care.answered_b), care.course_b, dose)


def tapered(day: int, doses: Array, usual: Array, care: FlareCare) -> tuple[InputChange, ...]:
    """Return courses that begin on a day as changes of prednisone, mg/d (N,): never below the ``usual`` dose (N,)."""
    return tuple(
        InputChange(day + k * care.days // care.steps, "gc", np.maximum(usual, doses * (1 - k / care.steps)))
        for k in range(care.steps + 1)
    )
