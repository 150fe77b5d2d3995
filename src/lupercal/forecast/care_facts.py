"""What an arm shows of care: which rules fired and for whom, what was taken in sum, how long people fared well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from lupercal.care.records import CareProtocol
from lupercal.care.words import deed_words, protocol_words
from lupercal.course.burden import days_in, without_drugs
from lupercal.forecast.arm import ArmRun
from lupercal.forecast.outcomes import report_rows, usable
from lupercal.forecast.percentiles import known_quantiles
from lupercal.forecast.result import CareAmount, CareReason, CareWords
from lupercal.therapy.sources import therapy_sources

Array = NDArray[np.float64]
PER_GRAM = 1000.0


def care_reasons(run: ArmRun) -> tuple[CareReason, ...]:
    """Return the rules that fired in an arm while people lived, in the protocol's order."""
    if run.decided is None:
        return ()
    return tuple(found for rule in run.decided.rules if (found := _reason(run, rule)) is not None)


def _reason(run: ArmRun, name: str) -> CareReason | None:
    decided = run.decided
    assert decided is not None
    row, ok = decided.rules.index(name), usable(run)
    fired = decided.fired[:, row] & run.ended.alive(decided.days) & ok
    open_ = int((decided.open[:, row] & run.ended.alive(decided.days) & ok).sum())
    whom = fired.any(axis=0)
    if not whom.any() and not open_:
        return None
    rule = next(rule for rule in decided.protocol.rules if rule.id == name)
    first = decided.days[fired.argmax(axis=0)][whom]
    return CareReason(
        name, rule.words, "; ".join(deed_words(deed) for deed in rule.do), float(whom.sum() / max(ok.sum(), 1)),
        float(fired.sum(axis=0)[whom].mean()) if whom.any() else 0.0,
        float(np.median(first)) if whom.any() else np.nan, open_,
    )  # fmt: skip


def care_amounts(run: ArmRun) -> tuple[CareAmount, ...]:
    """Return what was taken and how people fared up to each reported month, over the virtual patients."""
    series, main, ok = amount_series(run), np.flatnonzero(run.calendar.main).tolist(), usable(run)
    amounts = list[CareAmount]()
    for month, row in report_rows(run):
        at = main.index(row)
        amounts.extend(_amount(name, float(month), values[at][ok]) for name, values in series.items())
    return tuple(amounts)


def amount_series(run: ArmRun) -> dict[str, Array]:
    """Return each amount at the decision and at the monthly visits, (V, N); nothing adds up after death."""
    visits = run.visits.rows(run.calendar.main)
    alive = run.ended.alive(visits.days)
    held = {
        "days_in_remission": visits.columns["doris_2021"],
        "days_in_lldas": visits.columns["lldas"],
        "drug_free_days": without_drugs(visits),
    }
    series = {name: days_in(visits, np.where(alive, holds, 0.0)) for name, holds in held.items()}
    series["cumulative_prednisone_g"] = _until_death(visits.columns["cumulative_prednisone"], alive) / PER_GRAM
    for name in ("days_in_hospital", "days_near_clinic"):
        series[name] = visits.columns[name]
    series["prednisone_now"] = np.where(alive, visits.columns["prednisone"], np.nan)
    series["tablets_now"] = np.where(alive, visits.columns["tablets_per_day"], np.nan)
    series["flares"] = np.cumsum(run.flares >= 1, axis=0).astype(np.float64)
    return series


def _until_death(values: Array, alive: NDArray[np.bool_]) -> Array:
    """Return a running sum that stays where it was at the last visit in life."""
    return np.asarray(np.maximum.accumulate(np.where(alive, values, 0.0), axis=0))


def _amount(name: str, month: float, values: Array) -> CareAmount:
    finite = values[~np.isnan(values)]
    if not len(finite):
        return CareAmount(name, month, np.nan, np.nan, np.nan, np.nan)
    low, middle, high = known_quantiles(finite, (0.05, 0.5, 0.95)).tolist()
    return CareAmount(name, month, low, middle, high, float(finite.mean()))


def protocols_in_words(protocols: Mapping[str, CareProtocol]) -> dict[str, CareWords]:
    """Return protocols as a report tells them."""
    return {name: _words(one) for name, one in protocols.items()}


def _words(one: CareProtocol) -> CareWords:
    return CareWords(one.name, one.summary, protocol_words(one), tuple(_citations(one)))


def _citations(one: CareProtocol) -> Iterator[str]:
    for key in one.sources:
        yield therapy_sources()[key].citation
