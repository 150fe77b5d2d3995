"""The accepted ensemble as data: one CSV with a column per parameter and a row per set, and where it comes from."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from lupercal import __version__
from lupercal.calibration.joint_run import Joint
from lupercal.calibration.members import Members
from lupercal.calibration.run import Calibrated, CalibrationPlan, widths
from lupercal.calibration.settings import settings
from lupercal.calibration.step_data import effective_data, figures_of_step
from lupercal.evidence.parameter_sets import FILE
from lupercal.evidence.parameters import parameter_hash
from lupercal.files.checked import read_as
from lupercal.files.writing import write_text

PROVENANCE = "provenance.yaml"
DIGITS = 6
_HEADING = "# How ensemble.csv was made; written by `lupercal calibrate`.\n"


def write_ensemble(what: CalibrationPlan, found: Calibrated, folder: Path = FILE.parent) -> Path:
    """Write the accepted sets and their provenance, each whole or not at all.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    names = sorted(found.members.values)
    members = found.members.take(found.kept)
    text = io.StringIO()
    _rows(csv.writer(text, lineterminator="\n"), names, members)
    made = _HEADING + yaml.safe_dump(provenance(what, found), sort_keys=False, width=100)
    write_text(folder / FILE.name, text.getvalue())
    write_text(folder / PROVENANCE, made)
    return folder / FILE.name


def write_joint(found: Joint, folder: Path = FILE.parent) -> Path:
    """Write the sets of the joint pass, and provenance with the steps before it; each whole or not at all.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    names = sorted(found.fitted.members.values)
    text = io.StringIO()
    _rows(csv.writer(text, lineterminator="\n"), names, found.kept_members)
    before = read_as(FILE.parent / PROVENANCE, dict[str, Any])
    steps = [*(one for one in before["steps"] if one["name"] != found.step.name), _joint_step(found)]
    provenance_now = before | {"version": __version__, "parameters": parameter_hash(), "steps": steps}
    write_text(folder / FILE.name, text.getvalue())
    write_text(folder / PROVENANCE, _HEADING + yaml.safe_dump(provenance_now, sort_keys=False, width=100))
    return folder / FILE.name


def _rows(table: Any, names: list[str], members: Members) -> None:
    table.writerow(names)
    for k in range(members.size):
        table.writerow([f"{members.values[name][k]:.{DIGITS}g}" for name in names])


def _joint_step(joint: Joint) -> dict[str, Any]:
    return {
        "name": joint.step.name,
        "members": joint.fitted.members.size,
        "passes": joint.passes,
        "data": list(joint.data.keys),
        "misfit": {"kept": _summary(joint.fitted.misfit[joint.kept]), "before": _summary(joint.misfit_before)},
        "width_after_over_prior": {name: round(share, 2) for name, share in joint.widths().items()},
    }


def provenance(what: CalibrationPlan, found: Calibrated) -> dict[str, Any]:
    """Return how the ensemble was made: choices, steps, misfits, and how well each parameter is identified."""
    return {
        "version": __version__,
        "parameters": parameter_hash(),
        "ensemble": what.ensemble.model_dump(),
        "discrepancy": settings().discrepancy.model_dump(),
        "misfit": {
            "kept": _summary(found.misfit[found.kept]),
            "left_out": _summary(np.delete(found.misfit, found.kept)),
            "meaning": "mean squared difference from all data in standard deviations, 1 is as expected",
        },
        "steps": [_step(what, found, step.name) for step in what.steps],
    }


def _step(what: CalibrationPlan, calibrated: Calibrated, name: str) -> dict[str, Any]:
    step = next(one for one in what.steps if one.name == name)
    return {
        "name": name,
        "data": list(calibrated.data[name].keys),
        **evidence_of(what, calibrated, name),
        "misfit": _summary(calibrated.fitted[name].misfit[calibrated.kept]),
        "width_after_over_prior": {
            parameter: round(width, 2) for parameter, width in widths(step, calibrated, what.ensemble.seed).items()
        },
    }


def evidence_of(what: CalibrationPlan, calibrated: Calibrated, name: str) -> dict[str, float]:
    """Return how many data a step has when studies count alike, how many parameters they told, and data for each."""
    step = next(one for one in what.steps if one.name == name)
    data = effective_data(calibrated.data[name], figures_of_step(step))
    told = sum(1 - min(1.0, width) ** 2 for width in widths(step, calibrated, what.ensemble.seed).values())
    return {
        "effective_data": round(data, 1),
        "parameters_told": round(told, 1),
        "effective_data_per_parameter": round(data / told, 1) if told else 0.0,
    }


def _summary(values: Any) -> Mapping[str, float] | None:
    finite = np.asarray(values)[np.isfinite(values)]
    if not len(finite):
        return None
    return {
        name: round(float(np.quantile(finite, q)), 3) for name, q in (("low", 0.05), ("median", 0.5), ("high", 0.95))
    }
