"""Searching virtual patients that resemble: from the population first, then toward the patient.

A first batch comes from the population. Where too few of it resemble, a proposal is fitted to the nearest, with the
likelihood tempered so far that enough of them count, and the next batch is drawn from there, and so on; those drawn
from all proposals are weighted together (`lupercal.population.proposal`). Who is drawn with which number depends on
seed, number, and the patient searched for. Where even then few resemble, tolerances are widened until enough count, and
the forecast says so: nobody is refused because he is ill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.background import own_drugs
from lupercal.course.burn_in import Latest, live
from lupercal.engine.choose import EngineName
from lupercal.errors import LupercalError
from lupercal.evidence.parameter_sets import accepted, typical_of
from lupercal.forecast.biologics import given_before
from lupercal.forecast.likeness import of_candidates
from lupercal.forecast.match import Resembling, agreement, importance, tempered, with_own_finding, with_own_kidney
from lupercal.forecast.personal import Personal
from lupercal.forecast.settings import settings
from lupercal.forecast.targets import Targets
from lupercal.instruments.registry import score_simulated
from lupercal.population.cohort import Cohort, joined
from lupercal.population.draw import Drawn, draw, drawn_names, drawn_points, independent_scores
from lupercal.population.proposal import Proposal, fitted, log_density, log_weights, moved, population_itself

Array = NDArray[np.float64]
Progress = Callable[[str, float], None]
NEGLIGIBLE = 1e-9
"""Share of the largest weight below which a candidate can stand in no slot."""


class ForecastRefusedError(LupercalError):
    """Nothing is known by which virtual patients could resemble the real one."""


@final
@dataclass(frozen=True, slots=True)
class SearchRequest:
    """For whom is searched, for how many virtual patients (``slots``), of what they are worth at ``least``.

    The search ends when they are worth ``enough``, or ``most`` were drawn; where not given, as the settings say.
    ``shown`` says what candidates are compared by in place of their columns; filtration is then not set to the
    patient's own, but compared as everything else.
    """

    targets: Targets
    real: Personal
    seed: int
    engine: EngineName = "compiled"
    slots: int = 500
    least: float | None = None
    enough: float | None = None
    most: int | None = None
    shown: Callable[[Cohort], dict[str, Array]] | None = None

    def seen(self, people: Cohort) -> Mapping[str, Array]:
        """Return the columns that candidates are compared by, (N,) each."""
        return people.columns if self.shown is None else dict(people.columns) | self.shown(people)

    @property
    def effort(self) -> tuple[float, int]:
        """How much they are to be worth, and how many are drawn at most."""
        usual = settings().candidates.effort(self.slots)
        return self.enough or usual.enough, self.most or usual.most

    @property
    def at_least(self) -> float:
        """Effective number of candidates below which tolerances are widened."""
        return settings().candidates.at_least if self.least is None else self.least


@final
@dataclass(frozen=True, slots=True)
class _Batch:
    """Candidates, (N,), with the scores they were drawn at, (D, N), and how far they agree with the patient, (N,)."""

    cohort: Cohort
    scores: Array
    agreed: Array


def find_matches(asked: SearchRequest, progress: Progress) -> Resembling:
    """Draw candidates until enough of them resemble the patient, or no more are to be drawn.

    Raises
    ------
    ForecastRefusedError
        If nothing is known to match on.
    """
    if not asked.targets.used:
        raise ForecastRefusedError(f"no forecast: the baseline visit tells none of {', '.join(asked.targets.missing)}")
    choice, (enough, most) = settings().candidates, asked.effort
    compared, batches, proposals = len(asked.targets.compared), list[_Batch](), [population_itself(len(drawn_names()))]
    progress("drawing virtual patients", 0.0)
    while True:
        batches.append(_batch(asked, len(batches) * choice.batch, proposals[-1]))
        drawn, agreed = _drawn(batches, proposals), np.concatenate([batch.agreed for batch in batches])
        size, tried = importance(agreed, compared, drawn)[1], len(batches) * choice.batch
        on = size < enough and tried < most
        progress(_so_far(size, tried, enough, on=on), tried / most if on else 1.0)
        if not on:
            return _resembling(asked, batches, agreed, drawn, tried)
        proposals.append(_toward(batches, agreed, drawn))


def _so_far(size: float, tried: int, enough: float, *, on: bool) -> str:
    """Return how many resemble so far, of how many wanted, and whether the search goes on; short enough for a bar."""
    more = "searching on" if on else "search ends"
    return f"{tried} drawn: worth {size:.0f} of {enough:.0f}, {more}"


def _toward(batches: Sequence[_Batch], agreed: Array, drawn: Array) -> Proposal:
    """Return the proposal that follows the nearest of those drawn so far."""
    choice = settings().candidates
    weights, _ = tempered(agreed, drawn, choice.followed)
    near = np.flatnonzero(weights > NEGLIGIBLE * weights.max())
    scores = np.concatenate([batch.scores for batch in batches], axis=1)[:, near]
    return fitted(scores, weights[near] / weights[near].sum(), choice.sure, choice.narrowest)


def _drawn(batches: Sequence[_Batch], proposals: Sequence[Proposal]) -> Array:
    """Return the log of the weights that make up for how candidates were drawn, (N,)."""
    scores = np.concatenate([batch.scores for batch in batches], axis=1)
    densities = np.array([log_density(scores, one) for one in proposals])
    return log_weights(densities, [settings().candidates.batch] * len(proposals))


def _resembling(asked: SearchRequest, batches: Sequence[_Batch], agreed: Array, drawn: Array, tried: int) -> Resembling:
    """Return those who can stand in a slot; tolerances are widened where they would be too few."""
    weights, power = tempered(agreed, drawn, asked.at_least)
    counting, parts, first = weights > NEGLIGIBLE * weights.max(), list[Cohort](), 0
    for batch in batches:
        rows = np.flatnonzero(counting[first : first + batch.cohort.size])
        parts += [batch.cohort.take(rows)] if len(rows) else []
        first += batch.cohort.size
    chosen = weights[counting] / weights[counting].sum()
    scores = np.concatenate([batch.scores for batch in batches], axis=1)[:, counting]
    return Resembling(joined(parts), chosen, float(1 / np.square(chosen).sum()), tried, float(power**-0.5), scores)


def _batch(asked: SearchRequest, first: int, toward: Proposal) -> _Batch:
    real, size = asked.real, settings().candidates.batch
    at = None if first == 0 else toward
    drawn = draw(asked.seed, first, size, typical_of(accepted(), np.arange(first, first + size)), toward=at)
    lived = live(
        drawn, asked.seed, drawn.background, asked.engine, latest=_latest(real, drawn), of_year=real.of_year,
        body=real.person,
    )  # fmt: skip
    cohort = lived.cohort(sledai_2k=score_simulated("sledai_2k", lived.columns).value)
    cohort = with_own_kidney(cohort, asked.targets.used) if asked.shown is None else cohort
    cohort = with_own_finding(cohort, asked.targets.finding)
    points = {name: u[lived.usable] for name, u in drawn_points(asked.seed, first, size, at).items()}
    cohort = replace(cohort, columns=dict(cohort.columns) | of_candidates(cohort, points))
    scores = moved(independent_scores(asked.seed, first, size), toward)[:, lived.usable]
    return _Batch(cohort, scores, agreement(asked.targets.compared, asked.seen(cohort)))


def _latest(real: Personal, drawn: Drawn) -> Latest:
    """Return the patient's own drugs of the last weeks, from the days on which they began; day 0 ends the last step."""
    days, now = settings().candidates.own_drugs_days, (0, real.background)
    steps = [(day, own_drugs(taken, drawn.background, drawn.size, real.person)) for day, taken in (*real.before, now)]
    given = given_before(real.biologics, real.person)
    return Latest(steps[0][1], days, tuple(steps[1:]), given)
