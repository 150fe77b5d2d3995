"""The whole calibration: step after step, then the sets that are kept.

Every step starts from the members as the step before left them and revises only its own parameters; the last one is
toxicity. At the end each member is compared with everything at once, every study alike, and the closest are kept; how
far the others were is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.calibration.checkpoints import Folder, made_by
from lupercal.calibration.data import Data
from lupercal.calibration.fit import Checkpoints, Fitted, Progress, Simulator, choose_members, look, moved_by
from lupercal.calibration.forward import Forward
from lupercal.calibration.members import Members, joint_space, space_of
from lupercal.calibration.search import Point, search
from lupercal.calibration.settings import Step, settings, steps
from lupercal.calibration.smoother import bounded, distance
from lupercal.calibration.step_data import data_of, data_of_all, first_values
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
    """Members after the last step, the rows kept, each one's misfit, and each step's data with what they predict."""

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
    members, base = Members(what.ensemble.members, {}), first_values(steps())
    history = content_hash(
        what.ensemble.model_dump(), settings().discrepancy.model_dump(), settings().relaxation,
        settings().figures_of_a_study, settings().set_aside, base, made_by(),
    )  # fmt: skip
    for number, step in enumerate(what.steps):
        history = content_hash(history, step.model_dump())
        forward = simulate or Forward(step.sizes(what.ensemble), what.runner, what.workers, base, what.scheduler)
        members = _fit(step, members, what, forward, Folder(what.folder, history), _within(progress, number, what))
    progress("all data", len(what.steps) / (len(what.steps) + 1))
    forward = simulate or Forward(what.ensemble, what.runner, what.workers, base, what.scheduler)
    whole = data_of_all(what.steps)
    return _judged(what, whole, look("all", members, whole, forward, Folder(what.folder, history)))


def _judged(what: CalibrationPlan, whole: Data, seen: Fitted) -> Calibrated:
    """Return the members with those kept that lie nearest to all data, and each step's part of what they predict.

    Figures that even the closest do not reach count by their distance, as in the smoother.
    """
    place, parts = {key: k for k, key in enumerate(whole.keys)}, {step.name: data_of(step) for step in what.steps}
    fitted = {name: _part(seen, data, [place[key] for key in data.keys]) for name, data in parts.items()}
    near = distance(seen.predicted, whole.values, bounded(seen.predicted, whole.values, whole.errors))
    count = min(what.ensemble.accepted, seen.members.size)
    order = np.argsort(np.where(np.isfinite(near), near, np.inf), kind="stable")
    return Calibrated(seen.members, np.sort(order[:count]), seen.misfit, fitted, parts)


def _part(seen: Fitted, data: Data, places: Sequence[int]) -> Fitted:
    predicted = seen.predicted[:, places]
    return Fitted(seen.members, predicted, distance(predicted, data.values, data.errors))


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


def identified(what: CalibrationPlan, found: Calibrated) -> Iterator[tuple[str, str, float]]:
    """Yield step, parameter and how wide its scores still are, as a share of the prior width of that step."""
    for step in what.steps:
        for name, share in widths(step, found, what.ensemble.seed).items():
            yield step.name, name, share


def widths(step: Step, found: Calibrated, seed: int) -> dict[str, float]:
    """Return how wide the scores of a step's parameters still are, as a share of the prior width of that step."""
    within = space_of(step)
    prior = within.prior(found.members.size, seed).std(axis=0)
    after = found.members.scores(within, seed)[found.kept].std(axis=0)
    return dict(zip(within.names, (after / prior).tolist(), strict=True))


def _fit(
    step: Step,
    members: Members,
    what: CalibrationPlan,
    simulate: Simulator,
    checkpoints: Checkpoints,
    progress: Progress,
) -> Members:
    seed, data = what.ensemble.seed, data_of(step)
    if step.mixture:
        return choose_members(step, members, data, CANDIDATES, seed, simulate, checkpoints, progress)
    return moved_by(step, members, data, step.sizes(what.ensemble).passes, seed, simulate, checkpoints, progress)


def _within(progress: Progress, number: int, what: CalibrationPlan) -> Callable[[str, float], None]:
    return lambda text, share: progress(text, (number + share) / (len(what.steps) + 1))
