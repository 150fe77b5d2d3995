"""Who stays in a trial, and harm that ends it: procedure, infection, adverse events, death without a relapse."""

from __future__ import annotations

import numpy as np

from lupercal.trial.endpoints.endings import died
from lupercal.trial.endpoints.flares import relapses
from lupercal.trial.endpoints.measure import Array, Measure, truth
from lupercal.trial.seen import SeenArm


def _dead_or_infected(seen: SeenArm, day: float) -> Array:
    return np.minimum(died(seen, day), np.where(seen.infected < seen.left, seen.infected, np.inf))


def _died_without_relapse(seen: SeenArm, day: float) -> Array:
    day_of_death = died(seen, day)
    return np.where(day_of_death <= seen.first_day(relapses(seen)), day_of_death, np.inf)


def _died_of_procedure(seen: SeenArm, day: float) -> Array:
    return np.asarray(np.where(seen.procedure_death <= seen.death, seen.procedure_death, np.inf))


def _completed(seen: SeenArm, day: float) -> Array:
    """Return who is alive, has not dropped out and has had nothing outside the protocol, (N,)."""
    return truth((seen.gone > day) & (seen.rescued_on > day))


def _stopped(seen: SeenArm, day: float) -> Array:
    return 1.0 - _completed(seen, day)


def _left_for_harm(seen: SeenArm, day: float) -> Array:
    """Return the day of leaving for an adverse event, (N,); infinite for all others."""
    harmed = np.array([why == "adverse event" for why in seen.left_because])
    return np.where(harmed & (seen.left <= seen.death), seen.left, np.inf)


_PROCEDURE = "published deaths of the procedure, in the file of the regimen"
_HAZARD = "hazards of lupus cohorts (lupercal.model.mortality), fatal serious infections, deaths of procedures"
_OWN = "as worded by the studies; the project's reading"
MEASURES = (
    Measure(
        "treatment_related_mortality",
        "event",
        _died_of_procedure,
        "death of the procedure within its days at risk",
        _PROCEDURE,
        aliases=("transplant_related_mortality",),
    ),
    Measure("non_relapse_mortality", "event", _died_without_relapse, "death without a relapse before it", _HAZARD),
    Measure(
        "stopped_for_adverse_event",
        "event",
        _left_for_harm,
        "left the trial for an adverse event, drawn at the published share of those who leave",
        "BLISS-76, NCT00410384",
    ),
    Measure("death_or_serious_infection", "event", _dead_or_infected, "death or a first serious infection", _HAZARD),
    Measure(
        "completed",
        "state",
        _completed,
        "alive, not dropped out, nothing outside the protocol",
        _OWN,
        aliases=("retention",),
        composite=False,
        lasting=True,
    ),
    Measure(
        "stopped",
        "state",
        _stopped,
        "dead, dropped out or given something outside the protocol",
        _OWN,
        aliases=("stopped_belimumab", "withdrawn", "discontinued"),
        composite=False,
        lasting=True,
    ),
)
