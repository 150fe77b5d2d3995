"""How far the model errs at new places, for many questions: the part of the residual that a person's forecast takes.

A forecast takes the model's word and corrects it by the model's error alone (`ConditionedField.corrected`). The error
hangs together with the errors at known figures only, so of all that is known one block counts: with the factor L of
its covariance, the model's rows last, the block of L at these rows, inverted (``roots``), tells everything. It follows
from what ships and is kept beside the machine code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.random_effects import (
    SHARED,
    SharedFigure,
    amplitude,
    bases,
    covariance,
    known_angles,
    known_covariance,
    simulated_of,
)
from lupercal.evidence.residual import LEAST_VARIANCE, ResidualField, shipped_residual
from lupercal.files.hashing import content_hash
from lupercal.files.kept import kept

Array = NDArray[np.float64]
_LAYOUT = "roots, then what is known through them"


@final
@dataclass(frozen=True, slots=True)
class ErrorTold:
    """The model's error at places, by equally likely draw, (draws, places) each.

    ``error`` is its mean, ``variance`` its variance where the accepted sets agree, and ``of_spread`` how much more of
    it there is for each unit of the variance between them.
    """

    error: Array
    variance: Array
    of_spread: Array


@final
@dataclass(frozen=True, slots=True)
class ErrorField:
    """Figures that the model can simulate, and by draw the ``roots`` and what is ``known`` through them.

    ``roots`` (draws, S, S) are inverse factors of the covariance of the model's angles given those observed; ``known``
    (draws, S) is what the model says there beyond what is expected, in units of these.
    """

    figures: tuple[SharedFigure, ...]
    draws: tuple[Mapping[str, float], ...]
    widening: tuple[float, ...]
    roots: Array
    known: Array

    @classmethod
    def of(cls, field: ResidualField) -> ErrorField:
        """Return the field with all that does not depend on what is asked worked out."""
        simulated = tuple(one for one in field.figures if one.model is not None)
        said, within = known_angles(field.figures), bases(field.figures, field.figures)
        parts = [_root(field.figures, within, said, scales) for scales in field.draws]
        roots, conditioned = (np.stack(part) for part in zip(*parts, strict=True))
        return cls(simulated, field.draws, field.widening, roots, conditioned)

    def told(self, asked: Sequence[SharedFigure]) -> ErrorTold:
        """Return the model's error at new places; only where they stand is looked at."""
        shared = bases(asked, self.figures)
        parts = [self._told(asked, shared, draw) for draw in range(len(self.draws))]
        error, variance, of_spread = (np.stack(part) for part in zip(*parts, strict=True))
        wider = np.square(self.widening or [1.0])[:, None]
        return ErrorTold(error, wider * variance, wider * of_spread)

    def _told(self, asked: Sequence[SharedFigure], shared: Array, draw: int) -> tuple[Array, Array, Array]:
        scales = self.draws[draw]
        size = amplitude(asked, scales, "error")
        with_known = size * covariance(shared, scales, "error").T * amplitude(self.figures, scales, "error")[:, None]
        through = self.roots[draw] @ with_known
        alone = sum(scales[f"error.{name}"] ** 2 for name in (*SHARED, "own"))
        left = size**2 * alone - np.square(through).sum(axis=0)
        return self.known[draw] @ through, np.maximum(left, LEAST_VARIANCE), size**2 * scales["error.sets"] ** 2


def _root(
    figures: Sequence[SharedFigure], within: Array, said: Array, scales: Mapping[str, float]
) -> tuple[Array, Array]:
    """Return the inverse of the last block of the factor, (S, S), and what is known through it, (S,)."""
    factor, count = np.linalg.cholesky(known_covariance(figures, within, scales)), len(figures)
    observed = np.linalg.solve(factor[:count, :count], said[:count])
    root = np.linalg.inv(factor[count:, count:])
    return root, root @ (said[count:] - factor[count:, :count] @ observed)


@cache
def shipped_errors() -> ErrorField | None:
    """Return `shipped_residual` ready for many questions; None where nothing ships or it is out of date."""
    field = shipped_residual()
    if field is None:
        return None
    shape = (len(field.draws), len(simulated_of(field.figures)))
    made = kept(content_hash(_LAYOUT, repr(field), size=16), lambda: _as_bytes(ErrorField.of(field)))
    numbers = np.frombuffer(made, np.float64)
    cut = shape[0] * shape[1] ** 2
    simulated = tuple(one for one in field.figures if one.model is not None)
    roots, conditioned = numbers[:cut].reshape(*shape, shape[1]), numbers[cut:].reshape(shape)
    return ErrorField(simulated, field.draws, field.widening, roots, conditioned)


def _as_bytes(made: ErrorField) -> bytes:
    return made.roots.tobytes() + made.known.tobytes()
