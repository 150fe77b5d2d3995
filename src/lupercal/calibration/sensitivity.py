"""Which parameters move the main outcomes: partial rank correlation over sets drawn from the whole prior.

Partial rank correlation coefficients (Marino 2008, doi 10.1016/j.jtbi.2008.04.011): ranks of a parameter and of an
outcome, each freed of its linear dependence on the ranks of all other parameters; the ranks and the regression are
SciPy's and NumPy's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import qmc, rankdata

from lupercal.calibration.fit import Simulator
from lupercal.calibration.members import joint_space
from lupercal.calibration.settings import steps
from lupercal.calibration.space import Space
from lupercal.engine.streams import SENSITIVITY_SETS
from lupercal.errors import InputError
from lupercal.evidence.parameters import parameters
from lupercal.files.checked import read_as
from lupercal.population.draw import scrambler

Array = NDArray[np.float64]
_CHANCE = 0.5


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@final
class SensitivityOutcome(_Strict):
    """An outcome: the key of a datum and its name."""

    key: str
    name: str


@final
class SensitivityChoice(_Strict):
    """Outcomes, and parameters that are not varied."""

    outcomes: Annotated[tuple[SensitivityOutcome, ...], Field(min_length=1)]
    left_out: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Sensitivity:
    """``coefficients`` (outcomes, parameters), NaN where an outcome did not vary; ``chance`` is the size that 95 % of
    coefficients of an unrelated parameter stay below."""

    parameters: tuple[str, ...]
    outcomes: tuple[str, ...]
    coefficients: Array
    chance: float


@cache
def choice() -> SensitivityChoice:
    """Return the outcomes and parameters, read and checked once."""
    path = Path(__file__).with_name("outcomes.yaml")
    return read_as(path, SensitivityChoice)


def varied() -> Space:
    """Return the parameters that are varied, over their plausible ranges or those of their step."""
    return Space(tuple(axis for axis in joint_space(steps()).axes if _meant(axis.name)))


def _meant(name: str) -> bool:
    return "." not in name and name not in choice().left_out and name in parameters()


def sensitivity(
    sets: int, seed: int, simulate: Simulator, progress: Callable[[str, float], None] = lambda text, share: None
) -> Sensitivity:
    """Return how parameters move the outcomes, over a Latin hypercube of their ranges.

    Parameters
    ----------
    sets
        Number of parameter sets; more than parameters, several times as many to tell small effects.
    seed
        Of the hypercube.
    simulate
        What simulates sets.
    progress
        Told before the sets are simulated.
    """
    within, outcomes = varied(), choice().outcomes
    u = qmc.LatinHypercube(len(within.axes), rng=scrambler(seed, SENSITIVITY_SETS)).random(sets)
    values = np.stack([_spread(axis.low, axis.high, axis.logarithmic, u[:, k]) for k, axis in enumerate(within.axes)])
    progress(f"{sets} parameter sets", 0.0)
    predictions = simulate([dict(zip(within.names, column.tolist(), strict=True)) for column in values.T],
                     [one.key for one in outcomes])  # fmt: skip
    seen = np.array([[one.get(outcome.key, np.nan) for outcome in outcomes] for one in predictions])
    return Sensitivity(
        within.names, tuple(one.name for one in outcomes), partial_rank_correlation(values.T, seen),
        chance_level(sets, len(within.axes)),
    )  # fmt: skip


def _spread(low: float, high: float, logarithmic: bool, u: Array) -> Array:
    return np.asarray(low * (high / low) ** u if logarithmic else low + (high - low) * u)


def partial_rank_correlation(values: Array, outcomes: Array) -> Array:
    """Return coefficients in [-1, 1], shape (outcomes, parameters).

    Parameters
    ----------
    values
        Parameters of each set (M, S), more sets than parameters.
    outcomes
        Outcomes of each set (M, K); sets with a NaN in an outcome are left out for it.
    """
    return np.stack([_one(values, outcome) for outcome in outcomes.T])


def chance_level(sets: int, parameters: int) -> float:
    """Return the 95 % bound of a coefficient without any relation, from its standard error."""
    return 1.96 / float(np.sqrt(max(sets - parameters - 1, 1)))


def check_sets(sets: int) -> None:
    """Raise `InputError` where chance alone could reach half of the largest coefficient with so few sets."""
    least = len(varied().axes) + 1
    while chance_level(least, len(varied().axes)) > _CHANCE:
        least += 1
    if sets < least:
        raise InputError("--sets", "", sets, f"at least {least} for {len(varied().axes)} parameters")


def _one(values: Array, outcome: Array) -> Array:
    finite = np.isfinite(outcome)
    if finite.sum() <= values.shape[1] + 2 or np.ptp(outcome[finite]) == 0:
        return np.full(values.shape[1], np.nan)
    x = np.apply_along_axis(rankdata, 0, values[finite])
    together = np.column_stack([x, rankdata(outcome[finite])])
    precision = np.linalg.pinv(np.corrcoef(together, rowvar=False))
    scale = np.sqrt(np.diag(precision))
    return np.asarray(-precision[:-1, -1] / (scale[:-1] * scale[-1]))
