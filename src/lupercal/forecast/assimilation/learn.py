"""All that a forecast asks of a patient's visits: learnt from twice, judged, and handed on to the arms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.choose import EngineName
from lupercal.forecast.assimilation.evidence import visit_evidence
from lupercal.forecast.assimilation.given import Given
from lupercal.forecast.assimilation.handed_on import Offsets, handed_on
from lupercal.forecast.assimilation.history import Assimilation, Variant, assimilate, first_visit
from lupercal.forecast.assimilation.judgement import (
    calibration_words,
    dictionary_label,
    learnt_visits,
    left_again,
    opinions_apart,
    past_values,
    sharpened,
    unexplained,
)
from lupercal.forecast.assimilation.learnt import ExpectedNarrowing, Fan, Learnt, PastValue
from lupercal.forecast.assimilation.next_test import next_tests
from lupercal.forecast.assimilation.settings import assimilation_settings
from lupercal.forecast.search import Progress
from lupercal.patient.record import Patient
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.population.cohort import Cohort, joined

Whole = NDArray[np.int64]
DRAWN = ("upcr", "sledai_2k", "anti_dsdna", "c3", "egfr")
"""Variables of which the bands before and after each visit are kept."""

TESTS = ("upcr", "anti_dsdna", "c3", "egfr", "sledai_2k", "cd19")
TEST_DAYS = (14, 42, 91, 182)
"""Tests that could come next, and after how many days; all are tried."""

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@final
@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a patient's visits up to record day ``until``: forecasts for some months after it, by a seed."""

    patient: Patient
    until: int
    months: int
    seed: int
    engine: EngineName = "compiled"
    particles: int | None = None
    given: Given | None = None

    @property
    def ahead(self) -> list[int]:
        """Record days of the outlooks: every month, and those on which a test could come next."""
        months = [round(month * DAYS_PER_MONTH) for month in range(1, self.months + 1)]
        return [self.until + day for day in sorted({*months, *TEST_DAYS})]


@final
@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learnt, told (``told``) and to be gone on from (``found``), and by the ``second`` seed."""

    told: Learnt
    found: Assimilation
    second: Assimilation

    def handed(self, size: int, seed: int) -> tuple[Cohort, Offsets, Whole]:
        """Return virtual patients for slots, by turns of both opinions, their offsets, and who are kin.

        Numbers of kin are negative in the second opinion. Slot k holds the same one however many slots there are.
        """
        if size < 2:
            return handed_on(self.found, size, seed)
        most = (size + 1) // 2
        parts = (
            handed_on(self.found, most, seed),
            handed_on(self.second, size - most, seed + assimilation_settings().second_seed),
        )
        order = np.argsort(np.concatenate([2 * np.arange(most), 2 * np.arange(size - most) + 1]), kind="stable")
        offsets = parts[0][1].beside(parts[1][1]).take(order)
        kin = np.concatenate([parts[0][2], -1 - parts[1][2]])
        return joined([parts[0][0], parts[1][0]]).take(order), offsets, kin[order]


def has_history(patient: Patient, until: int) -> bool:
    """Return whether there are at least two visits up to a day that tell something, the first enough to match on."""
    first = first_visit(patient, until)
    days = {one.day for one in visit_evidence(patient, until) if first is not None and one.day >= first}
    return len(days) > 1


def lesson(ask: Ask, progress: Progress) -> Lesson | None:
    """Return what a patient's visits teach; None where there are not two that tell anything."""
    if not has_history(ask.patient, ask.until):
        return None
    first, second = (
        assimilate(
            ask.patient, ask.until, ask.ahead, seed, progress, ask.engine, ask.particles, ask.given, variant=variant
        )
        for seed, variant in ((ask.seed, None), (ask.seed + assimilation_settings().second_seed, Variant(reach=0)))
    )
    if first is None or second is None:
        return None
    return Lesson(_told(ask, first, second), first, second)


def _told(ask: Ask, past: Assimilation, second: Assimilation) -> Learnt:
    values, months = past_values(past), [day - past.first for day in ask.ahead]
    lost, better = unexplained(values), sharpened(values)
    after, other = past.steps[-1].after, second.steps[-1].after
    apart = tuple(opinions_apart(after, other, months, past.first)) if after and other else ()
    last = past.steps[-1].evidence.day + past.first
    refused = _refusal(lost.get(last, ()), last, values)
    return Learnt(
        past.first, ask.until, past.particles.size, learnt_visits(past), values, tuple(_fans(past)),
        () if refused else _next(past, ask), apart,
        tuple(_named(day, names, values) for day, names in sorted(lost.items())), refused, better,
        tuple(_words(better, apart, refused, values)),
        (*past.given.notes, *_passed_over(ask, past.first), *_counted_less(past)),
        tuple(left_again(values)),
    )  # fmt: skip


def _refusal(names: Sequence[str], day: int, values: Sequence[PastValue]) -> str:
    if not names:
        return ""
    return f"The model cannot explain the last visit by those before it ({_named(day, names, values)})."


def _named(day: int, names: Sequence[str], values: Sequence[PastValue]) -> str:
    named = [one for one in values if one.day == day and one.variable in names]
    return "; ".join(
        f"{dictionary_label(one.variable)} {one.bound}{one.value:.3g} on day {day}, "
        f"forecast {one.low:.3g} to {one.high:.3g}"
        for one in named
    )


def _words(better: bool | None, apart: Sequence[str], refused: str, values: Sequence[PastValue]) -> Iterator[str]:
    if refused:
        yield f"No forecast is built on the earlier visits: {refused} What follows rests on the last visit alone."
        return
    if better is False:
        yield (
            f"Your visits did not sharpen this forecast: {_values(values)} forecast no better from the visits before "
            "than from the first visit alone or by carrying the last value forward."
        )
    elif better:
        yield (
            f"{_values(values).capitalize()} forecast better from the visits before than from the first visit alone "
            "and than by carrying the last value forward."
        )
    if apart:
        yield f"Two runs of this forecast disagree: {'; '.join(apart)}."
    yield from calibration_words(values)


def _values(values: Sequence[PastValue]) -> str:
    return "the one past value was" if len(values) == 1 else f"the {len(values)} past values were"


def _passed_over(ask: Ask, first: int) -> Iterator[str]:
    """Yield which visits take no part, and why."""
    visit_days = [one.day for one in visit_evidence(ask.patient, ask.until)]
    for days, why in (
        (sorted(one.day for one in ask.patient.visits if one.day > ask.until), f"after day {ask.until}"),
        ([day for day in visit_days if day < min(first, ask.until - assimilation_settings().longest_days)],
         f"more than {round(assimilation_settings().longest_days / DAYS_PER_MONTH)} months before day {ask.until}"),
    ):  # fmt: skip
        if days:
            yield f"What was seen on day{'s' * (len(days) > 1)} {', '.join(map(str, days))}, {why}, takes no part."


def _counted_less(past: Assimilation) -> Iterator[str]:
    for step in past.steps:
        if step.weighing.power < 1:
            yield (
                f"The visit on day {step.evidence.day + past.first} counts with a power of {step.weighing.power:.2g}: "
                "at full weight too few virtual patients were left."
            )


def _fans(past: Assimilation) -> Iterator[Fan]:
    """Yield the band of every variable drawn as every visit left it."""
    measured = {name for step in past.steps for name in step.evidence.values}
    for name in DRAWN:
        for step in past.steps:
            if name in measured and step.after is not None:
                days = np.array(step.after.days, np.float64) + past.first
                yield Fan(name, step.evidence.day + past.first, days, step.after.quantiles(name, LEVELS))


def _next(past: Assimilation, ask: Ask) -> tuple[ExpectedNarrowing, ...]:
    after = past.steps[-1].after
    outcome_day = ask.ahead[-1] - past.first if ask.months < 12 else ask.until + round(12 * DAYS_PER_MONTH) - past.first
    if after is None or outcome_day not in after.days:
        return ()
    outcome = "upcr" if any("upcr" in step.evidence.values for step in past.steps) else "sledai_2k"
    days = [ask.until - past.first + day for day in TEST_DAYS]
    return next_tests(after, outcome, outcome_day, TESTS, days, past.first)[:6]
