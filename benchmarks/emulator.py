"""Could an emulator stand in for the simulator of the calibration? How much of what sets predict a linear one tells.

``lupercal calibrate joint -o DIR``, then ``python -m benchmarks.emulator DIR``: ridge regressions of the first look's
predictions on the members' scores, judged on members that were left out. R² of 1 would be a perfect emulator, 0 one
that knows no more than the mean.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from lupercal.calibration.checkpoints import Folder
from lupercal.calibration.joint import NAME, joint_data, joint_members, joint_step
from lupercal.calibration.joint_run import joint_stamp
from lupercal.calibration.members import space_of
from lupercal.calibration.run import calibration_plan
from lupercal.evidence.parameter_sets import FILE, read_sets

PENALTIES = (10.0, 30.0, 100.0, 300.0, 1000.0)
PARTS = 6


def r_squared(scores: Any, predicted: Any, penalty: float) -> Any:
    """Return R² of left-out members for each figure, (D,)."""
    told, part = np.empty_like(predicted), np.arange(len(scores)) % PARTS
    for one in range(PARTS):
        rest = part != one
        middle, mean = scores[rest].mean(axis=0), predicted[rest].mean(axis=0)
        away = scores[rest] - middle
        slopes = np.linalg.solve(away.T @ away + penalty * np.eye(away.shape[1]), away.T @ (predicted[rest] - mean))
        told[~rest] = mean + (scores[~rest] - middle) @ slopes
    return 1 - np.square(predicted - told).sum(axis=0) / np.square(predicted - predicted.mean(axis=0)).sum(axis=0)


def main() -> None:
    """Print quantiles of R² over the figures for each penalty."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--members", type=int)
    asked = parser.parse_args()
    sizes = {} if asked.members is None else {"members": asked.members}
    what, sets = calibration_plan(asked.folder / "passes", **sizes), read_sets(FILE)
    found = Folder(what.folder, joint_stamp(what, sets)).load(f"{NAME}-0")
    if found is None:
        raise SystemExit(f"{asked.folder}: no first look of a joint pass of this code and data")
    step, data = joint_step(sets), joint_data()
    within = space_of(step)
    scores = (
        joint_members(step, sets, len(found), what.ensemble.seed).scores(within, what.ensemble.seed) / within.spread
    )
    known = np.isfinite(found).all(axis=0) & (np.nan_to_num(found).std(axis=0) > 1e-9)
    print(f"{known.sum()} of {len(data.rows)} figures, {len(found)} members, {len(within.names)} parameters")
    for penalty in PENALTIES:
        low, middle, high = np.quantile(r_squared(scores, found[:, known], penalty), [0.1, 0.5, 0.9])
        print(f"penalty {penalty:6g}: R² {middle:.2f} (a tenth below {low:.2f}, a tenth above {high:.2f})")


if __name__ == "__main__":
    main()
