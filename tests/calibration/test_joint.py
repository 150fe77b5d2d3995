"""The joint pass: where it starts, how studies count, and that it is kept and taken up again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from lupercal.calibration.data import FittedFigure, alike
from lupercal.calibration.joint import joint_members, joint_step
from lupercal.calibration.joint_run import calibrate_joint
from lupercal.calibration.members import space_of
from lupercal.calibration.run import calibration_plan
from lupercal.calibration.settings import settings
from lupercal.calibration.store import write_joint
from lupercal.errors import LupercalError
from lupercal.evidence.parameter_sets import FILE, ParameterSets, read_sets

SETS = read_sets(FILE)
STEP = joint_step(SETS)


def simulate(sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[dict[str, float]]:
    """Predict every figure as one parameter's standard score, another for each figure."""
    axes = space_of(STEP).axes
    told = []
    for one in sets:
        scores = {axis.name: float(axis.score(one[axis.name])) for axis in axes}
        told.append({key: 50 + 10 * scores[axes[len(key) % len(axes)].name] for key in keys})
    return told


def test_it_starts_around_the_sets_that_the_steps_left() -> None:
    members, within = joint_members(STEP, SETS, 96, 1), space_of(STEP)
    scores = members.scores(within, 1)
    centre = np.array([axis.score(axis.centre) for axis in within.axes])
    assert scores.mean(axis=0) == pytest.approx(centre, abs=0.12)
    assert 0.1 < np.median(scores.std(axis=0)) < 0.5
    assert set(members.values) == set(SETS.symbols)


def test_every_study_counts_alike() -> None:
    many = [FittedFigure(f"a#{k}", 1.0, 2.0, logarithmic=False) for k in range(16)]
    few = [FittedFigure("b#0", 1.0, 2.0, logarithmic=False), FittedFigure("T04.mean", 1.0, 2.0, logarithmic=False)]
    errors = [row.error for row in alike([*many, *few])]
    assert errors == pytest.approx([2.0 * np.sqrt(16 / settings().figures_of_a_study)] * 16 + [2.0, 2.0])


def test_a_joint_pass_is_written_and_taken_up_again(tmp_path: Path) -> None:
    what = calibration_plan(tmp_path / "passes", members=48, accepted=12, passes=1)
    found = calibrate_joint(what, SETS, lambda told, share: None, simulate)
    again = calibrate_joint(what, SETS, lambda told, share: None, lambda sets, keys: pytest.fail("simulated again"))
    assert np.array_equal(again.fitted.predicted, found.fitted.predicted)
    path = write_joint(found, tmp_path)
    assert read_sets(path).size == 12
    assert np.median(found.fitted.misfit) < np.median(found.misfit_before)


def test_sets_that_lack_a_parameter_are_refused_by_its_name() -> None:
    fewer = ParameterSets(SETS.symbols[1:], SETS.values[:, 1:])
    with pytest.raises(LupercalError, match=SETS.symbols[0]):
        joint_step(fewer)
