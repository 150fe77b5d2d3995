"""The month of screening, at whose end stands the baseline visit on which entry is judged.

Published baseline tables and entry rules hold at the baseline visit. Those who may enter have taken the drugs of trial
patients for a month by then (therapy is stepped up for the activity that leads to a trial, and trials ask for a month
of stable doses); who became well on them does not enter. Triggers and infections of the month belong to the patient,
so that every trial and arm sees the same month.
"""

from __future__ import annotations

from dataclasses import replace

from lupercal.course.follow import follow
from lupercal.course.plan import standing
from lupercal.course.stay import stay
from lupercal.engine.choose import EngineName
from lupercal.instruments.lldas import new_activity
from lupercal.population.cohort import Cohort
from lupercal.trial.luck import ScreeningLuck
from lupercal.trial.settings import settings


def at_baseline(cohort: Cohort, seed: int, engine: EngineName) -> Cohort:
    """Return a cohort with the columns and noise of the visit at the end of the month; states stay at its beginning.

    ``cohort`` has states, noise and drugs at the screening visit.
    """
    choice = settings().conduct
    end = choice.screening_days
    days, luck = stay(0, end, (end,), range(0, end + 1, choice.record_every)), ScreeningLuck(seed, cohort)
    seen = follow(cohort, standing(cohort.background), days, luck, engine).visits().at(end)
    seen["new_activity"] = new_activity(cohort.columns, seen)
    noise = {name: series[0] for name, series in luck.noise((end,)).items()}
    return replace(cohort, columns=dict(cohort.columns) | seen, noise=noise)
