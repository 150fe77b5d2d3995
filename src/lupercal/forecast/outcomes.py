"""Probabilities with their Monte Carlo error, from the columns of an arm.

Relapse: among those who have been in DORIS remission at two monthly visits in a row by the month, clinical SLEDAI-2K of
at least 4 at three monthly visits in a row after it. One visit would not do: a value that hovers around a limit, or a
flare that passes and is seen twice through the look-back window, is neither remission nor relapse. Drug-free remission:
DORIS and no glucocorticoid, antimalarial, immunosuppressant or biologic; a cell product counts as one past
intervention. DORIS and LLDAS are also given without their steroid clause, since a dose that goes on unchanged can
exclude them whatever the disease does; what the care excludes has no probability.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.endings import Cause
from lupercal.engine.task import Outcome
from lupercal.evidence.parameters import values
from lupercal.forecast.arm import ArmRun
from lupercal.forecast.arm_residual import ArmResidual
from lupercal.forecast.doubt import Doubt
from lupercal.forecast.kin import worth_of_kin
from lupercal.forecast.result import Chance
from lupercal.forecast.settings import settings
from lupercal.instruments.doris_2021 import MAX_PREDNISONE
from lupercal.instruments.lldas import LLDAS
from lupercal.instruments.registry import score_simulated
from lupercal.patient.table import DAYS_PER_MONTH

Array = NDArray[np.float64]
Z90 = 1.6448536269514722  # standard normal quantile of a two-sided 90 % interval
STEROID_CLAUSES = {"doris_2021": MAX_PREDNISONE, "lldas": float(LLDAS.settings["prednisone_max"])}
"""Prednisone at most (mg/d) in each remission end point that has such a clause."""
SHORT = {"doris_2021": "doris", "lldas": "lldas"}
DRUGS = {
    "prednisone": "prednisone",
    "hydroxychloroquine": "hydroxychloroquine",
    "on_immunosuppressant": "the immunosuppressant",
    "on_biologic": "the biologic",
}


@final
@dataclass(frozen=True, slots=True)
class Sample:
    """Who the virtual patients of an arm stand for.

    ``effective_share`` is the effective sample size divided by their number; ``doubt`` gives the intervals, and without
    it Wilson's (1927) is used; ``patients`` (N,) are their numbers, equal where one stands there more than once;
    ``residual`` is what published shares say of the arm. ``kin`` tells those who descend from one and the same virtual
    patient of a filter, (N,), negative for a second filter's; what they are worth then depends on the event.
    """

    effective_share: float
    doubt: Doubt | None = None
    patients: NDArray[np.int64] | None = None
    residual: ArmResidual | None = None
    kin: NDArray[np.int64] | None = None

    def share_for(self, happened: Array) -> float:
        """Return the effective share for an event: 1, 0, or NaN for those who are not counted, (N,)."""
        counts = ~np.isnan(happened)
        if self.kin is None or not counts.any():
            return self.effective_share
        return worth_of_kin(happened[counts], self.kin[counts]) / int(counts.sum())


def probability(
    outcome: str,
    month: float,
    happened: Array,
    sample: Sample,
    *,
    share: float | None = None,
    worth: float | None = None,
) -> Chance:
    """Return the share of ``happened`` (1, 0, or NaN for those who are not counted) with its Monte Carlo error.

    The 90 % interval is widened, if need be, to hold the share itself: one that shrinks toward the middle would leave
    out 0 of n and n of n. Where some were not watched to the end, ``share`` is the estimate that allows for it and
    ``worth`` the number of virtual patients it is worth.
    """
    counts = ~np.isnan(happened)
    counted = happened[counts]
    n = (len(counted) if worth is None else worth) * sample.share_for(happened)
    distinct = len(counted) if sample.patients is None else _distinct(sample.patients[counts])
    if n < 1 or not len(counted):
        return _not_defined(outcome, month, len(counted), n, distinct)
    p = float(counted.mean()) if share is None else share
    residual_angles = None if sample.residual is None else partial(sample.residual.angles, outcome, month)
    low, high = wilson(p, n) if sample.doubt is None else sample.doubt.interval(happened, n, p, residual_angles)
    error = float(np.sqrt(p * (1 - p) / n))
    return Chance(outcome, month, p, error, min(low, p), max(high, p), len(counted), n, distinct)


def _distinct(patients: NDArray[np.int64]) -> int:
    ordered = np.sort(patients)
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + min(len(ordered), 1)


def excluded(outcome: str, month: float, why: str) -> Chance:
    """Return an event that the care of the arm rules out: a reason and no number."""
    return replace(_not_defined(outcome, month, 0, np.nan, 0), excluded=why)


def _not_defined(outcome: str, month: float, counted: int, effective: float, distinct: int) -> Chance:
    return Chance(outcome, month, np.nan, np.nan, np.nan, np.nan, counted, effective, distinct)


def wilson(share: float, n: float) -> tuple[float, float]:
    """Return Wilson's 90 % interval of a share among n."""
    middle = (share + Z90**2 / (2 * n)) / (1 + Z90**2 / n)
    half = Z90 * np.sqrt(share * (1 - share) / n + Z90**2 / (4 * n * n)) / (1 + Z90**2 / n)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def efficacy(run: ArmRun, sample: Sample) -> tuple[Chance, ...]:
    """Return DORIS and LLDAS with and without their steroid clause, drug-free remission and relapse by month."""
    chances, rows = [], dict(report_rows(run))
    asked = STEROID_CLAUSES if rows else ()
    any_steroid = {name: without_steroid_clause(run, [*rows.values()], name) for name in asked}
    for place, (month, row) in enumerate(rows.items()):
        besides = {name: happened[place] for name, happened in any_steroid.items()}
        for name, happened, why in _benefits(run, row, besides):
            if why:
                chances.append(excluded(name, month, why))
                continue
            living = happened if name in LASTING else np.where(dead(run, row), 0.0, happened)
            chances.append(probability(name, month, living, sample))
    return tuple(chances)


SEVERE = 2
"""Grade of a severe flare in the SELENA-SLEDAI flare index."""

LASTING = ("relapse",)
"""What has happened or not by a visit; of anything else a visit asks whether it is so, and of the dead it is not."""


def dead(run: ArmRun, row: int) -> NDArray[np.bool_]:
    """Return who has died by a visit, (N,)."""
    return np.asarray(run.ended.death <= run.calendar.visits[row])


def _benefits(run: ArmRun, row: int, any_steroid: Mapping[str, Array]) -> Iterator[tuple[str, Array, str]]:
    """Yield each outcome at a visit, whom it happened to, and why the care excludes it (empty: it does not).

    ``any_steroid`` holds the states that have a steroid clause at this visit, each (N,) without it.
    """
    for name, most in STEROID_CLAUSES.items():
        yield SHORT[name], run.columns[name][row], _too_much_prednisone(run, row, most)
        yield f"{SHORT[name]}_any_steroid", any_steroid[name], ""
    yield "drug_free_remission", drug_free_now(run, row), _drugs_go_on(run, row)
    prednisone = run.columns["prednisone"][row]
    yield "prednisone_at_most_5", np.where(usable(run), prednisone <= MAX_PREDNISONE, np.nan), ""
    yield "relapse", relapsed(run, row), ""


def _too_much_prednisone(run: ArmRun, row: int, most: float) -> str:
    dose = run.columns["prednisone"][row][usable(run)]
    if not len(dose) or dose.min() <= most:
        return ""
    return f"prednisone goes on above {most:g} mg/day"


def _drugs_go_on(run: ArmRun, row: int) -> str:
    taken = np.array([run.columns[name][row][usable(run)] > 0 for name in DRUGS])
    if not taken.size or not taken.any(axis=0).all():
        return ""
    everyone = [words for words, who in zip(DRUGS.values(), taken, strict=True) if who.all()]
    if len(everyone) < 2:
        return f"{everyone[0] if everyone else 'a drug against lupus'} goes on"
    return f"{', '.join(everyone[:-1])} and {everyone[-1]} go on"


def without_steroid_clause(run: ArmRun, rows: Sequence[int], instrument: str) -> Array:
    """Return DORIS or LLDAS at some visits as if nobody took prednisone, shape (rows, N)."""
    columns = {name: column[rows] for name, column in run.columns.items()}
    return np.asarray(score_simulated(instrument, columns | {"prednisone": np.zeros_like(columns["prednisone"])}).value)


def toxicity(run: ArmRun, sample: Sample, *, car_t: bool) -> tuple[Chance, ...]:
    """Return neutropenia, hypogammaglobulinaemia, serious infection and, for CAR T cells, cytokine release by month."""
    chances = []
    for month, row in report_rows(run):
        day = int(run.calendar.visits[row])
        for name, happened in _toxic(run, day, car_t=car_t):
            chances.append(probability(name, month, np.where(usable(run), happened, np.nan), sample))
    return tuple(chances)


def report_rows(run: ArmRun) -> Iterator[tuple[int, int]]:
    """Yield each reported month within the horizon and the row of its visit."""
    for month in settings().visits.report_months:
        rows = np.flatnonzero(run.calendar.visits == round(month * DAYS_PER_MONTH))
        if len(rows):
            yield month, int(rows[0])


def usable(run: ArmRun) -> NDArray[np.bool_]:
    """Return which virtual patients have a usable course, shape (N,)."""
    return np.asarray(run.outcome == Outcome.DONE)


def drug_free_now(run: ArmRun, row: int) -> Array:
    """Return 1 for remission without any drug against lupus, 0 otherwise, NaN where remission is open, shape (N,)."""
    free = np.all([run.columns[name][row] == 0 for name in DRUGS], axis=0)
    remission = run.columns["doris_2021"][row]
    return np.where(np.isnan(remission), np.nan, remission * free)


def relapsed(run: ArmRun, row: int) -> Array:
    """Return whether those who reached lasting remission up to ``row`` relapsed by then; NaN for the others, (N,)."""
    limits = settings().outcomes
    main = [r for r in range(1, row + 1) if run.calendar.main[r]]
    alive = run.ended.alive(run.calendar.visits[main])
    remission = in_a_row((run.columns["doris_2021"][main] == 1) & alive, limits.remission_visits)
    reached = np.logical_or.accumulate(remission, axis=0)
    active = (run.columns["clinical_sledai"][main] >= limits.relapse_points) & reached & alive
    return np.where(reached[-1], in_a_row(active, limits.relapse_visits).any(axis=0), np.nan)


def damaged(run: ArmRun, day: int) -> NDArray[np.bool_]:
    """Return who has a new item of damage by ``day``, shape (N,).

    Outside the kidney the first item comes when the expected number of new items passes an exponential number drawn for
    the patient; in the kidney when eGFR falls below 50 from above (the SDI counts GFR below 50 %; Gladman 1996).
    """
    seen = run.calendar.visits <= day
    expected = run.columns["damage_expected"]
    elsewhere = (expected[seen][-1] - expected[0]) > run.damage_at
    limit, egfr = settings().outcomes.damage_egfr, run.columns["egfr"]
    return np.asarray(elsewhere | ((egfr[0] >= limit) & (egfr[seen] < limit).any(axis=0)))


def in_a_row(holds: NDArray[np.bool_], visits: int) -> NDArray[np.bool_]:
    """Return where something has held at that visit and the ``visits - 1`` before it; both arrays (V, N)."""
    count = np.zeros(holds.shape[1], np.int64)
    holding = np.zeros_like(holds)
    for visit, now in enumerate(holds):
        count = np.where(now, count + 1, 0)
        holding[visit] = count >= visits
    return holding


def _endings(run: ArmRun, day: int) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield flares, kidney failure and deaths by a day; what would have come after death did not.

    Whose kidneys had failed before does not count for kidney failure.
    """
    rows, index = run.calendar.visits[run.calendar.main] <= day, run.flares
    for name, least in (("flare", 1), ("severe_flare", SEVERE)):
        yield name, np.asarray((index[rows] >= least).any(axis=0))
    failed = run.ended.kidney_failure <= np.minimum(day, run.ended.death)
    yield "kidney_failure", np.where(np.isneginf(run.ended.kidney_failure), np.nan, failed)
    gone = np.asarray(run.ended.death <= day)
    yield "death", gone
    yield "death_of_infection", gone & (run.ended.cause == Cause.INFECTION)
    yield "death_of_lupus", gone & (run.ended.cause == Cause.LUPUS)
    if run.regimen.procedure_deaths is not None:
        yield "death_of_procedure", gone & (run.ended.cause == Cause.PROCEDURE)


def _toxic(run: ArmRun, day: int, *, car_t: bool) -> Iterator[tuple[str, NDArray[Any]]]:
    limits, until = settings().outcomes, run.recorded <= day
    neutrophils, igg, il6 = (run.between[name][until] for name in ("neutrophils", "igg", "il6"))
    yield "neutropenia", neutrophils.min(axis=0) < limits.neutropenia
    yield "neutropenia_severe", neutrophils.min(axis=0) < limits.neutropenia_severe
    yield "hypogammaglobulinaemia", igg.min(axis=0) < limits.hypogammaglobulinaemia
    yield "hypogammaglobulinaemia_severe", igg.min(axis=0) < limits.hypogammaglobulinaemia_severe
    yield "serious_infection", run.first_infection <= np.minimum(day, run.ended.death)
    yield "new_damage", damaged(run, day)
    yield from _endings(run, day)
    if car_t:
        p, after = values(), il6[run.recorded[until] >= 0]
        for grade in (1, 2, 3):
            yield f"crs_{grade}", after.max(axis=0) > p[f"crs_{grade}"]
