"""A trial's own protocol of care: tapers, rescue that ends, who leaves; and what ends the course of its patients.

What happened (visits), what was taken (the plan), and what counts (failure, drop-out) are kept apart: rescue is given
and ends, and still counts as failure where the design says so.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lupercal.care.records import CareRule, Reason
from lupercal.course.care import CareDecisions, CareOf
from lupercal.course.care_fit import fit
from lupercal.course.decided import Decided
from lupercal.course.endings import Endings, endings, nobody_ends
from lupercal.course.follow import Followed
from lupercal.course.plan import DrugPlan
from lupercal.population.cohort import Cohort
from lupercal.therapy.treatment import combined
from lupercal.trial.design import Trial, TrialArm
from lupercal.visits.visits import Visits

Array = NDArray[np.float64]


def looked_after(trial: Trial, arm: TrialArm, plan: DrugPlan, cohort: Cohort, seed: int) -> DrugPlan:
    """Return the plan of an arm with the decisions of the trial's protocol; the plan itself where it has none."""
    protocol = arm.care or trial.care
    if protocol is None or not protocol.rules:
        return plan
    given = combined(arm.treatment)
    fits = fit(protocol, given)
    care = CareOf(
        protocol, seed, np.arange(cohort.size), cohort.parameters, cohort.body, 0, -arm.lead, cohort.columns,
        arm=given, left_out=fits.left_out,
    )  # fmt: skip
    return replace(fits.prepared(plan), decisions=CareDecisions(care))


def decided_by(lived: Followed) -> Decided | None:
    """Return what was decided on the way, None where nobody decides."""
    decisions = lived.plan.decisions
    return decisions.decided() if isinstance(decisions, CareDecisions) else None


def deed_day(decided: Decided | None, verb: str, size: int) -> Array:
    """Return the first day on which a rule with such a deed fired, (N,); infinite where none did."""
    rules = () if decided is None else decided.protocol.rules
    return _first(decided, [rule for rule in rules if any(deed.do == verb for deed in rule.do)], size)


def rescue_day(decided: Decided | None, size: int) -> Array:
    """Return the first day on which something was given that counts as failure, (N,); infinite where nothing was."""
    rules = () if decided is None else decided.protocol.rules
    return _first(decided, [rule for rule in rules if rule.failure], size)


def left_because(
    decided: Decided | None, left: Array, end: float, harmed: NDArray[np.bool_] | None = None
) -> list[Reason | None]:
    """Return why each patient left by a day: as the protocol says, else another reason; None for those who stay.

    Who leaves by the design's yearly share does so for reasons other than active lupus: ``harmed`` (N,) for an adverse
    event.
    """
    harmed = np.zeros(len(left), bool) if harmed is None else harmed
    because: tuple[Reason, Reason] = ("other", "adverse event")
    reasons: list[Reason | None] = [
        because[int(hurt)] if day <= end else None for day, hurt in zip(left, harmed, strict=True)
    ]
    if decided is None:
        return reasons
    for rule in decided.protocol.rules:
        reason = next((deed.reason for deed in rule.do if deed.do == "leave"), None)
        day = _first(decided, [rule], len(left)) if reason else np.full(len(left), np.inf)
        for person in np.flatnonzero((day == left) & (left <= end)):
            reasons[person] = reason
    return reasons


def _first(decided: Decided | None, rules: list[CareRule], size: int) -> Array:
    first = np.full(size, np.inf)
    if decided is None:
        return first
    for rule in rules:
        if rule.id in decided.rules:
            fired = decided.fired[:, decided.rules.index(rule.id)]
            first = np.minimum(first, np.where(fired, decided.days[:, None], np.inf).min(axis=0, initial=np.inf))
    return first


def trial_endings(lived: Followed, seen: Visits, seed: int, arm: TrialArm) -> Endings:
    """Return who died and whose kidneys failed in an arm; nobody where it is not known who the patients are."""
    if not lived.people.people.size:
        return nobody_ends(lived.people.size)
    visits = seen.scored("sledai_2k").having({"damage_expected": lived.at("DM", seen.days)})
    slots = np.arange(lived.people.size)
    return endings(
        visits, lived.course.infections, lived.stay.first, lived.people.parameters, lived.people.people, seed, slots,
        combined(arm.treatment).procedure_deaths,
    )  # fmt: skip
