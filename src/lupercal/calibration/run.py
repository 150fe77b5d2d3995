"""The whole calibration: step after step, then the sets that are kept.

Every step starts from the members as the step before left them and revises only its own parameters. At the end each
member is compared with everything at once and the closest are kept; how far the others were is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.calibration.checkpoints import Folder, made_by
from lupercal.calibration.data import Data, FittedFigure, study_data, target_data
from lupercal.calibration.fit import Checkpoints, Fitted, Progress, Simulator, choose_members, smooth
from lupercal.calibration.forward import Forward
from lupercal.calibration.members import Members, joint_space, space_of
from lupercal.calibration.search import Point, search
from lupercal.calibration.settings import Step, settings, steps
from lupercal.errors import LupercalError
from lupercal.files.hashing import content_hash
from lupercal.files.runner import RunnerName
from lupercal.validation.sizes import Ensemble

Array = NDArray[np.float64]
CANDIDATES = 3


@final
@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    """What is run: steps, sizes, where, and the folder of its checkpoints."""

    steps: tuple[Step, ...]
    ensemble: Ensemble
    folder: Path
    runner: RunnerName = "processes"
    workers: int | None = None
    scheduler: str | None = None


@final
@dataclass(frozen=True, slots=True)
class Calibrated:
    """Members after the last step, kept rows of it, and each step's data with what the members predict."""

    members: Members
    kept: NDArray[np.int64]
    misfit: Array
    fitted: Mapping[str, Fitted]
    data: Mapping[str, Data]


def calibration_plan(
    folder: Path,
    last: str | None = None,
    runner: RunnerName = "processes",
    workers: int | None = None,
    scheduler: str | None = None,
    **sizes: int,
) -> CalibrationPlan:
    """Return a plan of all steps, or of the steps up to ``last``; ``sizes`` replace those of the settings.

    Raises
    ------
    LupercalError
        If there is no such step.
    """
    names = [step.name for step in steps()]
    if last is not None and last not in names:
        raise LupercalError(f"no calibration step '{last}'; there are {', '.join(names)}")
    chosen = steps() if last is None else steps()[: names.index(last) + 1]
    return CalibrationPlan(chosen, settings().ensemble.model_copy(update=sizes), folder, runner, workers, scheduler)


def calibrate(what: CalibrationPlan, progress: Progress, simulate: Simulator | None = None) -> Calibrated:
    """Run the steps of a plan; finished passes found in its folder are not simulated again."""
    members, fitted, data = Members(what.ensemble.members, {}), dict[str, Fitted](), dict[str, Data]()
    base = first_values(steps())
    history = content_hash(
        what.ensemble.model_dump(), settings().discrepancy.model_dump(), settings().relaxation, base, made_by()
    )  # fmt: skip
    for number, step in enumerate(what.steps):
        history = content_hash(history, step.model_dump())
        checkpoints = Folder(what.folder, history)
        data[step.name] = data_of(step)
        forward = simulate or Forward(step.sizes(what.ensemble), what.runner, what.workers, base, what.scheduler)
        fitted[step.name] = _fit(
            step, members, data[step.name], what, forward, checkpoints, _within(progress, number, what)
        )
        members = fitted[step.name].members
    misfit = _overall(fitted, data)
    count = min(what.ensemble.accepted, members.size)
    return Calibrated(members, np.sort(np.argsort(misfit, kind="stable")[:count]), misfit, fitted, data)


def first_values(chosen: Sequence[Step]) -> dict[str, float]:
    """Return the prior centres of all steps, which parameters keep until their own step."""
    return {name: value for step in reversed(chosen) for name, value in step.start.items()}


def first_point(what: CalibrationPlan, rounds: int, progress: Progress) -> list[Point]:
    """Return the path of a search over the parameters and data of all steps of a plan but those with a mixture.

    What it ends at stands in ``steps.yaml`` under ``start``: the centres of the priors of the calibration.
    """
    smooth_steps = [step for step in what.steps if not step.mixture]
    within = joint_space(smooth_steps, first_values(smooth_steps))
    rows = {row.key: row for step in reversed(smooth_steps) for row in data_of(step).rows}
    simulate = Forward(what.ensemble, what.runner, what.workers, scheduler=what.scheduler)
    return search(within, Data(tuple(rows.values())), simulate, rounds, progress)


def point_values(what: CalibrationPlan, point: Point) -> dict[str, float]:
    """Return the values of a point of `first_point` by parameter."""
    chosen = [step for step in what.steps if not step.mixture]
    return joint_space(chosen, first_values(chosen)).typical(point.scores)


def data_of(step: Step) -> Data:
    """Return what a step is fitted to, its guards (with twice their error) last."""
    guards = [replace(datum, error=2 * datum.error) for datum in target_data(step.guards)]
    rows: list[FittedFigure] = [*target_data(step.targets), *study_data(step.studies), *guards]
    return Data(tuple({row.key: row for row in reversed(rows)}.values())[::-1])


def identified(what: CalibrationPlan, found: Calibrated) -> Iterator[tuple[str, str, float]]:
    """Yield step, parameter and how wide its scores still are, as a share of the prior width of that step."""
    for step in what.steps:
        within = space_of(step)
        prior = within.prior(found.members.size, what.ensemble.seed).std(axis=0)
        after = found.members.scores(within, what.ensemble.seed)[found.kept].std(axis=0)
        for name, share in zip(within.names, after / prior, strict=True):
            yield step.name, name, float(share)


def _fit(
    step: Step,
    members: Members,
    data: Data,
    what: CalibrationPlan,
    simulate: Simulator,
    checkpoints: Checkpoints,
    progress: Progress,
) -> Fitted:
    seed = what.ensemble.seed
    if step.mixture:
        return choose_members(step, members, data, CANDIDATES, seed, simulate, checkpoints, progress)
    return smooth(step, members, data, step.sizes(what.ensemble).passes, seed, simulate, checkpoints, progress)


def _overall(fitted: Mapping[str, Fitted], data: Mapping[str, Data]) -> Array:
    """Return each member's mean squared misfit over all data of all steps, every step counted by its data."""
    counts = np.array([len(data[name].rows) for name in fitted], np.float64)
    misfits = np.stack([np.where(np.isfinite(one.misfit), one.misfit, np.inf) for one in fitted.values()])
    return np.asarray(counts @ misfits / counts.sum())


def _within(progress: Progress, number: int, what: CalibrationPlan) -> Callable[[str, float], None]:
    return lambda text, share: progress(text, (number + share) / len(what.steps))
