"""Care of the days no record tells yet: the protocol of usual care, by which flares are answered with prednisone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lupercal.care.registry import protocol
from lupercal.course.care import CareDecisions, CareOf
from lupercal.course.plan import DrugPlan
from lupercal.course.usual_care import USUAL_CARE
from lupercal.population.cohort import Cohort


def with_care(plan: DrugPlan, people: Cohort, seed: int, since: int) -> DrugPlan:
    """Return a plan in which flares are answered from a day on, and after the last planned change of prednisone.

    Chance is addressed by slot and day; a course falls to what the plan gives.
    """
    last = max([since, *(change.day for change in plan.timeline.inputs if change.name == "gc")])
    slots = np.arange(people.size)
    care = CareOf(protocol(USUAL_CARE), seed, slots, people.parameters, people.body, last)
    return replace(plan, decisions=CareDecisions(care))
