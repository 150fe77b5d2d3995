"""One patient's visits, learnt from one after the other: the forecast before each, what came, the forecast after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import final

from lupercal.engine.choose import EngineName
from lupercal.forecast.assimilation.evidence import VisitEvidence, visit_evidence
from lupercal.forecast.assimilation.filter import Weighing, learnt_at
from lupercal.forecast.assimilation.given import Given, as_of, given_to
from lupercal.forecast.assimilation.likely import as_likely
from lupercal.forecast.assimilation.living import Living
from lupercal.forecast.assimilation.outlook import Outlook, outlook
from lupercal.forecast.assimilation.particles import Particles, first_particles
from lupercal.forecast.assimilation.settings import assimilation_settings
from lupercal.forecast.match import Resembling
from lupercal.forecast.personal import day_of_year, personal
from lupercal.forecast.search import Progress, SearchRequest, find_matches
from lupercal.forecast.targets import Targets, targets_of
from lupercal.patient.record import Patient


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

    among: Callable[[Targets], Resembling] | None = None
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
    size, choices = particles or assimilation_settings().particles, assimilation_settings()
    there = as_of(patient, first)
    targets, real = targets_of(there), replace(personal(there), of_year=_of_year(patient, first))
    evidence = [replace(one, day=one.day - first) for one in visit_evidence(patient, until) if one.day >= first]
    likely = as_likely(targets, evidence[0])
    variant = variant or Variant()
    if variant.among is None:
        wanted = SearchRequest(
            likely, real, seed, engine, size, choices.start_worth, choices.start_worth, choices.start_most
        )
        matched = find_matches(wanted, progress)
    else:
        matched = variant.among(likely)
    doses = given or given_to(patient, first, max([until, *ahead]), known_to=until)
    living = Living(doses, seed, real.of_year, cared, engine, size)
    begun = first_particles(matched, size, seed)
    later = sorted({day - first for day in ahead if day > first} | {one.day for one in evidence})
    found = list(_steps(begun, evidence, living, (later, variant.reach), progress))
    last = living.until(found[-1][1], until - first) if until - first > found[-1][1].day else found[-1][1]
    return Assimilation(first, targets, matched, tuple(step for step, _ in found), last, living, doses)


def _steps(
    particles: Particles,
    evidence: Sequence[VisitEvidence],
    how: Living,
    ahead: tuple[Sequence[int], int | None],
    progress: Progress,
) -> Iterator[tuple[VisitStep, Particles]]:
    """Yield every visit with the particles after it; the first only sets what is believed of those matched by it."""
    rules, before, (days, reach) = assimilation_settings().rules, None, ahead
    for number, visit in enumerate(evidence):
        progress("learning from visits", number / len(evidence))
        if number == 0:
            particles, weighing = _begun(particles, visit, how)
        else:
            particles, weighing = learnt_at(particles.marked(visit.day), visit, how, particles.size, rules)
        whole = reach is None or number in (0, len(evidence) - 1)
        later = [day for day in days if visit.day < day and (whole or day <= visit.day + (reach or 0))]
        after = outlook(particles, how, later) if later else None
        yield VisitStep(visit, before, weighing, after, particles.worth), particles
        before = after


def _begun(particles: Particles, visit: VisitEvidence, how: Living) -> tuple[Particles, Weighing]:
    """Return particles of the first visit, by which they were chosen: it only sets what is believed of them."""
    return how.weighed(particles, visit)[1], Weighing(float(particles.size), 1.0, 1, 0.0)


def _of_year(patient: Patient, first: int) -> int:
    return (day_of_year(patient) + first) % 365
