"""The month of screening, at whose end stands the baseline visit on which entry is judged.

Published baseline tables and entry rules hold at the baseline visit. Those who may enter have taken the drugs of trial
patients for a month by then (therapy is stepped up for the activity that leads to a trial, and trials ask for a month
of stable doses); who became well on them does not enter. Triggers and infections of the month belong to the patient,
so that every trial and arm sees the same month.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lupercal.course.noise import later
from lupercal.engine.choose import EngineName, integrate
from lupercal.engine.random import normals
from lupercal.engine.task import Task
from lupercal.model.observation import NOISE_STREAMS, RECORDED, observe_once
from lupercal.model.schedule import Amount, Schedule
from lupercal.population.cohort import Cohort
from lupercal.trial.luck import screening_infections, screening_triggers
from lupercal.trial.settings import settings

Array = NDArray[np.float64]


def at_baseline(cohort: Cohort, seed: int, engine: EngineName) -> Cohort:
    """Return a cohort with the columns and noise of the visit at the end of the month; states stay at its beginning.

    ``cohort`` has states, noise and drugs at the screening visit.
    """
    choice = settings().conduct
    end = choice.screening_days
    recorded = tuple(sorted({*range(0, end + 1, choice.record_every), end}))
    task = Task(
        cohort.states, cohort.parameters, cohort.background, Schedule(), 0, end, recorded, RECORDED,
        screening_triggers(seed, cohort.patients, cohort.parameters), screening_infections(seed, cohort.patients),
    )  # fmt: skip
    course = integrate(task, engine)
    noise = _later(cohort, seed, end)
    seen = observe_once(course.days, course.states, end, noise, cohort.parameters, cohort.traits)
    return replace(cohort, columns=dict(cohort.columns) | seen, noise=noise)


def _later(cohort: Cohort, seed: int, days: int) -> dict[str, Array]:
    """Return the visit noise some days later, each (N,): a first-order autoregression, addressed by patient."""
    correlation: Amount = cohort.parameters["noise_days"]
    return {
        name: later(cohort.noise[name], normals(seed, f"screening {name}", cohort.patients), days, correlation)
        for name in NOISE_STREAMS
    }
