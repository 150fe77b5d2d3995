"""What a validation found, in short: the record of skill that ships with the ensemble it was measured with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from lupercal.evidence.parameter_sets import FILE as ENSEMBLE
from lupercal.evidence.parameters import parameter_hash
from lupercal.evidence.skill import FILE, Held, Missed, Skill
from lupercal.evidence.unexplained import hash_of
from lupercal.files.writing import write_text
from lupercal.validation.compare import Compared, Validation

_HEADING = "# How well the shipped model reproduces published figures; written by `lupercal validate --ship`.\n"


def skill_of(result: Validation, natural: Mapping[str, Any]) -> Skill:
    """Return the record of a validation; ``natural`` is the record of the natural-history targets, empty if none."""
    values = {row["target"] for row in natural.get("rows", ())}
    return Skill(
        ensemble=hash_of(ENSEMBLE),
        parameters=parameter_hash(),
        parameter_sets=result.sets,
        patients_per_arm=result.patients,
        seed=result.seed,
        coverage={"fitted": _held(result, fitted=True), "not_fitted": _held(result, fitted=False)},
        targets=natural.get("targets", 0),
        targets_missed=tuple(sorted(values - set(natural.get("targets_met", ())))),
        misses=tuple(_worst_of_each_measure(result.rows)),
    )


def _held(result: Validation, *, fitted: bool) -> Held:
    inside, total = result.coverage(fitted)
    return Held(inside=inside, figures=total)


def write_skill(skill: Skill, path: Path = FILE) -> Path:
    """Write a record of skill; it appears whole or not at all."""
    text = yaml.safe_dump(skill.model_dump(mode="json"), sort_keys=False, width=120, default_flow_style=None)
    write_text(path, _HEADING + text)
    return path


def _worst_of_each_measure(rows: Iterable[Compared]) -> Iterable[Missed]:
    """Yield the worst figure of each measure among those outside their interval; rows come worst first."""
    seen: set[str] = set()
    for row in rows:
        if not row.inside_90 and row.measure not in seen:
            seen.add(row.measure)
            yield Missed(
                study=row.study,
                arm=row.arm,
                measure=row.measure,
                time=row.time,
                statistic=row.statistic,
                unit=row.unit,
                observed=_rounded(row.observed),
                predicted=_rounded(row.predicted),
                low=_rounded(row.interval[0]),
                high=_rounded(row.interval[1]),
            )


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
