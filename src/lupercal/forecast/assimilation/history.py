"""One patient's visits, learnt from one after the other: the forecast before each, what came, the forecast after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.choose import EngineName
from lupercal.forecast.assimilation.evidence import VisitEvidence, visit_evidence
from lupercal.forecast.assimilation.filter import Weighing, learnt_at
from lupercal.forecast.assimilation.given import Given, as_of, given_to
from lupercal.forecast.assimilation.likely import as_compared, as_likely
from lupercal.forecast.assimilation.living import Living
from lupercal.forecast.assimilation.outlook import Outlook, outlook
from lupercal.forecast.assimilation.particles import Particles, first_particles
from lupercal.forecast.assimilation.settings import assimilation_settings
from lupercal.forecast.assimilation.weights import (
    effective_number,
    largest_power,
    systematic,
    tempered_logs,
    weights_of,
)
from lupercal.forecast.match import Resembling, agreement
from lupercal.forecast.personal import Personal, day_of_year, personal
from lupercal.forecast.search import Progress, SearchRequest, find_matches
from lupercal.forecast.targets import Targets, targets_of
from lupercal.patient.record import Patient

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class VisitStep:
    """One visit: what it told, what was expected of it before, what it did; ``after`` is the outlook from it."""

    evidence: VisitEvidence
    before: Outlook | None
    weighing: Weighing
    after: Outlook | None
    worth: float


@final
@dataclass(frozen=True, slots=True)
class Assimilation:
    """What became of a patient's history: days of ``steps`` and ``particles`` count from record day ``first``.

    ``population`` is the outlook of the first visit alone.
    """

    first: int
    targets: Targets
    matched: Resembling
    steps: tuple[VisitStep, ...]
    particles: Particles
    living: Living
    given: Given

    @property
    def population(self) -> Outlook | None:
        """What the first visit alone lets expect."""
        return self.steps[0].after


def first_visit(patient: Patient, until: int) -> int | None:
    """Return the record day from which visits are learnt from; None where no visit up to a day tells anything."""
    choice = assimilation_settings()
    for one in visit_evidence(patient, until):
        if one.day >= until - choice.longest_days and targets_of(as_of(patient, one.day)).used:
            return one.day
    return None


@final
@dataclass(frozen=True, slots=True)
class Variant:
    """What a second opinion or a study of the filter does otherwise.

    It begins ``among`` given virtual patients in place of a search, and after visits between the first and the last it
    looks ahead ``reach`` days only.
    """

    among: Callable[[SearchRequest], Resembling] | None = None
    reach: int | None = None


def assimilate(
    patient: Patient, until: int, ahead: Sequence[int], seed: int, progress: Progress, engine: EngineName = "compiled",
    particles: int | None = None, given: Given | None = None, *, cared: bool = True, variant: Variant | None = None,
) -> Assimilation | None:  # fmt: skip
    """Learn from all visits of a patient up to a day.

    Parameters
    ----------
    patient, until
        The record, and the last of its days that counts.
    ahead
        Record days beyond the visits for which every outlook says what it expects.
    seed
        Of all random numbers.
    progress
        Told what is being done.
    particles
        How many; those of the settings where not given.
    given
        What the patient is given, where that is not what the record says.
    cared
        Whether flares beyond the last visit are answered, as usual care does.
    variant
        What is done otherwise.

    Returns
    -------
    Assimilation or None
        None where no visit tells anything to match on.
    """
    first = first_visit(patient, until)
    if first is None:
        return None
    size, there = particles or assimilation_settings().particles, as_of(patient, first)
    targets, real = targets_of(there), replace(personal(there), of_year=_of_year(patient, first))
    evidence = [replace(one, day=one.day - first) for one in visit_evidence(patient, until) if one.day >= first]
    wanted = _wanted(as_likely(targets, evidence[0]), real, evidence[0], (size, seed, engine))
    variant = variant or Variant()
    matched = find_matches(wanted, progress) if variant.among is None else variant.among(wanted)
    doses = given or given_to(patient, first, max([until, *ahead]), known_to=until)
    living = Living(doses, seed, real.of_year, cared, engine, size)
    begun = first_particles(matched, size, seed)
    later = sorted({day - first for day in ahead if day > first} | {one.day for one in evidence})
    start = begun, _chosen(begun, wanted, matched, evidence[0])
    steps = list(_steps(start, evidence, living, (later, variant.reach), progress))
    last = living.until(steps[-1][1], until - first) if until - first > steps[-1][1].day else steps[-1][1]
    return Assimilation(first, targets, matched, tuple(step for step, _ in steps), last, living, doses)


@final
@dataclass(frozen=True, slots=True)
class _Chosen:
    """How particles were chosen by the first visit: log weights by its values, (N,), and with what power."""

    power: float
    logs: Array


def _chosen(begun: Particles, wanted: SearchRequest, matched: Resembling, visit: VisitEvidence) -> _Chosen:
    recorded = visit.values.keys() - {"sledai_2k"}
    measured = [one for one in wanted.targets.used if one.variable in recorded]
    return _Chosen(matched.widened**-2, agreement(measured, wanted.seen(begun.cohort)))


def _wanted(likely: Targets, real: Personal, visit: VisitEvidence, how: tuple[int, int, EngineName]) -> SearchRequest:
    """Return for whom is searched: by the likelihood of what the first visit tells, until enough are found."""
    choice, (size, seed, engine) = assimilation_settings(), how
    return SearchRequest(
        likely, real, seed, engine, size, choice.start_worth, choice.start_worth, choice.start_most,
        shown=partial(as_compared, visit=visit),
    )  # fmt: skip


def _steps(
    begun: tuple[Particles, _Chosen],
    evidence: Sequence[VisitEvidence],
    how: Living,
    ahead: tuple[Sequence[int], int | None],
    progress: Progress,
) -> Iterator[tuple[VisitStep, Particles]]:
    """Yield every visit with the particles after it."""
    rules, before, (days, reach), (particles, chosen) = assimilation_settings().rules, None, ahead, begun
    for number, visit in enumerate(evidence):
        progress("learning from visits", number / len(evidence))
        if number == 0:
            particles, weighing = _begun(particles, visit, how, chosen)
        else:
            particles, weighing = learnt_at(particles.marked(visit.day), visit, how, particles.size, rules)
        whole = reach is None or number in (0, len(evidence) - 1)
        later = [day for day in days if visit.day < day and (whole or day <= visit.day + (reach or 0))]
        after = outlook(particles, how, later) if later else None
        yield VisitStep(visit, before, weighing, after, particles.worth), particles
        before = after


def _begun(particles: Particles, visit: VisitEvidence, how: Living, chosen: _Chosen) -> tuple[Particles, Weighing]:
    """Return particles that have learnt from the first visit, weighted by its likelihood over how they were chosen.

    They were chosen by a kernel of one width for everybody, while each may have an offset of another size. SLEDAI-2K
    and findings have counted in the choice.
    """
    after = how.weighed(particles, visit)[1]
    values = {name: told for name, told in visit.values.items() if name != "sledai_2k"}
    logs, _ = how.weighed(particles, replace(visit, values=values, findings={}))
    rest = chosen.power * (logs - chosen.logs)
    power = largest_power(rest, assimilation_settings().least * particles.size)
    weights = tempered_logs(rest, power)
    index = systematic(weights_of(weights), how.start_of(visit, 0))
    return after.take(index), Weighing(effective_number(weights), chosen.power * power, 1, 0.0)


def _of_year(patient: Patient, first: int) -> int:
    return (day_of_year(patient) + first) % 365
