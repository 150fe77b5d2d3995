"""Toxicity refitted alone: what studies marked calibrate print, before and after, on the same virtual patients.

``python -m benchmarks.toxicity`` prints the likelihood of each choice on a grid; ``--before FILE`` compares the shipped
ensemble with an earlier one, benefits included. Pools, triggers, noise and luck are the same for all choices: what
differs are parameters that act after a therapy only (cytokine release, marrow) or on infections.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
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
GRID: Mapping[str, tuple[float, ...]] = {"h_cd4": (1.5, 3.0, 5.0), "h_neut": (4.0, 10.0), "h_igg": (2.0, 3.5, 5.0)}
MOST = 200
"""Patients of a study that count, at most: large pooled ones differ from others by more than chance."""


def pools(sets: ParameterSets, which: tuple[int, ...], people: int) -> list[Pool]:
    """Return a weighted pool for each of some of twenty sets that are spread over an ensemble."""
    spread = sets.spread(20)
    return [weighted(pool(spread[k], 1, people), nephritis_table()).pool for k in which]


def with_values(one: Pool, values: Mapping[str, float]) -> Pool:
    """Return a pool whose people have other values of parameters from now on."""
    own = dict(one.cohort.parameters)
    for name, value in values.items():
        own[name] = np.full_like(np.asarray(own[name], np.float64), value) if np.ndim(own[name]) else value
    return replace(one, cohort=replace(one.cohort, parameters=own))


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


def log_likelihood(told: Mapping[tuple[str, int], Any]) -> float:
    """Return the binomial log likelihood of the shares, the mean over sets."""
    total = 0.0
    for (name, index), values in told.items():
        row = studies()[name].sized(studies()[name].outcomes[index])
        if row.statistic == "share" and row.value is not None and row.n:
            n = min(row.n, MOST)
            p, events = np.clip(np.asarray(values) / 100, 0.005, 0.995), row.value / 100 * n
            total += float(np.mean(events * np.log(p) + (n - events) * np.log1p(-p)))
    return total


def infections(found: list[Pool], patients: int) -> Iterator[str]:
    """Yield a line per choice of the infection parameters on the grid."""
    rows = {name: ("serious_infection",) for name, measures in HARM.items() if "serious_infection" in measures}
    for chosen in product(*GRID.values()):
        values = dict(zip(GRID, chosen, strict=True))
        told = shares([with_values(one, values) for one in found], rows, patients)
        yield f"{values}: {log_likelihood(told):.2f}"


def main() -> None:
    """Run what is asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, help="an earlier ensemble to compare with")
    parser.add_argument("--people", type=int, default=1500)
    parser.add_argument("--patients", type=int, default=600)
    asked = parser.parse_args()
    now = pools(read_sets(FILE), (3, 10, 16), asked.people)
    if asked.before is None:
        for line in infections(now, asked.patients):
            print(line, flush=True)
        return
    then = pools(read_sets(asked.before), (3, 10, 16), asked.people)
    for kind in (HARM, BENEFIT):
        old, new = shares(then, kind, asked.patients), shares(now, kind, asked.patients)
        for (name, index), values in new.items():
            row = studies()[name].outcomes[index]
            print(f"{name:20s} {row.measure:27s} published {row.value:6.1f} before {np.mean(old[name, index]):6.1f} "
                  f"after {np.mean(values):6.1f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
