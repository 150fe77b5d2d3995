"""The joint pass: from the accepted sets, over the parameters of all steps, on every figure that a fit may use.

Steps are fitted one after the other, each on its own data; what a later step or a change of the model moved, no earlier
one can answer. The joint pass starts from the accepted sets, spread to about the width of the priors, and moves all
parameters at once by the smoother, on the data of all steps and on the figures of every other study a fit may use.
Every study counts alike: where many figures of one are used, their errors are widened. Steps with a mixture (whether a
therapy does anything at all) stay as they were fitted, and their studies are not used again.

`docs/explanation/skill.md` says what it gave; what it makes does not ship.
"""

from __future__ import annotations

import numpy as np

from lupercal.calibration.data import Data, alike, datum_of, study_of
from lupercal.calibration.members import Members, set_scores, space_of
from lupercal.calibration.settings import Step, settings, steps
from lupercal.calibration.space import space
from lupercal.calibration.step_data import all_figures, figures_of_step, first_values
from lupercal.engine.random import normals
from lupercal.engine.streams import CALIBRATION_NOISE
from lupercal.evidence.parameter_sets import ParameterSets
from lupercal.evidence.studies import studies

NAME = "joint"
_OWN_DRAWS = 100_000  # beyond the places of data, whose perturbations have the same stream


def joint_step(sets: ParameterSets) -> Step:
    """Return the step that holds the parameters of all steps without a mixture, centred on some sets."""
    chosen, choice = _smooth_steps(), settings().joint
    names = tuple(dict.fromkeys(name for step in chosen for name in step.parameters))
    bounds = {name: pair for step in reversed(chosen) for name, pair in step.bounds.items()}
    within = space(names, bounds, first_values(chosen), choice.spread)
    middle = set_scores(sets, within).mean(axis=0)
    return Step(
        name=NAME, purpose="all parameters at once, on every figure that a fit may use", parameters=names,
        bounds={axis.name: (axis.low, axis.high) for axis in within.axes}, start=within.typical(middle),
        spread=choice.spread,
    )  # fmt: skip


def joint_data() -> Data:
    """Return the data of all steps without a mixture and all other figures that a fit may use, every study alike."""
    rows = {row.key: row for row in all_figures(_smooth_steps())}
    mixed = {study_of(row.key) for step in steps() if step.mixture for row in figures_of_step(step)}
    for study in studies().values():
        data = [datum_of(study, index, row) for index, row in enumerate(study.outcomes)]
        new = {one.key: one for one in data if one and one.key not in rows}
        rows |= {} if study.id in mixed else new
    return Data(alike(tuple(rows.values())))


def joint_members(step: Step, sets: ParameterSets, count: int, seed: int) -> Members:
    """Return members around the accepted sets, spread to about the width of the priors; they take turns in the sets."""
    within, who, choice = space_of(step), np.arange(count), settings().joint
    start = set_scores(sets, within)
    middle, turn = start.mean(axis=0), who % sets.size
    side = np.where((who // sets.size) % 2 == 0, 1.0, -1.0)[:, None]
    noise = [normals(seed, CALIBRATION_NOISE, who, draw=_OWN_DRAWS + k) for k in range(len(within.names))]
    scores = (
        middle + choice.own * side * (start - middle)[turn] + choice.apart * choice.spread * np.stack(noise, axis=1)
    )
    values = {name: sets.values[turn, column] for column, name in enumerate(sets.symbols)}
    return Members(count, values).with_scores(within, scores)


def _smooth_steps() -> list[Step]:
    return [step for step in steps() if not step.mixture]
