"""Days in hospital and days near the clinic: what a regimen asks for, and admissions on the way.

A day counts once, in hospital before near the clinic. Nobody is anywhere after death. Lengths of stay are data: those
of a regimen stand in its file (``away``), those of a serious infection and of cytokine release in
``evidence/data/clinical_limits.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.decided import Decided
from lupercal.course.deeds import given_by
from lupercal.evidence.limits import clinical_limit
from lupercal.files.chunks import chunks
from lupercal.model.infection import CHANCE_INTERVAL_DAYS
from lupercal.therapy.regimen_records import DaysAway, Regimen

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True)
class RegimenGiven:
    """A regimen, and the day that was its day 0 for each of N people, (N,); infinite for those who did not have it."""

    away: tuple[DaysAway, ...]
    day_zero: Array


@final
@dataclass(frozen=True, slots=True)
class Struck:
    """What brings N people to hospital unplanned.

    ``infections`` (W, N) is 1 where a serious infection began in a week, the weeks begin on day ``first``; ``release``
    (D, N) says on which of the ``days`` (D,) there was cytokine release that calls for hospital.
    """

    infections: Array
    first: int
    days: Days = field(default_factory=lambda: np.zeros(0, np.int64))
    release: Bools | None = None

    def take(self, who: slice) -> Struck:
        """Return what strikes some of the people."""
        return Struck(
            self.infections[:, who], self.first, self.days, None if self.release is None else self.release[:, who]
        )


def regimens_given(arm: Regimen, decided: Decided | None, size: int) -> tuple[RegimenGiven, ...]:
    """Return the regimen of an arm with its day 0, and what a protocol of care gave or repeated on the way."""
    regimens = [RegimenGiven(arm.away, np.zeros(size))] if arm.away else []
    if decided is not None:
        regimens.extend(_decided(arm, decided))
    return tuple(regimens)


def _decided(arm: Regimen, decided: Decided) -> Iterator[RegimenGiven]:
    rules = {rule.id: rule for rule in decided.protocol.rules}
    for row, name in enumerate(decided.rules):
        for deed in rules[name].do:
            given = arm if deed.do == "repeat" else given_by(deed) if deed.do == "give" else None
            if given is None or not given.away:
                continue
            for visit in np.flatnonzero(decided.fired[:, row].any(axis=1)):
                begun = float(decided.days[visit] + rules[name].delay + given.lead_days)
                yield RegimenGiven(given.away, np.where(decided.fired[visit, row], begun, np.inf))


def days_away(visits: Days, given: Sequence[RegimenGiven], struck: Struck, death: Array) -> dict[str, Array]:
    """Return the days in hospital and the days near the clinic so far, at each visit, (V, N).

    Parameters
    ----------
    visits
        Days of the visits (V,); days are counted from the first one on, that of the visit included.
    given
        Regimens given, with the day 0 of each person.
    struck
        Serious infections and cytokine release.
    death
        Day of death (N,), infinite for the living.
    """
    parts = [
        _days_away(
            visits, [RegimenGiven(one.away, one.day_zero[part]) for one in given], struck.take(part), death[part]
        )
        for part in chunks(len(death))
    ]
    return {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}


def _days_away(visits: Days, given: Sequence[RegimenGiven], struck: Struck, death: Array) -> dict[str, Array]:
    days = np.arange(visits[0], visits[-1] + 1)
    hospital, near = np.zeros((2, len(days), len(death)), bool)
    for given_once in given:
        for away in given_once.away:
            place = hospital if away.place == "hospital" else near
            since = days[:, None] - given_once.day_zero
            place |= (since >= away.first) & (since <= away.last)
    for begun, person, last in _admissions(struck):
        hospital[max(begun - int(visits[0]), 0) : max(last + 1 - int(visits[0]), 0), person] = True
    alive, rows = days[:, None] < death, visits - visits[0]
    return {
        "days_in_hospital": np.cumsum(hospital & alive, axis=0, dtype=np.float64)[rows],
        "days_near_clinic": np.cumsum(near & ~hospital & alive, axis=0, dtype=np.float64)[rows],
    }


def _admissions(struck: Struck) -> Iterator[tuple[int, int, int]]:
    """Yield first day, person and last day of each stay in hospital that nobody planned."""
    stay, after = int(clinical_limit("infection_stay")), int(clinical_limit("crs_stay_after"))
    for week, person in np.argwhere(struck.infections > 0):
        begun = int(week) * CHANCE_INTERVAL_DAYS + struck.first
        yield begun, int(person), begun + stay - 1
    for row, person in np.argwhere(struck.release) if struck.release is not None else ():
        yield int(struck.days[row]), int(person), int(struck.days[row]) + after
