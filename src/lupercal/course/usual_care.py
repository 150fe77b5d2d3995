"""Usual care before day 0: the protocol ``usual_care``, by the parameters that people have."""

from __future__ import annotations

from lupercal.care.registry import protocol
from lupercal.course.care import CareDecisions, CareOf
from lupercal.population.cohort import Cohort

USUAL_CARE = "usual_care"
"""The protocol of care under which people live before anything is asked of them."""


def usual_care(people: Cohort, seed: int, begins: int, until: int, lasting: bool = False) -> CareDecisions:
    """Return the decisions of usual care for some people from day ``begins`` on; they end before day ``until``.

    Where they are ``lasting`` standing doses go on after it, and only courses end.
    """
    given = protocol(USUAL_CARE)
    every, p = given.visits[-1].every, people.parameters
    care = CareOf(given, seed, people.patients, p, people.body, begins, until=until, lasting=lasting, rest=every)
    return CareDecisions(care)
