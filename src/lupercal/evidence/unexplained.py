"""How far published figures lie from the model for reasons that neither its parameters nor chance explain, as data.

Sites, patients and care differ between studies of one design, and a model is wrong somewhere; a claim about a study
that nobody has run yet, or about a patient, must allow for both. How much is estimated from the figures a fit may use
(`lupercal.calibration.unexplained`) and ships with the ensemble; for the figures of a study it is estimated without
that study, so that no interval is made wide or narrow by the figure it is judged by.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lupercal.evidence.curves import ndtr, ndtri, stdtr, stdtrit
from lupercal.evidence.parameter_sets import FILE as ENSEMBLE
from lupercal.files.checked import read_as
from lupercal.files.hashing import file_hash

Array = NDArray[np.float64]
FILE = ENSEMBLE.with_name("unexplained.yaml")
KINDS = ("share", "log_ratio", "level", "time", "change")
_FAR = 30.0  # logarithm beyond which nothing is told apart
_NODES, _REACH = 240, 6.0  # points of an average; the farthest lies 200 scales away
_Scale = Annotated[float, Field(ge=0)]


@final
class Unexplained(BaseModel):
    """Scales of what is unexplained; ``tails`` are the degrees of freedom of Student's t.

    ``share`` is a scale of arcsin sqrt(p), on which a share of one half moves by as much as the scale says and others
    by less; ``log_ratio``, ``level`` (means, medians, rates) and ``time`` (until something happens) are scales of a
    natural logarithm; ``change`` is one of a change or difference, as a share of it. No ``tails`` mean a normal
    distribution.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    share: _Scale
    log_ratio: _Scale
    level: _Scale
    time: _Scale
    change: _Scale
    tails: Annotated[float, Field(gt=2)] | None = None

    def wider(self, by: float) -> Unexplained:
        """Return all scales multiplied by a factor."""
        return self.model_copy(update={kind: getattr(self, kind) * by for kind in KINDS})

    def quantiles(self, u: Array) -> Array:
        """Return quantiles of the unit distribution at probabilities of any shape."""
        return np.asarray(ndtri(u) if self.tails is None else stdtrit(self.tails, u), np.float64)

    def nodes(self) -> tuple[Array, Array]:
        """Return points (K,) and their probabilities, dense in the middle and far into the tails, for averages."""
        edges = np.sinh(np.linspace(-_REACH, _REACH, _NODES + 1))
        below = ndtr(edges) if self.tails is None else stdtr(self.tails, edges)
        return (edges[1:] + edges[:-1]) / 2, np.diff(below) / (below[-1] - below[0])

    def shifted(self, kind: str, values: Array, by: Array) -> Array:
        """Return figures that lie ``by`` unit quantiles from ``values``, for all kinds but shares; both broadcast."""
        scale: float = getattr(self, kind)
        if kind == "change":
            return np.asarray(values + scale * np.abs(values) * by)
        return np.asarray(values * np.exp(np.clip(scale * by, -_FAR, _FAR)))

    def share_shifted(self, p: Array, by: Array) -> Array:
        """Return shares (fractions) that lie ``by`` unit quantiles from ``p``; both broadcast, result in [0, 1]."""
        return share_of_angle(self.angle_shifted(p, by))

    def angle_shifted(self, p: Array, by: Array) -> Array:
        """Return the angles of `share_shifted`, not held between those of 0 and 1; `share_of_angle` turns them back."""
        return np.asarray(np.arcsin(np.sqrt(np.clip(p, 0.0, 1.0))) + self.share * by)


def share_of_angle(angle: Array) -> Array:
    """Return the shares p whose arcsin sqrt p these angles are; 0 and 1 beyond the ends."""
    return np.asarray(np.square(np.sin(np.clip(angle, 0.0, np.pi / 2))))


NOTHING = Unexplained(share=0.0, log_ratio=0.0, level=0.0, time=0.0, change=0.0)


@final
class Estimated(BaseModel):
    """What was estimated for an ensemble (``ensemble`` is the hash of its file), from how many ``figures`` per kind.

    ``without`` holds, for each study with figures, the estimate from all others. A study that nobody has set beside the
    model is one more study, not one more figure of the large ones: ``studies_alike`` is the estimate in which every
    study counts the same, however many figures it printed. Figures that parameters were fitted to lie nearer to the
    model than new ones will: ``new_figures`` is by what scales grow for those that no fit has used.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    ensemble: str
    figures: Mapping[str, int]
    scales: Unexplained
    without: Mapping[str, Unexplained]
    studies_alike: Unexplained | None = None
    new_figures: Annotated[float, Field(ge=1)] = 1.0

    def of(self, study: str, *, fitted: bool) -> Unexplained:
        """Return the scales that hold for those of a study's figures that a fit may use, or for its others."""
        return self.without.get(study, self.scales) if fitted else self.of_new()

    def of_new(self) -> Unexplained:
        """Return the scales for what no fit has used: other figures, new studies, a patient's forecast."""
        return (self.studies_alike or self.scales).wider(self.new_figures)


@cache
def shipped() -> Estimated | None:
    """Return what ships with the ensemble; None where nothing does, or where it is of another ensemble."""
    if not FILE.is_file():
        return None
    estimated = read_estimated(FILE)
    return estimated if estimated.ensemble == hash_of(ENSEMBLE) else None


def read_estimated(path: Path) -> Estimated:
    """Read a file of estimates.

    Raises
    ------
    InputError
        If a field is missing or is not a scale.
    """
    return read_as(path, Estimated)


def hash_of(path: Path) -> str:
    """Return what tells one ensemble file from another."""
    return file_hash(path, 8) if path.is_file() else ""
