"""What a filter says of itself: past forecasts beside what came, in numbers and words; what it cannot explain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.random import uniforms
from lupercal.engine.streams import ASSIMILATION_PLACE
from lupercal.evidence.curves import ndtr
from lupercal.forecast.assimilation.evidence import Told, told_words
from lupercal.forecast.assimilation.history import Assimilation, VisitStep
from lupercal.forecast.assimilation.learnt import LearntVisit, PastValue
from lupercal.forecast.assimilation.outlook import Outlook
from lupercal.forecast.assimilation.settings import assimilation_settings
from lupercal.patient.variables import variables

Array = NDArray[np.float64]
BAND = (0.05, 0.5, 0.95)
FEW = 5
"""Values below which nothing is said of calibration."""


def learnt_visits(found: Assimilation) -> tuple[LearntVisit, ...]:
    """Return what each visit did."""
    return tuple(_visit(step, found) for step in found.steps)


def _visit(step: VisitStep, past: Assimilation) -> LearntVisit:
    weighing = step.weighing
    return LearntVisit(
        step.evidence.day + past.first, tuple(told_words(step.evidence)), weighing.effective / past.particles.size,
        weighing.power, weighing.stages, step.worth,
    )  # fmt: skip


def past_values(found: Assimilation) -> tuple[PastValue, ...]:
    """Return every value after the first visit beside what was forecast of it."""
    population, last = found.population, dict[str, tuple[int, Told]]()
    values = list[PastValue]()
    for step in found.steps:
        if step.before is not None and population is not None and step.evidence.day > step.before.since:
            values += [
                _value(name, told, step, population, last.get(name), found.first)
                for name, told in step.evidence.values.items()
            ]
        last |= {name: (step.evidence.day, told) for name, told in step.evidence.values.items()}
    return tuple(values)


def _value(
    name: str, value_told: Told, step: VisitStep, population: Outlook, last: tuple[int, Told] | None, first: int
) -> PastValue:
    before, day = step.before, step.evidence.day
    assert before is not None
    low, median, high = np.quantile(assimilation_settings().channels[name].unscaled(before.sample(name, day)), BAND)
    density = before.log_density(name, day, value_told)
    return PastValue(
        name, day + first, _shown(name, value_told), _bound(value_told), float(low), float(median), float(high),
        _place(before, name, day, value_told), density, population.log_density(name, day, value_told),
        _carried(name, value_told, day, last, population), _rarity(before, name, day, value_told), value_told.lowest,
    )  # fmt: skip


def _shown(name: str, value_told: Told) -> float:
    """Return the number recorded, else the bound, in the data dictionary's unit."""
    if np.isfinite(value_told.recorded):
        return value_told.recorded
    at = value_told.low if np.isfinite(value_told.low) else value_told.high
    return float(assimilation_settings().channels[name].unscaled(np.asarray(at)))


def _bound(value_told: Told) -> str:
    if value_told.exact or value_told.lowest:
        return ""
    return ">" if np.isinf(value_told.high) else "<" if np.isinf(value_told.low) else "between"


def _place(before: Outlook, name: str, day: int, value_told: Told) -> float:
    """Return the share of what was forecast that lies below a value; behind a bound it is drawn.

    To leave such values out would keep those that came otherwise, and tilt what is said of all.
    """
    low, high = before.place(name, day, value_told.low), before.place(name, day, value_told.high)
    if value_told.exact:
        return low
    number = list(assimilation_settings().channels).index(name)
    return float(low + (high - low) * uniforms(before.seed, ASSIMILATION_PLACE, day, number))


def _rarity(before: Outlook, name: str, day: int, value_told: Told) -> float:
    """Return the share of simulated values whose predictive density is below that of the value that came.

    Of a bound it is the share that lies behind it.
    """
    density = before.log_density(name, day, value_told)
    if not value_told.exact:
        return float(np.exp(density))
    drawn = before.drawn(name, day)
    some = drawn[:: max(1, len(drawn) // _SIMULATED)]
    return float(np.mean([before.log_density(name, day, Told(value, value)) < density for value in some]))


_SIMULATED = 200


def _carried(name: str, value_told: Told, day: int, last: tuple[int, Told] | None, population: Outlook) -> float:
    """Return the log density of a value about the last one, spread as values of the population move in that time."""
    if last is None or not (last[1].exact or last[1].lowest):
        return float("nan")
    at = float(assimilation_settings().channels[name].scaled(last[1].recorded))
    moved = population.sample(name, day)
    moved = moved - (population.sample(name, last[0]) if last[0] in population.days else moved.mean())
    sd = float(np.sqrt(np.mean(np.square(moved)))) or 1.0
    if value_told.exact:
        z = (value_told.low - at) / sd
        return float(-0.5 * z * z - np.log(sd) - 0.5 * np.log(2 * np.pi))
    share = ndtr((value_told.high - at) / sd) - ndtr((value_told.low - at) / sd)
    return float(np.log(max(float(share), np.finfo(float).tiny)))


def sharpened(values: Sequence[PastValue]) -> bool | None:
    """Return whether past values were forecast better than by the population and by the last value; None if unknown."""
    after = [one for one in values if np.isfinite(one.log_density)]
    if not after:
        return None
    person_density = float(np.mean([one.log_density for one in after]))
    population = float(np.mean([one.population_log_density for one in after]))
    both = [one for one in after if np.isfinite(one.carried_log_density)]
    better = not both or np.mean([one.log_density - one.carried_log_density for one in both]) > 0
    only_first = {one.log_density == one.population_log_density for one in after} == {True}
    return None if only_first else bool(person_density > population and better)


def unexplained(values: Sequence[PastValue]) -> Mapping[int, tuple[str, ...]]:
    """Return by day the values whose predictive density lies below the quantile that the settings call lost.

    The level is shared among the values of a visit, so that a visit with many is not lost by chance.
    """
    days = dict[int, list[PastValue]]()
    for one in values:
        days.setdefault(one.day, []).append(one)
    lost = {day: tuple(_lost(some)) for day, some in days.items()}
    return {day: names for day, names in lost.items() if names}


def _lost(values: Sequence[PastValue]) -> Iterator[str]:
    level = assimilation_settings().lost / len(values)
    for past in values:
        far = min(past.place, 1 - past.place)
        # 200 simulated values cannot tell a level below 1/200: there the place in the tail does
        if np.isfinite(past.rarity) and past.rarity <= level and far <= level:
            yield past.variable


def left_again(values: Sequence[PastValue]) -> Iterator[str]:
    """Yield a sentence for every variable that left its 90 % band twice or more: on which days, and how last."""
    left = dict[str, list[PastValue]]()
    for one in sorted(values, key=lambda value: value.day):
        if one.outside:
            left.setdefault(one.variable, []).append(one)
    for name, some in left.items():
        if len(some) > 1:
            days = ", ".join(str(one.day) for one in some)
            last = some[-1]
            yield (
                f"{dictionary_label(name)} left its 90 % band on days {days}, last with {last.bound}{last.value:.3g} "
                f"{'above' if last.above else 'below'} {last.low:.3g} to {last.high:.3g}"
            )


def dictionary_label(variable: str) -> str:
    """Return the data dictionary's label of a variable."""
    return variables()[variable].label


def calibration_words(values: Sequence[PastValue]) -> Iterator[str]:
    """Yield how this person's past forecasts have done, in words."""
    places = np.array([one.place for one in values if np.isfinite(one.place)])
    if len(places) < FEW:
        if len(places):
            counted = "1 past value is" if len(places) == 1 else f"{len(places)} past values are"
            yield f"{counted} too few to say how this person's forecasts have done."
        return
    inside = int(((places >= 0.1) & (places <= 0.9)).sum())
    yield f"Of {len(places)} past values {inside} lay in the 80 % interval forecast from the visits before."
    middle = float(places.mean())
    margin = 2 * np.sqrt(1 / 12 / len(places))
    if middle > 0.5 + margin:
        yield "Values came higher than forecast, more often than by chance."
    elif middle < 0.5 - margin:
        yield "Values came lower than forecast, more often than by chance."
    else:
        yield "They lay neither higher nor lower than forecast beyond chance."
    spread = float(np.mean(np.abs(places - 0.5)))
    wide = 1.96 * np.sqrt(1 / 48 / len(places))
    if spread > 0.25 + wide:
        yield "The bands were too narrow."
    elif spread < 0.25 - wide:
        yield "The bands were wider than needed."


def opinions_apart(one: Outlook, other: Outlook, days: Sequence[int], first: int) -> Iterator[str]:
    """Yield where two opinions disagree: their medians lie apart by more than the settings allow."""
    choice = assimilation_settings()
    for name in ("upcr", "anti_dsdna", "c3", "egfr", "sledai_2k"):
        for day in days:
            if day not in one.days or day not in other.days:
                continue
            low, middle, high = np.quantile(one.drawn(name, day), (0.1, 0.5, 0.9))
            second = float(np.median(other.drawn(name, day)))
            if abs(second - middle) > choice.apart * (high - low) / 2:
                shown = [float(choice.channels[name].unscaled(np.asarray(value))) for value in (middle, second)]
                both = f"{shown[0]:.3g} by one seed, {shown[1]:.3g} by the other"
                yield f"{dictionary_label(name)} on day {day + first}: {both}"
                break
