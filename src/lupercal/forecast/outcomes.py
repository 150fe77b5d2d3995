"""Probabilities with their Monte Carlo error, from the columns of an arm.

Relapse: among those who have been in DORIS remission at two monthly visits in a row by the month, clinical SLEDAI-2K of
at least 4 at three monthly visits in a row after it. One visit would not do: a value that hovers around a limit, or a
flare that passes and is seen twice through the look-back window, is neither remission nor relapse. Drug-free remission:
DORIS and no glucocorticoid, antimalarial, immunosuppressant or biologic; a cell product counts as one past
intervention.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.task import Outcome
from lupercal.evidence.parameters import values
from lupercal.forecast.arm import ArmRun
from lupercal.forecast.doubt import Doubt
from lupercal.forecast.result import Chance
from lupercal.forecast.settings import settings
from lupercal.patient.table import DAYS_PER_MONTH

Array = NDArray[np.float64]
Z90 = 1.6448536269514722  # standard normal quantile of a two-sided 90 % interval


def probability(
    outcome: str, month: float, happened: Array, effective_share: float, doubt: Doubt | None = None
) -> Chance:
    """Return the share of ``happened`` (1, 0, or NaN for those who are not counted) with its Monte Carlo error.

    ``effective_share`` is the effective sample size divided by the number of virtual patients; the 90 % interval is
    that of ``doubt``, and without it Wilson's (1927) at that size.
    """
    counted = happened[~np.isnan(happened)]
    n = len(counted) * effective_share
    if n < 1:
        return Chance(outcome, month, np.nan, np.nan, np.nan, np.nan, len(counted))
    share = float(counted.mean())
    low, high = wilson(share, n) if doubt is None else doubt.interval(happened, n)
    return Chance(outcome, month, share, float(np.sqrt(share * (1 - share) / n)), low, high, len(counted))


def wilson(share: float, n: float) -> tuple[float, float]:
    """Return Wilson's 90 % interval of a share among n."""
    middle = (share + Z90**2 / (2 * n)) / (1 + Z90**2 / n)
    half = Z90 * np.sqrt(share * (1 - share) / n + Z90**2 / (4 * n * n)) / (1 + Z90**2 / n)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def efficacy(run: ArmRun, effective_share: float, doubt: Doubt | None = None) -> tuple[Chance, ...]:
    """Return DORIS, LLDAS, drug-free remission and relapse at the reported months."""
    found = []
    for month, row in report_rows(run):
        found += [
            probability("doris", month, run.columns["doris_2021"][row], effective_share, doubt),
            probability("lldas", month, run.columns["lldas"][row], effective_share, doubt),
            probability("drug_free_remission", month, drug_free_now(run, row), effective_share, doubt),
            probability("relapse", month, relapsed(run, row), effective_share, doubt),
        ]
    return tuple(found)


def toxicity(run: ArmRun, effective_share: float, doubt: Doubt | None = None, *, car_t: bool) -> tuple[Chance, ...]:
    """Return neutropenia, hypogammaglobulinaemia, serious infection and, for CAR T cells, cytokine release by month."""
    found = []
    for month, row in report_rows(run):
        day = int(run.calendar.visits[row])
        for name, happened in _toxic(run, day, car_t=car_t):
            found.append(probability(name, month, np.where(usable(run), happened, np.nan), effective_share, doubt))
    return tuple(found)


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
    drugs = ("prednisone", "hydroxychloroquine", "on_immunosuppressant", "on_biologic")
    free = np.all([run.columns[name][row] == 0 for name in drugs], axis=0)
    remission = run.columns["doris_2021"][row]
    return np.where(np.isnan(remission), np.nan, remission * free)


def relapsed(run: ArmRun, row: int) -> Array:
    """Return whether those who reached lasting remission up to ``row`` relapsed by then; NaN for the others, (N,)."""
    limits = settings().outcomes
    main = [r for r in range(1, row + 1) if run.calendar.main[r]]
    remission = in_a_row(run.columns["doris_2021"][main] == 1, limits.remission_visits)
    reached = np.logical_or.accumulate(remission, axis=0)
    active = (run.columns["clinical_sledai"][main] >= limits.relapse_points) & reached
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
    found = np.zeros_like(holds)
    for visit, now in enumerate(holds):
        count = np.where(now, count + 1, 0)
        found[visit] = count >= visits
    return found


def _toxic(run: ArmRun, day: int, *, car_t: bool) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    limits, until = settings().outcomes, run.recorded <= day
    neutrophils, igg, il6 = (run.between[name][until] for name in ("neutrophils", "igg", "il6"))
    yield "neutropenia", neutrophils.min(axis=0) < limits.neutropenia
    yield "neutropenia_severe", neutrophils.min(axis=0) < limits.neutropenia_severe
    yield "hypogammaglobulinaemia", igg.min(axis=0) < limits.hypogammaglobulinaemia
    yield "hypogammaglobulinaemia_severe", igg.min(axis=0) < limits.hypogammaglobulinaemia_severe
    yield "serious_infection", run.first_infection <= day
    yield "new_damage", damaged(run, day)
    if car_t:
        p, after = values(), il6[run.recorded[until] >= 0]
        for grade in (1, 2, 3):
            yield f"crs_{grade}", after.max(axis=0) > p[f"crs_{grade}"]
