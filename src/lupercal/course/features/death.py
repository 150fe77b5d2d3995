"""Deaths that two years of visits would bring, by the hazards at the visits; nobody dies in the simulation."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lupercal.course.features.entry import infection_hazard
from lupercal.evidence.life_table import death_rate
from lupercal.model.mortality import hazard
from lupercal.population.people import People
from lupercal.visits.visits import Visits

Array = NDArray[np.float64]
Parameters = Mapping[str, float | Array]


def deaths(course: Visits, p: Parameters, damage: Array, people: People) -> dict[str, Array]:
    """Return the hazard of death summed over the visits, and that of the general population of the same age and sex.

    Parameters
    ----------
    course
        V visits, the last on day 0, with ``sledai_2k``.
    p
        Parameters of the hazards of infection and death, one number or (N,).
    damage
        Expected points of damage outside the kidney, (N,).
    people
        Age on day 0 and sex, (N,).

    Returns
    -------
    dict
        ``deaths`` and ``expected_deaths``, each (N,): expected numbers, small enough that the sum of the hazard is one.
    """
    c = course.columns
    expected = death_rate(people.age + course.days[:, None] / 365.25, people.female)
    seen: Any = SimpleNamespace(
        sledai=c["sledai_2k"], egfr=c["egfr"], sdi=damage, infections=infection_hazard(course, p)
    )
    names: Any = SimpleNamespace(**{name: value for name, value in p.items() if name.isidentifier()})
    rates = {"deaths": hazard(expected, seen, names), "expected_deaths": expected}
    return {name: np.asarray(np.trapezoid(rate, course.days / 365.25, axis=0)) for name, rate in rates.items()}
