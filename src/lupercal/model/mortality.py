"""Death from any cause: the hazard of people of the same age and sex, times what lupus adds, and deaths of infection.

Activity, damage and lost kidney function multiply the hazard, as in proportional-hazards models of lupus cohorts.
Deaths of serious infection come on top, so that what a therapy does to immunity shows; part of them is in the
multipliers too. The model of the disease does not depend on it: nobody dies during a simulation.
"""

from __future__ import annotations

import numpy as np

from lupercal.evidence.limits import clinical_limit
from lupercal.model.subsystem import Names, Value

_SURELY_FATAL = 100.0
"""Logarithm of a hazard ratio beyond which nobody lives an hour; parameters before any data go there."""


def hazard(population: Value, seen: Names, p: Names) -> Value:
    """Return the hazard of death per year.

    Parameters
    ----------
    population
        Deaths per year of people of the same age and sex (`lupercal.evidence.life_table.death_rate`), any shape.
    seen
        ``sledai``, ``egfr`` (mL/min/1.73 m2), ``sdi``, the expected points of damage outside the kidney, and
        ``infections``, the hazard of serious infection per year (`lupercal.model.infection.hazard`).
    p
        Parameters of ``parameters/mortality.yaml``.
    """
    return population * lupus(seen, p) + p.cf_inf * seen.infections


def lupus(seen: Names, p: Names) -> Value:
    """Return the hazard ratio of lupus; the number of points of damage is Poisson around its expected value."""
    damaged = np.exp(np.minimum((p.hr_dm - 1) * seen.sdi, _SURELY_FATAL))
    return p.hr_sle * p.hr_act**seen.sledai * damaged * kidney(seen, p)


def kidney(seen: Names, p: Names) -> Value:
    """Return the hazard ratio of lost kidney function."""
    failed, damaged = seen.egfr < clinical_limit("failure_egfr"), seen.egfr < clinical_limit("damage_egfr")
    return np.where(failed, p.hr_esrd, np.where(damaged, p.hr_egfr, 1.0))
