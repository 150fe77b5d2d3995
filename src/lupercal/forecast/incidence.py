"""How many have had an event by when: cumulative incidence with numbers at risk, on a true time axis.

Death competes: who has died can have no first event any more, so incidence is Aalen and Johansen's (1978, Scand J Stat
5:141), see `lupercal.forecast.competing`. Nobody is lost from day 0 on; relapse is counted from the first lasting
remission and seen only as long as the forecast goes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.forecast.arm import ArmRun
from lupercal.forecast.competing import aalen_johansen
from lupercal.forecast.outcomes import SEVERE, Sample, damaged, in_a_row, probability, usable
from lupercal.forecast.result import Chance
from lupercal.forecast.settings import settings
from lupercal.patient.table import DAYS_PER_MONTH

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class FirstEvent:
    """When something first happened to each virtual patient, in months from its start, and how long it was watched.

    ``at`` (N,) is infinite where it has not happened; ``watched`` (N,) is NaN for those who do not count; ``died``
    (N,) is the month of death from the same start, infinite for who lives.
    """

    at: Array
    watched: Array
    died: Array | None = None

    @property
    def death(self) -> Array:
        """Month of death of each, (N,)."""
        return np.full(len(self.at), np.inf) if self.died is None else self.died


def incidence(run: ArmRun, sample: Sample) -> dict[str, tuple[Chance, ...]]:
    """Return the cumulative incidence of first events month by month; ``denominator`` is the number still at risk."""
    events = {"first_remission": first_remission(run), "relapse_since_remission": relapse_since(run)}
    events |= {"serious_infection": _infection(run), "new_damage": _damage(run)}
    events |= {"severe_flare": _severe_flare(run), "death": _death(run)}
    return {name: cumulative(name, event, sample) for name, event in events.items()}


def cumulative(name: str, event: FirstEvent, sample: Sample) -> tuple[Chance, ...]:
    """Return the incidence at month 0 and every later month at which somebody is still watched."""
    longest = np.nanmax(event.watched, initial=0.0, where=~np.isnan(event.watched))
    months = np.arange(int(np.floor(longest + 1e-9)) + 1)
    counted = ~np.isnan(event.watched)
    shares, effective = aalen_johansen(event.at[counted], event.death[counted], event.watched[counted], months)
    return tuple(_at(name, float(m), event, shares[k], effective[k], sample) for k, m in enumerate(months))


def first_remission(run: ArmRun) -> FirstEvent:
    """Return when each virtual patient was first in lasting DORIS remission."""
    return _from_day_0(run, _first(_remission(run), run))


def relapse_since(run: ArmRun) -> FirstEvent:
    """Return when those who reached lasting remission relapsed, in months since then."""
    start = _first(_remission(run), run)
    limits, rows = settings().outcomes, _main(run)
    after = _months(run)[:, None] > start
    active = (run.columns["clinical_sledai"][rows] >= limits.relapse_points) & after
    relapse = _first(in_a_row(active, limits.relapse_visits), run)
    with np.errstate(invalid="ignore"):
        return FirstEvent(
            np.where(np.isfinite(relapse), relapse - start, np.inf),
            _counted(run, np.where(np.isfinite(start) & (start < _died(run)), _end(run) - start, np.nan)),
            _died(run) - np.where(np.isfinite(start), start, 0.0),
        )


def _at(name: str, month: float, event: FirstEvent, share: float, worth: float, sample: Sample) -> Chance:
    """Return one point; who has not been watched so long does not take part in how far parameter sets disagree."""
    counted = ~np.isnan(event.watched)
    with np.errstate(invalid="ignore"):
        seen = counted & ((event.watched >= month) | (event.at <= month))
        at_risk = int((counted & (event.watched >= month) & (event.at > month) & (event.death > month)).sum())
    happened = np.where(seen, ((event.at <= month) & (event.at <= event.death)).astype(np.float64), np.nan)
    return replace(probability(name, month, happened, sample, share=share, worth=worth), denominator=at_risk)


def _remission(run: ArmRun) -> NDArray[np.bool_]:
    return in_a_row(run.columns["doris_2021"][_main(run)] == 1, settings().outcomes.remission_visits)


def _infection(run: ArmRun) -> FirstEvent:
    at = np.maximum(run.first_infection, 0.0) / DAYS_PER_MONTH  # one during the preparation counts at month 0
    return _from_day_0(run, at)


def _damage(run: ArmRun) -> FirstEvent:
    days = run.calendar.visits[_main(run)]
    return _from_day_0(run, _first(np.array([damaged(run, int(day)) for day in days]), run))


def _severe_flare(run: ArmRun) -> FirstEvent:
    return _from_day_0(run, _first(run.flares[1:] >= SEVERE, run))


def _death(run: ArmRun) -> FirstEvent:
    return replace(_from_day_0(run, _died(run)), died=None)


def _from_day_0(run: ArmRun, at: Array) -> FirstEvent:
    return FirstEvent(at, _counted(run, np.full(len(at), _end(run))), _died(run))


def _died(run: ArmRun) -> Array:
    return np.maximum(run.ended.death, 0.0) / DAYS_PER_MONTH


def _first(holds: NDArray[np.bool_], run: ArmRun) -> Array:
    """Return the month of the first main visit after day 0 at which something holds, infinite where none, (N,)."""
    return np.where(holds.any(axis=0), _months(run)[holds.argmax(axis=0)], np.inf)


def _main(run: ArmRun) -> list[int]:
    return [
        row for row in range(1, len(run.calendar.visits)) if run.calendar.main[row] and run.calendar.visits[row] > 0
    ]


def _months(run: ArmRun) -> Array:
    return np.round(run.calendar.visits[_main(run)] / DAYS_PER_MONTH)


def _end(run: ArmRun) -> float:
    return float(np.round(run.calendar.visits[-1] / DAYS_PER_MONTH))


def _counted(run: ArmRun, watched: Array) -> Array:
    return np.where(usable(run), watched, np.nan)
