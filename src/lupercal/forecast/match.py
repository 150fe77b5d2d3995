"""Virtual patients that look like the real one: importance weights, effective sample size, and slots.

Candidates are drawn and burnt in batch by batch (`lupercal.forecast.search`). Slots of the forecast are filled by
inverting the cumulative weights along a low-discrepancy sequence, so that slot k holds the same virtual patient however
many slots there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.streams import SLOT_POINTS
from lupercal.evidence.parameters import parameters
from lupercal.forecast.targets import MatchTarget
from lupercal.model.observation import CNS_ITEMS
from lupercal.population.cohort import Cohort
from lupercal.population.draw import sobol_points

Array = NDArray[np.float64]
NO_FILTRATION = 1e-6
"""mL/min/1.73 m2 that stand for none, in people whose kidneys have failed."""


@final
@dataclass(frozen=True, slots=True)
class Resembling:
    """Candidates with their weights (sum 1) and the effective sample size 1/sum(w²).

    ``widened`` is the factor by which all tolerances were widened so that enough count; 1 where they were not.
    ``scores`` (D, N) are the independent normal scores at which they were drawn.
    """

    cohort: Cohort
    weights: Array
    effective_sample_size: float
    candidates: int
    widened: float = 1.0
    scores: Array = field(default_factory=lambda: np.zeros((0, 0)))


def agreement(used: Sequence[MatchTarget], columns: Mapping[str, Array]) -> Array:
    """Return the log likelihood of resemblance of every candidate, (N,)."""
    return sum((target.log_weight(columns[target.variable]) for target in used), np.zeros(len(columns["c3"])))


def importance(agreed: Array, targets: int, drawn: Array | float = 0.0) -> tuple[Array, float]:
    """Return normalised weights (N,) and their effective sample size.

    Parameters
    ----------
    agreed
        `agreement` of the candidates, (N,).
    targets
        How many things were compared. The size is 0 where nobody is near: where the nearest is further than √2
        tolerances away on average.
    drawn
        Log of the weights that make up for how candidates were drawn, (N,) or one number.
    """
    total = agreed + drawn
    raw = np.exp(total - total.max())
    weights = raw / raw.sum()
    return weights, float(1 / np.square(weights).sum()) if agreed.max() >= -targets else 0.0


def tempered(agreed: Array, drawn: Array, at_least: float) -> tuple[Array, float]:
    """Return weights whose effective size is at least so large, and the power of the likelihood that gives them.

    The power, at most 1, is the largest that does, to 1 %; it widens all tolerances by the inverse of its root. Of
    fewer than ``at_least`` candidates all count alike.
    """
    low, high = -12.0, 0.0
    if _worth(agreed, drawn) < at_least:
        while high - low > 0.01:
            middle = (low + high) / 2
            low, high = (middle, high) if _worth(agreed * np.exp(middle), drawn) >= at_least else (low, middle)
        high = low
    return importance(agreed * np.exp(high), 1, drawn)[0], float(np.exp(high))


def _worth(agreed: Array, drawn: Array) -> float:
    return float(1 / np.square(importance(agreed, 1, drawn)[0]).sum())


def with_own_finding(cohort: Cohort, item: str) -> Cohort:
    """Return the candidates with the patient's nervous-system item in place of the one drawn for each.

    Which item an inflamed nervous system shows acts on nothing but the read-out, so this is conditioning, as with the
    kidney. An empty item changes nobody.
    """
    if not item:
        return cohort
    shown = np.max([cohort.columns[name] for name in CNS_ITEMS], axis=0)
    items = {name: shown if name == item else np.zeros_like(shown) for name in CNS_ITEMS}
    traits = replace(cohort.traits, cns_item=np.full_like(cohort.traits.cns_item, CNS_ITEMS.index(item)))
    return replace(cohort, traits=traits, columns=dict(cohort.columns) | items)


def with_own_kidney(cohort: Cohort, used: Sequence[MatchTarget]) -> Cohort:
    """Return the candidates with GFR0 moved, within its plausible range, so that their eGFR comes near the patient's.

    GFR0 scales the read-out of eGFR and acts on nothing else in the model, so this is conditioning, not a change of
    disease.
    """
    wanted = next((target for target in used if target.variable == "egfr" and target.how == "value"), None)
    if wanted is None:
        return cohort
    filtration, bounds = np.asarray(cohort.parameters["GFR0"]), parameters()["GFR0"]
    seen = np.maximum(cohort.columns["egfr"], NO_FILTRATION)
    moved = np.clip(filtration * wanted.observed / seen, bounds.low, bounds.high)
    columns = dict(cohort.columns) | {"egfr": cohort.columns["egfr"] * moved / filtration}
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
