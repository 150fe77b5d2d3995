"""Care of the days that no record tells yet: flares are answered with courses of prednisone, as usual care does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.flare_care import FlareCare, first_doses, flare_care, tapered
from lupercal.course.plan import DrugPlan
from lupercal.model.infection import CHANCE_INTERVAL_DAYS
from lupercal.model.schedule import Schedule
from lupercal.population.cohort import Cohort
from lupercal.visits.visits import OneVisit

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class CareAhead:
    """Check-ups every quarter from day ``since`` on, when all planned changes of prednisone are over.

    ``usual`` (N,) is the dose a course falls back to; chance is addressed by slot and day.
    """

    care: FlareCare
    seed: int
    slots: NDArray[np.int64]
    since: int
    usual: Array

    def days(self, first: int, last: int) -> Sequence[int]:
        """Return the days of check-ups, whole weeks after the first day."""
        if not self.care.any:
            return ()
        begin = max(self.since, first) + self.care.every
        late = -(begin - first) % CHANCE_INTERVAL_DAYS
        return range(begin + late, last, self.care.every)

    def decide(self, day: int, seen: OneVisit, plan: DrugPlan) -> Schedule:
        """Return the courses that begin at a check-up; who takes one already goes on with the higher dose."""
        doses = first_doses(seen, self.care, self.seed, self.slots, day)
        return Schedule(inputs=tapered(day, doses, self.usual, self.care))


def with_care(plan: DrugPlan, people: Cohort, seed: int, since: int) -> DrugPlan:
    """Return a plan in which flares are answered from a day on, and after the last planned change of prednisone."""
    changes = [change.day for change in plan.timeline.inputs if change.name == "gc"]
    last = max([since, *changes])
    usual = plan.level("gc", np.array([last]), people.size)[0]
    care = CareAhead(flare_care(people.parameters), seed, np.arange(people.size), last, usual)
    return replace(plan, decisions=care)
