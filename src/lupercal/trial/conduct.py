"""A virtual trial from screening to the last visit.

All arms share the patients, their triggers, the luck of infection, drop-out and the noise of visits, so that a contrast
between arms holds no more chance than it must.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.background import groups, nothing_known
from lupercal.course.follow import Followed, follow
from lupercal.course.plan import DrugPlan
from lupercal.course.schedules import planned
from lupercal.course.stay import stay, window
from lupercal.engine.choose import EngineName
from lupercal.errors import LupercalError
from lupercal.population.cohort import Cohort
from lupercal.therapy.body import horizon
from lupercal.therapy.treatment import combined
from lupercal.trial.care import decided_by, deed_day, looked_after, rescue_day, trial_endings
from lupercal.trial.design import Trial, TrialArm
from lupercal.trial.entry import pick_entrants
from lupercal.trial.luck import TrialLuck, leaves_for_harm, leaves_trial, rescued
from lupercal.trial.nephritis_before import NEPHRITIS_BEFORE
from lupercal.trial.pool import Pool
from lupercal.trial.recruitment import Recruited, recruit
from lupercal.trial.seen import SeenArm, joined_arms
from lupercal.trial.settings import settings

Array = NDArray[np.float64]
Days = NDArray[np.int64]


_COUNTED = (
    "BT",
    "BN",
    "BM",
    "CE",
    "CM",
    "I6",
    "NU",
    "T4",
    "T8",
    "PL",
    "HB",
    "DM",
)  # states that are followed between visits


@final
@dataclass(frozen=True, slots=True)
class TrialRun:
    """All simulated arms of a trial; ``recruited`` are those of the pool who met the entry rules."""

    trial: Trial
    arms: Mapping[str, SeenArm]
    not_simulated: Mapping[str, str]
    recruited: Recruited

    @property
    def eligible(self) -> int:
        """How many different virtual patients met the entry rules."""
        return len(self.recruited.members)


def conduct(trial: Trial, pool: Pool, seed: int, size: int, engine: EngineName = "compiled") -> TrialRun:
    """Recruit from a pool and run every arm that can be simulated.

    Parameters
    ----------
    trial
        What to do.
    pool
        From whom to recruit.
    seed
        Of everything random.
    size
        Virtual patients per arm.
    engine
        Which engine integrates.
    """
    recruited, missing = recruit(trial, pool), dict(trial.not_simulated)
    if len(recruited.members) < settings().conduct.fewest:
        reason = _too_few(recruited)
        return TrialRun(trial, {}, missing | dict.fromkeys(trial.arms, reason), recruited)
    cohort = pool.cohort.take(pick_entrants(recruited.members, recruited.weights, seed, size))
    arms: dict[str, SeenArm] = {}
    for name, arm in trial.arms.items():
        same = next((arms[k] for k in arms if _alike(trial.arms[k], arm)), None)
        try:
            arms[name] = same or conduct_arm(trial, arm, cohort, seed, engine)
        except LupercalError as error:
            missing[name] = str(error)
    return TrialRun(trial, arms | _pooled(trial, arms) | _joined(trial, arms), missing, recruited)


def _too_few(recruited: Recruited) -> str:
    """Return that too few may enter, which rules the fewest meet, and that a larger pool would help where it would."""
    there = len(recruited.members)
    more, least = "a larger pool or more parameter sets", settings().conduct.fewest
    larger = f"; {more} may hold the {least} that are asked for" if there else ""
    return (
        f"only {there} of {recruited.asked} virtual patients of whom it recruits meet the entry rules"
        f"{_narrowest(recruited)}{larger}"
    )


def _narrowest(recruited: Recruited) -> str:
    """Return which rules the fewest meet, in words; nothing where there is no rule."""
    fewest = sorted(recruited.alone, key=lambda rule: rule[1])[:2]
    return f"; by itself {', '.join(f'{words} is met by {count}' for words, count in fewest)}" if fewest else ""


def conduct_arm(trial: Trial, arm: TrialArm, cohort: Cohort, seed: int, engine: EngineName) -> SeenArm:
    """Run one arm on the patients who entered, in one task.

    Raises
    ------
    LupercalError
        If the model cannot represent what is given.
    """
    visits = (-arm.lead, *trial.visits)
    start = -arm.lead - settings().conduct.screening_days
    days = stay(start, trial.end, visits, _recorded(trial, np.array(visits, np.int64), start))
    luck = TrialLuck(seed, cohort, -arm.lead)
    plan = looked_after(trial, arm, plan_of(arm, cohort, trial.end), cohort, seed)
    lived = follow(cohort, plan, days, luck, engine)
    seen = lived.visits()
    ended, decided = trial_endings(lived, seen, seed, arm), decided_by(lived)
    left = leaves_trial(seed, cohort.size, trial.drop_out)
    return SeenArm(
        trial,
        arm.name,
        seen,
        np.array(days.recorded, np.int64),
        _between(lived),
        np.minimum(left, deed_day(decided, "leave", cohort.size)),
        lived.first_infection(0),
        lived.usable,
        rescued(seed, cohort.size, seen.days),
        cohort.parameters,
        ended.death,
        ended.kidney_failure,
        rescue_day(decided, cohort.size),
        decided,
        procedure_death=ended.procedure,
        harmed=leaves_for_harm(seed, cohort.size),
        new_activity=cohort.columns["new_activity"],
        nephritis_before=cohort.columns.get(NEPHRITIS_BEFORE, np.full(cohort.size, np.nan)),
    )


def plan_of(arm: TrialArm, cohort: Cohort, end: int) -> DrugPlan:
    """Return what those who entered are given, by the size of their cohort, on the drugs they take besides.

    Raises
    ------
    LupercalError
        If the model cannot represent the doses together.
    """
    on_same = tuple(groups(nothing_known(), cohort.background, cohort.size))
    return planned(combined(arm.treatment), cohort.body, on_same, cohort.background, _months(end), cohort.size)


def _pooled(trial: Trial, arms: Mapping[str, SeenArm]) -> dict[str, SeenArm]:
    """Return arms that are all others together, each with its share of the patients."""
    parts = [(seen, trial.arms[name].n or 1) for name, seen in arms.items()]
    alike = all(np.array_equal(seen.days, parts[0][0].days) for seen, _ in parts)
    return {name: joined_arms(parts, name) for name in trial.pooled} if alike and len(parts) == len(trial.arms) else {}


def _joined(trial: Trial, arms: Mapping[str, SeenArm]) -> dict[str, SeenArm]:
    """Return arms that are some of the others together, each with its share of the patients."""
    together = {}
    for name, parts in trial.joined.items():
        seen = [arms[part] for part in parts if part in arms]
        if len(seen) == len(parts) and all(np.array_equal(one.days, seen[0].days) for one in seen):
            together[name] = joined_arms([(arms[part], trial.arms[part].n or 1) for part in parts], name)
    return together


def _alike(one: TrialArm, other: TrialArm) -> bool:
    return one.treatment == other.treatment and one.care == other.care


def _months(end: int) -> int:
    """Return the horizon that covers a number of days."""
    months = end // 31 + 1
    while horizon(months) < end:
        months += 1
    return months


def _recorded(trial: Trial, visits: Days, start: int) -> tuple[int, ...]:
    """Return the days on which states are recorded: around visits for the look-back, and daily after cells."""
    choice = settings().conduct
    grid = np.arange(start, trial.end + 1, choice.record_every)
    reach = window() + choice.record_every  # days before a visit that its look-back can reach, with the step before
    next_visit = visits[np.minimum(np.searchsorted(visits, grid), len(visits) - 1)]
    near = grid[(next_visit - grid <= reach) | (grid <= choice.sparse_after)]
    acute = range(0, min(choice.daily_until, trial.end) + 1) if trial.acute else ()
    return tuple(sorted({*near.tolist(), *visits.tolist(), *acute, trial.end}))


def _between(lived: Followed) -> dict[str, Array]:
    recorded = np.isin(lived.course.days, lived.stay.recorded)
    rows = slice(None) if recorded.all() else np.flatnonzero(recorded)
    states, p = {name: lived.course.states[name][rows] for name in _COUNTED}, lived.people.parameters
    cd19 = states["BT"] + states["BN"] + states["BM"]
    return {
        "cd19": cd19,
        "naive_b_cells": states["BN"],
        "car_t": states["CE"] + states["CM"],
        "il6": states["I6"],
        "neutrophils": states["NU"],
        "lymphocytes": (states["T4"] + states["T8"] + cd19 + p["lym_other"]) / 1000,
        "platelets": states["PL"],
        "hemoglobin": states["HB"],
        "infections": lived.infections_so_far()[rows],
        "damage": states["DM"],
    }
