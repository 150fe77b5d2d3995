"""How well the shipped model reproduces published figures, as data that `lupercal validate --ship` writes.

Whatever the software says about its own misses comes from here, never from a sentence in code. The record is stamped
with the ensemble and the parameter data it was measured with; where either has changed since, it is out of date.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal, final

from pydantic import BaseModel, ConfigDict, Field

from lupercal.evidence.parameter_sets import FILE as ENSEMBLE
from lupercal.evidence.parameters import parameter_hash
from lupercal.evidence.unexplained import hash_of
from lupercal.files.checked import read_as

FILE = ENSEMBLE.with_name("skill.yaml")
_STRICT = ConfigDict(extra="forbid", frozen=True)
_Count = Annotated[int, Field(ge=0)]


@final
class Held(BaseModel):
    """How many published figures lie inside their 90 % intervals, of how many."""

    model_config = _STRICT
    inside: _Count
    figures: _Count


@final
class Missed(BaseModel):
    """A published figure outside its 90 % interval; values have the unit of the figure, shares are percent."""

    model_config = _STRICT
    study: str
    arm: str
    measure: str
    time: str
    statistic: str
    unit: str
    observed: float
    predicted: float
    low: float
    high: float

    def words(self) -> str:
        """Return the figure in one phrase: predicted first, then published."""
        parts = (self.measure, self.study, self.arm, self.time)
        what = ", ".join(part.replace("_", " ") for part in parts if part)
        return f"{what}: {self._figure(self.predicted)}, published {self._figure(self.observed)}"

    def _figure(self, value: float) -> str:
        """Return a figure with its unit; one of what is counted is no plural."""
        unit = "" if self.unit in ("1", "{score}") else self.unit.strip("{}")
        shown = f"{value:.3g}"
        return f"{shown} {unit.removesuffix('s') if shown == '1' and self.unit.startswith('{') else unit}".rstrip()


@final
class Skill(BaseModel):
    """What a validation of the shipped ensemble found; ``misses`` holds the worst figure of each measure, worst first.

    ``ensemble`` and ``parameters`` are hashes of what it was measured with.
    """

    model_config = _STRICT
    ensemble: str
    parameters: str
    parameter_sets: Annotated[int, Field(ge=1)]
    patients_per_arm: Annotated[int, Field(ge=1)]
    seed: int
    coverage: dict[Literal["fitted", "not_fitted"], Held]
    targets: _Count
    targets_missed: tuple[str, ...]
    misses: tuple[Missed, ...]

    def is_current(self) -> bool:
        """Return whether the ensemble and the parameter data are still those that were measured."""
        return self.ensemble == hash_of(ENSEMBLE) and self.parameters == parameter_hash()


@cache
def shipped_skill() -> Skill | None:
    """Return what ships with the package; None where nothing does.

    Raises
    ------
    InputError
        If the file is not usable.
    """
    return read_as(FILE, Skill) if FILE.is_file() else None
