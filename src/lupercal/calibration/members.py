"""The ensemble on its way through the steps: values by parameter, and how a step's space sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.calibration.settings import Step
from lupercal.calibration.space import Space, space
from lupercal.errors import LupercalError
from lupercal.evidence.parameter_sets import ParameterSets

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Members:
    """``values[name]`` (M,) are the members' typical values; a name that no step has touched yet is absent."""

    size: int
    values: Mapping[str, Array]

    def typical(self, member: int) -> dict[str, float]:
        """Return one member's typical values."""
        return {name: float(column[member]) for name, column in self.values.items()}

    def scores(self, within: Space, seed: int) -> Array:
        """Return the members' scores (M, S): where they stand, or prior draws for parameters not touched yet."""
        scores = within.prior(self.size, seed)
        for column, axis in enumerate(within.axes):
            if axis.name in self.values:
                scores[:, column] = axis.score(self.values[axis.name])
        return scores

    def with_scores(self, within: Space, scores: Array) -> Members:
        """Return the members with the values of these scores."""
        values = within.values(scores)
        return Members(self.size, {**self.values, **{name: values[:, k] for k, name in enumerate(within.names)}})

    def take(self, index: NDArray[np.int64]) -> Members:
        """Return the members at these indices."""
        return Members(len(index), {name: column[index] for name, column in self.values.items()})


def set_scores(sets: ParameterSets, within: Space) -> Array:
    """Return where sets stand in a space, (sets, axes).

    Raises
    ------
    LupercalError
        If they lack a parameter of the space.
    """
    lacking = [name for name in within.names if name not in sets.symbols]
    if lacking:
        raise LupercalError(f"calibration: the parameter sets lack {', '.join(lacking)}")
    columns = [sets.values[:, sets.symbols.index(name)] for name in within.names]
    return np.stack([axis.score(column) for axis, column in zip(within.axes, columns, strict=True)], axis=1)


def space_of(step: Step) -> Space:
    """Return the space a step searches."""
    return space(step.parameters, step.bounds, step.start, step.spread)


def joint_space(chosen: Sequence[Step], start: Mapping[str, float] = MappingProxyType({})) -> Space:
    """Return the space of all parameters of some steps; of bounds that differ, those of the earlier step hold."""
    names = dict.fromkeys(name for step in chosen for name in step.parameters)
    bounds = {name: pair for step in reversed(chosen) for name, pair in step.bounds.items()}
    return space(tuple(names), bounds, start)
