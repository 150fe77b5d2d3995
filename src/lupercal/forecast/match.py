"""Virtual patients that look like the real one: importance weights, effective sample size, and the refusal to guess.

Candidates are drawn and burnt in batch by batch under usual care and, for the last month, under the real
patient's own drugs, until enough of them resemble the patient. Slots of the forecast are then filled by inverting the
cumulative weights along a low-discrepancy sequence, so that slot k holds the same virtual patient however many slots
there are.
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
from lupercal.engine.streams import SLOT_POINTS
from lupercal.errors import LupercalError
from lupercal.evidence.parameter_sets import accepted, typical_of
from lupercal.evidence.parameters import parameters
from lupercal.forecast.personal import Personal
from lupercal.forecast.settings import settings
from lupercal.forecast.targets import MatchTarget, Targets
from lupercal.instruments.registry import score_simulated
from lupercal.population.cohort import Cohort, joined
from lupercal.population.draw import draw, sobol_points

Array = NDArray[np.float64]
NO_FILTRATION = 1e-6
"""mL/min/1.73 m2 that stand for none, in people whose kidneys have failed."""
Progress = Callable[[str, float], None]


@final
@dataclass(frozen=True, slots=True)
class Resembling:
    """Candidates with their weights (sum 1) and the effective sample size 1/sum(w²)."""

    cohort: Cohort
    weights: Array
    effective_sample_size: float
    candidates: int


class ForecastRefusedError(LupercalError):
    """Too few virtual patients resemble the real one."""


def find_matches(targets: Targets, real: Personal, seed: int, engine: EngineName, progress: Progress) -> Resembling:
    """Draw candidates until enough of them resemble the patient.

    Raises
    ------
    ForecastRefusedError
        If nothing is known to match on, or the effective sample size stays too small; it then names the value that is
        furthest out of reach.
    """
    if not targets.used:
        raise ForecastRefusedError(f"no forecast: the baseline visit tells none of {', '.join(targets.missing)}")
    choice = settings().candidates
    found: list[Cohort] = []
    for first in range(0, choice.most, choice.batch):
        progress("drawing virtual patients", first / choice.most)
        found.append(_candidates(seed, first, choice.batch, real, engine))
        cohort = with_own_kidney(joined(found), targets.used)
        weights, size = importance(targets.used, cohort.columns)
        if size >= choice.enough:
            break
    if size < choice.refuse_below:
        raise ForecastRefusedError(_refusal(targets.used, cohort.columns, size))
    progress("drawing virtual patients", 1.0)
    return Resembling(cohort, weights, size, first + choice.batch)


def importance(used: Sequence[MatchTarget], columns: Mapping[str, Array]) -> tuple[Array, float]:
    """Return normalised weights (N,) and their effective sample size."""
    total = sum((target.log_weight(columns[target.variable]) for target in used), np.zeros(len(columns["c3"])))
    raw = np.exp(total - total.max())
    weights = raw / raw.sum()
    return weights, float(1 / np.square(weights).sum()) if np.exp(total).sum() > 1e-3 else 0.0


def with_own_kidney(cohort: Cohort, used: Sequence[MatchTarget]) -> Cohort:
    """Return the candidates with GFR0 moved, within its plausible range, so that their eGFR comes near the patient's.

    GFR0 scales the read-out of eGFR and acts on nothing else in the model, so this is conditioning, not a change of
    disease.
    """
    wanted = next((target for target in used if target.variable == "egfr" and target.how == "value"), None)
    if wanted is None:
        return cohort
    own, bounds = np.asarray(cohort.parameters["GFR0"]), parameters()["GFR0"]
    seen = np.maximum(cohort.columns["egfr"], NO_FILTRATION)
    moved = np.clip(own * wanted.observed / seen, bounds.low, bounds.high)
    columns = dict(cohort.columns) | {"egfr": cohort.columns["egfr"] * moved / own}
    return replace(cohort, parameters=dict(cohort.parameters) | {"GFR0": moved}, columns=columns)


def fill_slots(weighted: Resembling, slots: int, seed: int) -> NDArray[np.int64]:
    """Return the candidate in each slot, shape (slots,); slot k does not depend on the number of slots."""
    u = sobol_points(seed, SLOT_POINTS, 0, slots, 1)[0]
    cumulative = np.cumsum(weighted.weights)
    rows = np.minimum(np.searchsorted(cumulative / cumulative[-1], u), len(cumulative) - 1)
    return np.asarray(rows, np.int64)


def weighted_quantiles(values: Array, weights: Array, q: Sequence[float]) -> Array:
    """Return quantiles of weighted values."""
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    rows = np.minimum(np.searchsorted(cumulative / cumulative[-1], q), len(values) - 1)
    return np.asarray(values[order][rows])


def _candidates(seed: int, first: int, size: int, real: Personal, engine: EngineName) -> Cohort:
    drawn = draw(seed, first, size, typical_of(accepted(), np.arange(first, first + size)))
    latest = Latest(
        own_drugs(real.background, drawn.background, size, real.person), settings().candidates.own_drugs_days
    )
    lived = live(drawn, seed, drawn.background, engine, latest=latest, of_year=real.of_year)
    return lived.cohort(sledai_2k=score_simulated("sledai_2k", lived.columns).value)


def _refusal(used: Sequence[MatchTarget], columns: Mapping[str, Array], size: float) -> str:
    """Say which value is furthest out of reach, and what the virtual patients reach."""
    alone = {target: float(np.exp(target.log_weight(columns[target.variable])).mean()) for target in used}
    worst = min(alone, key=lambda target: alone[target])
    low, high = np.nanquantile(columns[worst.variable], [0.01, 0.99])
    return (
        f"no forecast: too few virtual patients resemble this one (effective sample size {size:.1f}, at least "
        f"{settings().candidates.refuse_below:g} needed). Furthest out of reach is {worst.variable} {worst.how} "
        f"{worst.observed:g}: the virtual patients lie between {low:.3g} and {high:.3g}"
    )
