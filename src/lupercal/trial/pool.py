"""The people from whom virtual trials recruit: drawn, burnt in, usable, seen at a screening visit with scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.choose import EngineName
from lupercal.instruments.registry import score
from lupercal.population.burn_in import live
from lupercal.population.cohort import Cohort
from lupercal.population.draw import Drawn, Typical, draw
from lupercal.trial.settings import settings

Array = NDArray[np.float64]
SCORES = ("sledai_2k", "selena_sledai", "clinical_sledai", "lldas", "doris_2021")
_SETTINGS = {"selena_sledai": {"proteinuria": "hybrid"}}  # new proteinuria cannot be told at one visit


@final
@dataclass(frozen=True, slots=True)
class Pool:
    """Virtual patients at day 0, the day of the screening visit; weights (N,) add up to 1.

    ``screening`` (N,) are the columns of the visit with scores; ``quiescent_days`` (N,) how long clinical SLEDAI has
    been 0 before it, NaN where the history was not kept.
    """

    cohort: Cohort
    screening: Mapping[str, Array]
    weights: Array

    @property
    def size(self) -> int:
        """Number of virtual patients."""
        return self.cohort.size


def pool(typical: Typical | None, seed: int, size: int, engine: EngineName = "compiled") -> Pool:
    """Draw virtual patients and let them live up to the screening visit.

    Parameters
    ----------
    typical
        Typical values of a parameter set, see `lupercal.population.draw.draw`.
    seed
        Of everything random.
    size
        Number drawn; the pool holds those that are usable.
    engine
        Which engine integrates.
    """
    drawn = with_tablets(draw(seed, 0, size, typical))
    lived = live(drawn, seed, drawn.background, engine)
    cohort = Cohort(
        drawn.patients, drawn.parameters, drawn.traits, drawn.background, lived.states, lived.columns, lived.noise
    )
    return pool_of(cohort.take(np.flatnonzero(lived.usable)))


def pool_of(cohort: Cohort, weights: Array | None = None) -> Pool:
    """Return a cohort as a pool; everybody has the same weight unless ``weights`` (N,) are given."""
    own = np.ones(cohort.size) if weights is None else np.asarray(weights, np.float64)
    return Pool(cohort, screened(cohort.columns), own / own.sum())


def screened(columns: Mapping[str, Array]) -> dict[str, Array]:
    """Return the columns of a visit with the scores that entry rules ask for."""
    found = {name: np.asarray(column, np.float64) for name, column in columns.items()}
    for name in SCORES:
        found[name] = np.asarray(score(name, columns, **_SETTINGS.get(name, {})).value, np.float64)
    return found


def with_tablets(drawn: Drawn) -> Drawn:
    """Return the same people with daily doses rounded to tablets, so that many share their drugs."""
    choice = settings().conduct
    steps = {"gc": choice.prednisone_step, "ap": choice.mycophenolate_step}
    background = {
        name: np.round(dose / steps[name]) * steps[name] if name in steps else np.asarray(dose)
        for name, dose in drawn.background.items()
    }
    return Drawn(drawn.patients, drawn.parameters, drawn.traits, background)
