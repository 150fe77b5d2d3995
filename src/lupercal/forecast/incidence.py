"""How many have had an event by when: cumulative incidence with numbers at risk, on a true time axis.

Nobody dies or is lost in the model, so a first event counted from day 0 is a plain share. Relapse is counted from the
first lasting remission and seen only as long as the forecast goes: its incidence is Kaplan and Meier's (1958, doi
10.1080/01621459.1958.10501452), with Greenwood's variance turned into an effective number (Peto 1977, doi
10.1038/bjc.1977.1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.forecast.arm import ArmRun
from lupercal.forecast.outcomes import Sample, damaged, in_a_row, probability, usable
from lupercal.forecast.result import Chance
from lupercal.forecast.settings import settings
from lupercal.patient.table import DAYS_PER_MONTH

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class FirstEvent:
    """When something first happened to each virtual patient, in months from its start, and how long it was watched.

    ``at`` (N,) is infinite where it has not happened; ``watched`` (N,) is NaN for those who do not count.
    """

    at: Array
    watched: Array


def incidence(run: ArmRun, sample: Sample) -> dict[str, tuple[Chance, ...]]:
    """Return the cumulative incidence of first events month by month; ``denominator`` is the number still at risk."""
    events = {"first_remission": first_remission(run), "relapse_since_remission": relapse_since(run)}
    events |= {"serious_infection": _infection(run), "new_damage": _damage(run)}
    return {name: cumulative(name, event, sample) for name, event in events.items()}


def cumulative(name: str, event: FirstEvent, sample: Sample) -> tuple[Chance, ...]:
    """Return the incidence at month 0 and every later month at which somebody is still watched."""
    longest = np.nanmax(event.watched, initial=0.0, where=~np.isnan(event.watched))
    months = np.arange(int(np.floor(longest + 1e-9)) + 1)
    shares, effective = kaplan_meier(event, months)
    return tuple(_at(name, float(m), event, shares[k], effective[k], sample) for k, m in enumerate(months))


def kaplan_meier(event: FirstEvent, months: NDArray[np.int64]) -> tuple[Array, Array]:
    """Return the incidence by each month and the number of patients each is worth, both (months,)."""
    counted = ~np.isnan(event.watched)
    at, watched = event.at[counted], event.watched[counted]
    survival, worth, greenwood = np.ones(len(months)), np.full(len(months), float(len(at))), 0.0
    before, still = -np.inf, 1.0
    for k, month in enumerate(months):
        risk = int(((at > before) & (watched >= month)).sum())
        lost = int(((at > before) & (at <= month) & (watched >= month)).sum())
        still *= 1 - lost / risk if risk else 1.0
        greenwood += lost / (risk * (risk - lost)) if risk > lost else 0.0
        survival[k], before = still, float(month)
        worth[k] = (1 - still) / still / greenwood if greenwood and still else worth[max(k - 1, 0)]
    return 1 - survival, worth


def first_remission(run: ArmRun) -> FirstEvent:
    """Return when each virtual patient was first in lasting DORIS remission."""
    at = _first(_remission(run), run)
    return FirstEvent(at, _counted(run, np.full(len(at), _end(run))))


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
            _counted(run, np.where(np.isfinite(start), _end(run) - start, np.nan)),
        )


def _at(name: str, month: float, event: FirstEvent, share: float, worth: float, sample: Sample) -> Chance:
    """Return one point; who has not been watched so long does not take part in how far parameter sets disagree."""
    counted = ~np.isnan(event.watched)
    with np.errstate(invalid="ignore"):
        seen = counted & ((event.watched >= month) | (event.at <= month))
        at_risk = int((counted & (event.watched >= month) & (event.at > month)).sum())
    happened = np.where(seen, (event.at <= month).astype(np.float64), np.nan)
    return replace(probability(name, month, happened, sample, share=share, worth=worth), denominator=at_risk)


def _remission(run: ArmRun) -> NDArray[np.bool_]:
    return in_a_row(run.columns["doris_2021"][_main(run)] == 1, settings().outcomes.remission_visits)


def _infection(run: ArmRun) -> FirstEvent:
    at = np.maximum(run.first_infection, 0.0) / DAYS_PER_MONTH  # one during the preparation counts at month 0
    return FirstEvent(at, _counted(run, np.full(len(at), _end(run))))


def _damage(run: ArmRun) -> FirstEvent:
    days = run.calendar.visits[_main(run)]
    at = _first(np.array([damaged(run, int(day)) for day in days]), run)
    return FirstEvent(at, _counted(run, np.full(len(at), _end(run))))


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
