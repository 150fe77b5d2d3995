"""Usual care before day 0: people are seen every quarter, and active lupus is answered with a course of steroid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.flare_care import FlareCare, first_doses, flare_care, tapered
from lupercal.course.plan import DrugPlan
from lupercal.model.schedule import Schedule
from lupercal.population.cohort import Cohort
from lupercal.visits.visits import OneVisit


@final
@dataclass(frozen=True, slots=True)
class UsualCare:
    """Decisions of usual care for some people; from day ``until`` on nothing but their own plan changes doses."""

    care: FlareCare
    seed: int
    patients: NDArray[np.int64]
    until: int

    def days(self, first: int, last: int) -> Sequence[int]:
        """Return the days of check-ups; none where no activity is answered."""
        every = self.care.every
        return range(first + every, last - every + 1, every) if self.care.any else ()

    def decide(self, day: int, seen: OneVisit, plan: DrugPlan) -> Schedule:
        """Return the courses of prednisone that begin at a check-up, never below what people usually take."""
        usual = np.broadcast_to(np.asarray(plan.inputs.get("gc", 0.0), np.float64), self.patients.shape)
        begun = tapered(day, first_doses(seen, self.care, self.seed, self.patients, day), usual, self.care)
        return Schedule(inputs=tuple(change for change in begun if change.day < self.until))


def usual_care(people: Cohort, seed: int, until: int) -> UsualCare:
    """Return usual care of some people, by the parameters they have."""
    return UsualCare(flare_care(people.parameters), seed, people.patients, until)
