"""What ends a course: death by cause, and kidney failure. Both are read off the visits; nobody's states depend on them.

Deaths follow the hazards of `lupercal.model.mortality` at the visits, by chance with an address: all therapies and
protocols share it. A serious infection is fatal with the model's case fatality, on its day. Deaths of a procedure are
those published of it, at any of its days at risk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import SimpleNamespace
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.random import exponentials, uniforms
from lupercal.engine.streams import DEATH, DEATH_OF_INFECTION, DEATH_OF_PROCEDURE
from lupercal.evidence.life_table import death_rate
from lupercal.evidence.limits import clinical_limit
from lupercal.model.infection import CHANCE_INTERVAL_DAYS
from lupercal.model.mortality import lupus
from lupercal.population.people import People
from lupercal.therapy.regimen_records import ProcedureDeaths
from lupercal.visits.visits import DAYS_PER_YEAR, Visits

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Whole = NDArray[np.int64]


class Cause(IntEnum):
    """Of what somebody died."""

    ALIVE = 0
    INFECTION = 1
    LUPUS = 2
    OTHER = 3
    PROCEDURE = 4

    @property
    def words(self) -> str:
        """The cause in words."""
        words = ("alive", "serious infection", "lupus and its damage", "another cause", "the procedure")
        return words[self]


@final
@dataclass(frozen=True, slots=True)
class Endings:
    """When N people died and of what, and when their kidneys failed.

    ``death`` and ``kidney_failure`` (N,) are days, infinite where it did not happen; ``cause`` (N,) holds `Cause`
    codes; ``procedure`` (N,) is the day on which the procedure would kill. Kidney failure that was
    there at the first visit has day minus infinity.
    """

    death: Array
    cause: NDArray[np.int8]
    kidney_failure: Array
    procedure: Array

    def alive(self, days: Whole) -> Bools:
        """Return who lives on each of these days, (D, N)."""
        return np.asarray(days[:, None] < self.death)


def nobody_ends(size: int) -> Endings:
    """Return the endings of people to whom nothing of the kind happens."""
    never = np.full(size, np.inf)
    return Endings(never, np.zeros(size, np.int8), never, never)


def endings(
    visits: Visits, infections: Array, first: int, p: Mapping[str, Any], people: People, seed: int, slots: Whole,
    procedure: ProcedureDeaths | None = None,
) -> Endings:  # fmt: skip
    """Return how the courses of people end.

    Parameters
    ----------
    visits
        V visits with ``sledai_2k``, ``egfr`` and ``damage_expected``; from the first one on people are at risk.
    infections
        1 where a serious infection began in a week, (weeks, N); the weeks begin on day ``first``.
    p
        Parameters of the hazard of death, one number or (N,).
    people
        Age on day 0 and sex, (N,).
    seed, slots
        The address of chance; days count from the first visit.
    procedure
        Deaths of the procedure on day 0, None where none are published.
    """
    hazard, share = _hazard(visits, p, people)
    other = _passes(visits.days, hazard, exponentials(seed, DEATH, slots))
    infection = _fatal_infection(infections, first, int(visits.days[0]), np.asarray(p["cf_inf"]), seed, slots)
    killed = procedure_death(procedure, seed, slots)
    death = np.minimum.reduce([other, infection, killed])
    rows = np.clip(np.searchsorted(visits.days, np.where(np.isfinite(other), other, 0.0), side="right") - 1, 0, None)
    background = uniforms(seed, DEATH, slots, draw=1) < np.take_along_axis(share, rows[None, :], axis=0)[0]
    cause = np.where(infection <= other, Cause.INFECTION, np.where(background, Cause.OTHER, Cause.LUPUS))
    cause = np.where(killed <= np.minimum(other, infection), Cause.PROCEDURE, cause)
    cause = np.where(np.isfinite(death), cause, Cause.ALIVE)
    return Endings(death, cause.astype(np.int8), lasting_kidney_failure(visits), killed)


def procedure_death(published: ProcedureDeaths | None, seed: int, slots: Whole) -> Array:
    """Return the day on which a procedure kills, (N,); infinite for those it does not, evenly over its days at risk."""
    if published is None or not published.events:
        return np.full(len(slots), np.inf)
    luck = uniforms(seed, DEATH_OF_PROCEDURE, slots) / published.share
    return np.where(luck < 1, published.days * luck, np.inf)


def lasting_kidney_failure(visits: Visits) -> Array:
    """Return the first day of an eGFR below the limit of kidney failure that lasts so long as is asked for, (N,)."""
    below = visits.columns["egfr"] < clinical_limit("failure_egfr")
    lasting = np.zeros_like(below)
    for row, day in enumerate(visits.days):
        span = (visits.days >= day) & (visits.days <= day + clinical_limit("failure_days"))
        complete = visits.days[-1] >= day + clinical_limit("failure_days")
        lasting[row] = below[span].all(axis=0) & complete
    failed = visits.first_day(lasting)
    return np.asarray(np.where(below[0], -np.inf, failed))


def _hazard(visits: Visits, p: Mapping[str, Any], people: People) -> tuple[Array, Array]:
    """Return the hazard of death per year without infections, and the share of it that all people have, (V, N)."""
    c = visits.columns
    general = death_rate(people.age + visits.days[:, None] / DAYS_PER_YEAR, people.female)
    seen: Any = SimpleNamespace(sledai=c["sledai_2k"], egfr=c["egfr"], sdi=c["damage_expected"])
    names: Any = SimpleNamespace(**{name: value for name, value in p.items() if name.isidentifier()})
    ratio = np.asarray(lupus(seen, names))
    return np.asarray(general * ratio), np.asarray(np.minimum(1.0, 1.0 / ratio))


def _passes(days: Whole, hazard: Array, limit: Array) -> Array:
    """Return the day on which the summed hazard passes a limit, (N,); infinite where it does not."""
    gaps = np.diff(days)[:, None] / DAYS_PER_YEAR
    parts = np.where(np.isnan(hazard[1:] + hazard[:-1]), 0.0, gaps * (hazard[1:] + hazard[:-1]) / 2)
    summed = np.concatenate([np.zeros((1, hazard.shape[1])), np.cumsum(parts, axis=0)])
    row = (summed < limit).sum(axis=0)  # the first visit by which it has passed
    inside = np.flatnonzero(row < len(days))
    passed = np.full(hazard.shape[1], np.inf)
    after, before = summed[row[inside], inside], summed[row[inside] - 1, inside]
    part = (limit[inside] - before) / (after - before)
    passed[inside] = days[row[inside] - 1] + part * np.diff(days)[row[inside] - 1]
    return passed


def _fatal_infection(infections: Array, first: int, origin: int, fatal: Array, seed: int, slots: Whole) -> Array:
    """Return the day of the first serious infection that is fatal, (N,); infinite where there is none."""
    days = np.arange(len(infections)) * CHANCE_INTERVAL_DAYS + first
    if not len(days):
        return np.full(len(slots), np.inf)
    luck = uniforms(seed, DEATH_OF_INFECTION, slots[None, :], (days - origin)[:, None])
    dies = (infections > 0) & (luck < fatal) & (days >= origin)[:, None]
    return np.asarray(np.where(dies, days[:, None], np.inf).min(axis=0))
