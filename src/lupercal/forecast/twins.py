"""The virtual patients a forecast begins with: matched by the baseline visit, or taught by all visits up to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.choose import EngineName
from lupercal.forecast.assimilation.learnt import Learnt
from lupercal.forecast.match import Resembling, fill_slots, weighted_quantiles
from lupercal.forecast.nearness import nearness, tolerances_away
from lupercal.forecast.personal import Personal
from lupercal.forecast.result import Match, MatchedVariable
from lupercal.forecast.search import Progress, SearchRequest, find_matches
from lupercal.forecast.targets import MatchTarget, Targets
from lupercal.patient.record import Patient
from lupercal.population.cohort import Cohort

if TYPE_CHECKING:
    from lupercal.forecast.assimilation.handed_on import Offsets
    from lupercal.forecast.assimilation.learn import Lesson

History = Literal["all", "baseline"]
"""Which visits a forecast learns from: all up to day 0, or the baseline visit alone."""


@final
@dataclass(frozen=True, slots=True)
class TwinsRequest:
    """For whom virtual patients are wanted, what is known of the patient, and how many, how, by which visits."""

    patient: Patient
    targets: Targets
    real: Personal
    slots: int
    months: int
    seed: int
    engine: EngineName = "compiled"
    history: History = "all"


@final
@dataclass(frozen=True, slots=True)
class Twins:
    """Virtual patients in slots: how they ``match``, the effective ``share`` of distinct ones, and what is personal.

    ``learnt`` says what earlier visits taught; where the forecast does not build on them ``offsets`` is None.
    ``kin`` are equal for those who were one half a year before the last visit, negative for the second opinion's.
    """

    cohort: Cohort
    match: Match
    share: float
    offsets: Offsets | None = None
    learnt: Learnt | None = None
    kin: NDArray[np.int64] | None = None


def twins_of(asked: TwinsRequest, progress: Progress) -> Twins:
    """Return the virtual patients a forecast begins with.

    Raises
    ------
    ForecastRefusedError
        If no visit tells anything to match on.
    """
    taught = _lesson(asked, progress)
    if taught is None or taught.told.refused:
        return _matched_at_baseline(asked, None if taught is None else taught.told, progress)
    return _taught(asked, taught)


def _lesson(asked: TwinsRequest, progress: Progress) -> Lesson | None:
    """Return what visits taught; None where they are not asked for, or one alone has nothing to teach."""
    if asked.history != "all" or sum(visit.day <= 0 for visit in asked.patient.visits) < 2:
        return None
    from lupercal.forecast.assimilation.learn import Ask, lesson  # noqa: PLC0415 - much to load, rarely needed

    return lesson(Ask(asked.patient, 0, asked.months, asked.seed, asked.engine), progress)


def _matched_at_baseline(asked: TwinsRequest, learnt: Learnt | None, progress: Progress) -> Twins:
    weighted = find_matches(SearchRequest(asked.targets, asked.real, asked.seed, asked.engine, asked.slots), progress)
    slots = fill_slots(weighted, asked.slots, asked.seed)
    return Twins(
        weighted.cohort.take(slots), match_report(asked.targets, weighted, slots), effective_share(slots), None, learnt
    )


def _taught(asked: TwinsRequest, taught: Lesson) -> Twins:
    """Return the virtual patients that visits have left, by turns of both opinions."""
    cohort, offsets, kin = taught.handed(asked.slots, asked.seed)
    assimilation, size = taught.found, cohort.size
    share = effective_share(np.unique(kin, return_inverse=True)[1])
    alike = Resembling(
        cohort, np.full(size, 1 / size), share * size, assimilation.matched.candidates, assimilation.matched.widened
    )
    return Twins(cohort, match_report(asked.targets, alike, kin), share, offsets, taught.told, kin)


def effective_share(slots: NDArray[np.int64]) -> float:
    """Return Kish's effective number of distinct patients among the slots, divided by the number of slots."""
    counts = np.bincount(slots).astype(np.float64)
    return float(counts.sum() ** 2 / np.square(counts).sum() / len(slots))


def match_report(targets: Targets, weighted: Resembling, slots: NDArray[np.int64]) -> Match:
    """Return how the virtual patients resemble the real one."""
    return Match(
        candidates=weighted.candidates,
        effective_sample_size=weighted.effective_sample_size,
        distinct_patients=len(np.unique(slots)),
        virtual_patients=len(slots),
        variables=tuple(_matched(target, weighted) for target in targets.compared),
        unused=targets.unused,
        missing=targets.missing,
        widened=weighted.widened,
        nearness=nearness(targets.compared, weighted),
    )


def _matched(target: MatchTarget, weighted: Resembling) -> MatchedVariable:
    values = weighted.cohort.columns[target.variable]
    low, median, high = weighted_quantiles(values, weighted.weights, (0.05, 0.5, 0.95))
    tolerance = (
        f"{target.kernel.tolerance:g}" if target.kernel.scale == "linear" else f"{target.kernel.tolerance:g} (log)"
    )
    return MatchedVariable(
        target.variable, target.observed, target.how, tolerance, float(low), float(median), float(high),
        float((weighted.weights * values).sum()), tolerances_away(target, float(median)),
    )  # fmt: skip
