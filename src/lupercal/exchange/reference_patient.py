"""The reference patient under one therapy, as a task: what an export writes and another simulator can check."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lupercal.course.follow import follow, task_of
from lupercal.course.luck import NoLuck
from lupercal.course.plan import DrugPlan
from lupercal.course.start import start_states
from lupercal.course.stay import stay
from lupercal.engine.task import Task
from lupercal.errors import InputError
from lupercal.evidence.parameters import values
from lupercal.model.inputs import schedule
from lupercal.model.observation import Traits
from lupercal.model.reference_background import reference_drugs, reference_inputs
from lupercal.model.system import system
from lupercal.population.cohort import Cohort
from lupercal.therapy.body import Person
from lupercal.therapy.dosing import expand
from lupercal.therapy.registry import regimen

SETTLING_DAYS = 2000  # after which states stand still


def reference_task(therapy: str, months: int) -> Task:
    """Return the typical patient, settled in active disease, about to be given a therapy.

    Parameters
    ----------
    therapy
        A regimen by id, name or alias.
    months
        Horizon after day 0, 1 to 120.

    Raises
    ------
    InputError
        If the therapy is not known or the horizon is out of range.
    """
    if not 1 <= months <= 120:
        raise InputError("export", "months", months, "a whole number from 1 to 120")
    plan = expand(regimen(therapy), Person(), reference_drugs(), months)
    record = tuple(range(plan.start_day, plan.end_day + 1, 7))
    days = stay(plan.start_day, plan.end_day, (), record, system().states)
    return task_of(_typical(settled()), DrugPlan(reference_inputs(), schedule(plan)), days, NoLuck(1))


def settled() -> NDArray[np.float64]:
    """Return the states (S, 1) of the typical patient after 2000 days on background drugs, cumulative steroid at 0."""
    p = values()
    begin = start_states(1, 1.0, GC=reference_inputs()["gc"], HQ=p["hq_gain"] * reference_inputs()["hq"])
    whole = stay(0, SETTLING_DAYS, (), (SETTLING_DAYS,), system().states)
    end = follow(_typical(begin), DrugPlan(reference_inputs()), whole, NoLuck(1)).course.end.copy()
    for name, value in {"TX": 0.0, "LP": p["lp0"], "PV": 1.0}.items():
        end[system().states.index(name)] = value
    return end


def _typical(states: NDArray[np.float64]) -> Cohort:
    """Return the typical patient as a cohort of one, seen by nobody yet."""
    nothing = np.zeros(1)
    return Cohort(np.zeros(1, np.int64), values(), Traits(np.zeros(1, np.int64), nothing, nothing), {}, states, {}, {})
