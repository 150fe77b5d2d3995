"""The calibration's choices as data, see ``settings.yaml`` and ``steps.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, final

from pydantic import BaseModel, ConfigDict, Field

from lupercal.evidence.published_toxicity import HarmKind
from lupercal.files.checked import read_as
from lupercal.validation.sizes import Ensemble

_STRICT = ConfigDict(extra="forbid", frozen=True)
_Positive = Annotated[float, Field(gt=0)]


@final
class Discrepancy(BaseModel):
    """Errors of data beside their own and the distance between studies.

    ``least`` is an absolute floor, ``least_score`` that of an activity score; ``target`` the share of a target's
    tolerance that counts as one standard deviation; ``unstated*`` stand in for the error of figures without a number of
    patients or a spread.
    """

    model_config = _STRICT
    least: _Positive
    least_score: _Positive
    target: _Positive
    unstated: _Positive
    unstated_share: _Positive
    unstated_log: _Positive


@final
class Search(BaseModel):
    """Parameters of a round, scores of a change, factor of a longer one, the edge, and where Huber's loss bends."""

    model_config = _STRICT
    batch: Annotated[int, Field(ge=1)]
    step: _Positive
    further: _Positive
    edge: _Positive
    far: _Positive


@final
class UnexplainedChoice(BaseModel):
    """Degrees of freedom of Student's t, the scales that are tried (a geometric grid), and how many sets predict."""

    model_config = _STRICT
    tails: Annotated[float, Field(gt=2)]
    least: _Positive
    most: _Positive
    steps: Annotated[int, Field(ge=2)]
    sets: Annotated[int, Field(ge=1)]


@final
class JointChoice(BaseModel):
    """Choices of the joint pass, see `lupercal.calibration.joint`."""

    model_config = _STRICT
    spread: _Positive
    own: _Positive
    apart: _Positive


@final
class Settings(BaseModel):
    """All choices.

    The figures of a study count together as so many at most (``figures_of_a_study``); measures that are ``set_aside``
    are fitted by no rule, each for a reason.
    """

    model_config = _STRICT
    discrepancy: Discrepancy
    relaxation: float
    figures_of_a_study: _Positive
    set_aside: dict[str, str]
    unexplained: UnexplainedChoice
    search: Search
    joint: JointChoice
    ensemble: Ensemble


@final
class StudyChoice(BaseModel):
    """Which outcomes of a study a step uses: all a fit may use, or those of some arms or measures."""

    model_config = _STRICT
    arms: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()


@final
class FigureRule(BaseModel):
    """Which figures of all studies a step takes: by kind of arm, and by family of end points or measure.

    Kinds of arm and families are those of ``evidence/data/places.yaml``; none named means all of them. Harm is taken by
    rules that name its kind (``evidence/data/toxicity.yaml``) and by no others. ``whole`` takes the other figures of
    the same studies too, harm apart, such as those of the arms compared with.
    """

    model_config = _STRICT
    arms: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    harms: tuple[HarmKind, ...] = ()
    whole: bool = False


@final
class Step(BaseModel):
    """One step: what it fits, to what.

    ``parameters`` are names of the search space with ``bounds`` where the parameter data's range is not meant;
    ``targets``, ``studies`` and what the rules of ``takes`` find are its data, but nothing of the clusters of studies
    it goes ``without``; ``guards`` are targets of earlier steps that it must not spoil;
    ``start`` gives centres of the prior found by a preliminary search on the same data, ``spread`` its standard
    deviation;
    ``mixture`` maps a parameter to the prior probability of exactly zero; ``passes`` and ``pool`` are sizes of its own.
    """

    model_config = _STRICT
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    purpose: Annotated[str, Field(min_length=10)]
    parameters: Annotated[tuple[str, ...], Field(min_length=1)]
    bounds: dict[str, tuple[float, float]] = {}
    targets: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    studies: dict[str, StudyChoice] = {}
    takes: tuple[FigureRule, ...] = ()
    without: tuple[str, ...] = ()
    mixture: dict[str, float] = {}
    start: dict[str, float] = {}
    spread: _Positive = 0.8
    passes: Annotated[int, Field(ge=1)] | None = None
    pool: Annotated[int, Field(ge=100)] | None = None

    def sizes(self, usual: Ensemble) -> Ensemble:
        """Return the sizes of this step: its own where it has any, never above the usual ones."""
        pool = usual.pool if self.pool is None else min(self.pool, usual.pool)
        passes = usual.passes if self.passes is None else min(self.passes, usual.passes)
        return usual.model_copy(update={"passes": passes, "pool": pool})


@final
class Steps(BaseModel):
    """Steps in their order; ``bounds`` and ``start`` hold for every step that has the parameter and none of its own."""

    model_config = _STRICT
    bounds: dict[str, tuple[float, float]] = {}
    start: dict[str, float] = {}
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    def whole(self) -> tuple[Step, ...]:
        """Return the steps with the bounds and prior centres that all share."""
        return tuple(
            step.model_copy(
                update={
                    "bounds": {k: v for k, v in self.bounds.items() if k in step.parameters} | step.bounds,
                    "start": {k: v for k, v in self.start.items() if k in step.parameters} | step.start,
                }
            )
            for step in self.steps
        )


@cache
def settings() -> Settings:
    """Return the choices, read and checked once."""
    path = Path(__file__).with_name("settings.yaml")
    return read_as(path, Settings)


@cache
def steps() -> tuple[Step, ...]:
    """Return the steps in their order, read and checked once."""
    path = Path(__file__).with_name("steps.yaml")
    return read_as(path, Steps).whole()
