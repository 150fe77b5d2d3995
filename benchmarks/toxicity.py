"""Harm and benefit under the shipped ensemble and an earlier one, beside what studies marked calibrate print.

``python -m benchmarks.toxicity --before FILE``: triggers, noise and luck are the same for both. Toxicity is fitted
by the step of that name of `lupercal.calibration`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lupercal.evidence.parameter_sets import FILE, ParameterSets, read_sets
from lupercal.evidence.studies import studies
from lupercal.trial.pool import Pool, pool
from lupercal.trial.weighting import weighted
from lupercal.validation.natural import nephritis_table
from lupercal.validation.predict import predict

HARM = {
    "feng_2025": ("crs_grade_1", "crs_grade_2_or_more", "neutropenia_grade_3_4", "thrombocytopenia_grade_3_4",
                  "anaemia_grade_3_4"),
    "mueller_2024": ("crs_grade_1", "crs_grade_2", "serious_infection"),
    "ytb323_rapcabtagene": ("crs_grade_1", "crs_grade_2", "cytopenia_grade_3_4"),
    "chen_tongji_bcma_ln": ("crs_grade_1", "serious_infection"),
    "huang_2019_ln": ("neutrophil_engraftment", "platelet_engraftment"),
    "ong_2005": ("serious_infection",), "mok_2016_tac_mmf": ("serious_infection",),
    "il2_he_2020": ("serious_infection",), "placebo_pooled": ("serious_infection",),
}  # fmt: skip
BENEFIT = {
    "feng_2025": ("lldas", "doris_remission"),
    "mueller_2024": ("lldas", "doris_remission", "relapse"),
    "mackensen_2022": ("doris_remission",),
    "huang_2019_ln": ("complete_remission", "relapse"),
    "placebo_pooled": ("sri_4", "bicla"),
}


def pools(sets: ParameterSets, which: tuple[int, ...], people: int) -> list[Pool]:
    """Return a weighted pool for each of some of twenty sets that are spread over an ensemble."""
    spread = sets.spread(20)
    return [weighted(pool(spread[k], 1, people), nephritis_table()).pool for k in which]


def shares(found: list[Pool], wanted: Mapping[str, tuple[str, ...]], patients: int) -> dict[tuple[str, int], Any]:
    """Return what each pool predicts for the rows wanted, by study and index."""
    told: dict[tuple[str, int], Any] = {}
    for name, measures in wanted.items():
        study = studies()[name]
        rows = [k for k, row in enumerate(study.outcomes) if row.measure in measures]
        for one in found:
            for index, value in predict(study, one, 1, patients, rows).values.items():
                told.setdefault((name, index), []).append(value)
    return told


def main() -> None:
    """Run what is asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, required=True, help="an earlier ensemble to compare with")
    parser.add_argument("--people", type=int, default=1500)
    parser.add_argument("--patients", type=int, default=600)
    asked = parser.parse_args()
    now = pools(read_sets(FILE), (3, 10, 16), asked.people)
    then = pools(read_sets(asked.before), (3, 10, 16), asked.people)
    for kind in (HARM, BENEFIT):
        old, new = shares(then, kind, asked.patients), shares(now, kind, asked.patients)
        for (name, index), values in new.items():
            row = studies()[name].outcomes[index]
            print(f"{name:20s} {row.measure:27s} published {row.value:6.1f} before {np.mean(old[name, index]):6.1f} "
                  f"after {np.mean(values):6.1f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
