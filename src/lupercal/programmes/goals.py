"""The course against the plan's goals: met, not met, or cannot tell where data are missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, final

import numpy as np

from lupercal.instruments.registry import score
from lupercal.patient.record import Measurement, Patient, Visit
from lupercal.patient.table import visit_columns
from lupercal.programmes.plan import Plan
from lupercal.programmes.plan_data import PROJECT, Basis, GoalRow, PlanData, common, plan_data
from lupercal.programmes.plan_items import day_of_month
from lupercal.rules.explain import name_in_words
from lupercal.rules.measured import (
    Truth,
    all_measured,
    any_measured,
    before,
    below,
    limit_of,
    measured_at_most,
    newest_measured,
    not_,
    told,
)

State = Literal["met", "not met", "cannot tell"]
STATES: Mapping[Truth, State] = {True: "met", False: "not met", None: "cannot tell"}


@final
@dataclass(frozen=True, slots=True)
class GoalStatus:
    """How a goal stands.

    ``day`` is that of the value it rests on (None: there is none), ``due_day`` the one by which the plan expects it.
    ``basis`` says whether the page, a publication or the project has the goal.
    """

    id: str
    name: str
    state: State
    day: int | None
    reason: str
    due_day: int
    basis: Basis
    source: str
    where: str


class _Found(NamedTuple):
    truth: Truth
    day: int | None
    reason: str


_Rule = Callable[[Patient, Sequence[Visit], Mapping[str, Any]], _Found]


def goals(patient: Patient, plan: Plan, until: int) -> tuple[GoalStatus, ...]:
    """Return how every goal of the plan stands.

    Parameters
    ----------
    patient
        Values on or before day 0 are the baseline, those after it the course.
    plan
        Names the programme.
    until
        Last day that is looked at.
    """
    data = plan_data(plan.programme)
    course = [visit for visit in patient.visits if 0 < visit.day <= until]
    return tuple(
        _status(row, data, _rule(row.goal)(patient, course, common("goals")[row.goal]), plan) for row in data.goals
    )


def _status(row: GoalRow, data: PlanData, judged: _Found, plan: Plan) -> GoalStatus:
    goal = common("goals")[row.goal]
    by_page = row.basis == "page"
    return GoalStatus(
        id=row.goal,
        name=goal["name"],
        state=STATES[judged.truth],
        day=judged.day,
        reason=judged.reason,
        due_day=day_of_month(plan.start, 0, goal["month"]),
        basis=row.basis,
        source=data.page if by_page else goal["source"] if row.basis == "published" else PROJECT,
        where=row.where or goal["where"],
    )


def _rule(goal: str) -> _Rule:
    return RULES[common("goals")[goal]["rule"]]


def _limited(patient: Patient, course: Sequence[Visit], row: Mapping[str, Any]) -> _Found:
    """Judge the newest value against a limit it may not exceed."""
    name = row["variables"][0]
    newest = newest_measured(course, name)
    if newest is None:
        return _missing(row)
    return _Found(measured_at_most(newest[1], row["limit"]), newest[0], told(name, newest[1]))


def _instrument(patient: Patient, course: Sequence[Visit], row: Mapping[str, Any]) -> _Found:
    """Judge the newest visit at which the state can be computed, else the newest at which it is recorded."""
    values = np.atleast_1d(score(row["variables"][0], visit_columns(course)).value) if course else np.empty(0)
    settled = [(visit.day, bool(value)) for visit, value in zip(course, values, strict=True) if not np.isnan(value)]
    if settled:
        return _Found(settled[-1][1], settled[-1][0], "computed from the visit")
    recorded = newest_measured(course, "doris_remission")
    if recorded:
        return _Found(bool(recorded[1].value), recorded[0], "as recorded, not computed")
    return _Found(None, None, "no visit after day 0 has clinical SLEDAI, PGA and prednisone together")


def _not_low(patient: Patient, course: Sequence[Visit], row: Mapping[str, Any]) -> _Found:
    """Judge the newest values against the laboratory's lower limits; the SLEDAI descriptor stands in for them."""
    parts = [_normal(patient, course, name) for name in row["variables"]]
    if all(part.truth is None for part in parts) and (flag := newest_measured(course, "low_complement")):
        return _Found(not bool(flag[1].value), flag[0], told("low_complement", flag[1]))
    days = [part.day for part in parts if part.day is not None]
    return _Found(
        all_measured(part.truth for part in parts), max(days, default=None), "; ".join(part.reason for part in parts)
    )


def _normal(patient: Patient, course: Sequence[Visit], name: str) -> _Found:
    having = [visit for visit in course if name in visit.values]
    if not having:
        return _Found(None, None, f"no {name.upper()} after day 0")
    visit, value = having[-1], having[-1].values[name]
    limit = limit_of(patient, visit, name, "low")
    if limit is None:
        return _Found(None, visit.day, f"{told(name, value)}, laboratory's limit not known")
    return _Found(not_(below(value, limit)), visit.day, f"{told(name, value)}, limit {limit:g}")


def _halved(patient: Patient, course: Sequence[Visit], row: Mapping[str, Any]) -> _Found:
    """Judge the newest value: below the limit, or at most half of that before treatment."""
    name = row["variables"][0]
    newest, then = newest_measured(course, name), before(patient, row["variables"][0])
    if newest is None:
        return _missing(row)
    if then is not None and below(then, row["limit"]):
        return _Found(
            below(newest[1], row["limit"]), newest[0], f"{told(name, newest[1])}; low already before treatment"
        )
    halved = None if then is None else _at_most_part(newest[1], then, 0.5)
    reason = f"{told(name, newest[1])}; before treatment {'not known' if then is None else told(name, then)}"
    return _Found(any_measured([below(newest[1], row["limit"]), halved]), newest[0], reason)


def _at_most_part(now: Measurement, then: Measurement, share: float) -> Truth:
    """Return whether a value is at most a share of an earlier one, both possibly bounds."""
    if now.high <= share * then.low:
        return True
    return False if now.low > share * then.high else None


def _falls(patient: Patient, course: Sequence[Visit], row: Mapping[str, Any]) -> _Found:
    name = row["variables"][0]
    newest, then = newest_measured(course, name), before(patient, name)
    if newest is None or then is None:
        return _missing(row) if newest is None else _Found(None, newest[0], "no value before treatment")
    least, most = then.low - newest[1].high, then.high - newest[1].low
    truth = True if least >= row["limit"] else False if most < row["limit"] else None
    return _Found(truth, newest[0], f"{told(name, newest[1])}; before treatment {then.value:g}")


def _falling(patient: Patient, course: Sequence[Visit], row: Mapping[str, Any]) -> _Found:
    """Judge the first of the variables that has a value after day 0: normal, or lower than before treatment."""
    for name in row["variables"]:
        visits = [visit for visit in course if name in visit.values]
        if visits:
            visit, value, then = visits[-1], visits[-1].values[name], before(patient, name)
            limit = limit_of(patient, visit, name, "high")
            normal = None if limit is None else measured_at_most(value, limit)
            lower = None if then is None else _lower(value, then)
            reason = f"{told(name, value)}; before treatment {'not known' if then is None else told(name, then)}"
            return _Found(any_measured([normal, lower]), visit.day, reason)
    return _missing(row)


def _lower(now: Measurement, then: Measurement) -> Truth:
    if now.high < then.low or (now.high == then.low and (now.comparator == "<" or then.comparator == ">")):
        return True
    return False if now.low >= then.high else None


def _missing(row: Mapping[str, Any]) -> _Found:
    return _Found(
        None, None, f"no value of {' or '.join(name_in_words(name) for name in row['variables'])} after day 0"
    )


RULES: Mapping[str, _Rule] = {
    "at_most": _limited,
    "state": _instrument,
    "not_low": _not_low,
    "halved_or_below": _halved,
    "falls_by": _falls,
    "falling_or_normal": _falling,
}
