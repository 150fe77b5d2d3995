"""Features of trial patients, from the baseline visit and from a year on standard care, as one number."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lupercal.course.features.series import bilag_flares, sfi
from lupercal.evidence.limits import clinical_limit
from lupercal.instruments.bilag_2004 import GRADE_COLUMNS
from lupercal.instruments.columns import View
from lupercal.instruments.registry import score_simulated
from lupercal.instruments.sledai_items import DESCRIPTORS, ORGANS, descriptor
from lupercal.model.bilag import A, B
from lupercal.model.infection import hazard
from lupercal.visits.visits import Visits

Array = NDArray[np.float64]
Columns = Mapping[str, Array]
Parameters = Mapping[str, float | Array]

DOMAINS: Mapping[str, tuple[str, ...]] = {
    "mucocutaneous": ("skin",),
    "immunological": ("serology",),
    "musculoskeletal": ("musculoskeletal",),
    "renal": ("renal",),
    "haematological": ("haematology",),
    "vasculitis": ("vasculitis",),
    "serositis": ("cardiopulmonary",),
    "cns": ("cns",),
    "constitutional": ("fever",),
}
"""Domains of SELENA-SLEDAI as Manzi 2012 counts them, and the organs of the item table."""

YEAR = 364
"""Days from baseline to the visit of week 52."""


def entry_features(columns: Columns) -> dict[str, Array]:
    """Return what a trial's baseline visit shows, each (N,), of patients who meet its entry rules.

    Parameters
    ----------
    columns
        Baseline visit, each (N,).
    """
    features = {f"domain_{name}": _active(columns, organs) for name, organs in DOMAINS.items()}
    return features | _activity(columns) | _serology(columns) | _grades(columns) | _kidney(columns)


def placebo_features(year: Visits, p: Parameters, gone: Array | None = None) -> dict[str, Array]:
    """Return how a year on standard care goes, each (N,); flares count while a patient is followed.

    Parameters
    ----------
    year
        Visits every 28 days from baseline (first row) to at least week 52; ``treatment_failure`` where there is any.
    p
        Parameters of the hazard of infection.
    gone
        Day on which each patient dropped out or died, infinite for those who stay; nobody left where it is not given.
    """
    upto = year.rows(np.flatnonzero(year.days <= YEAR + 14)).scored("sledai_2k", left_open="no")
    left = np.full(upto.columns["upcr"].shape[1], np.inf) if gone is None else gone
    followed = upto.days[1:, None] <= left
    severe = sfi(upto, "modified") >= 2
    features = {
        "years": upto.years @ followed,
        "severe_flare": _yes((severe & followed).any(axis=0)),
        "bilag_flares": (bilag_flares(upto) * followed).sum(axis=0),
        "sledai_change": upto.columns["sledai_2k"][-1] - upto.columns["sledai_2k"][0],
        "infection_hazard": infection_hazard(upto, p).mean(axis=0),
    }
    return features | responses(upto) | normalised(upto)


def responses(year: Visits) -> dict[str, Array]:
    """Return SRI-4 and BICLA at the last visit, and who can be judged (enough activity at baseline)."""
    compared = {name: year.columns[name] for name in ("sledai_2k", "pga", *GRADE_COLUMNS)}
    last = {name: column[-1] for name, column in compared.items()}
    last |= {f"{name}@baseline": column[0] for name, column in compared.items()}
    last["treatment_failure"] = year.columns.get("treatment_failure", np.zeros_like(compared["pga"]))[-1]
    answers = {}
    for name in ("sri_4", "bicla"):
        value = np.asarray(
            year.columns[name][-1] if name in year.columns else score_simulated(name, last).value, np.float64
        )
        answers[name] = np.nan_to_num(value)
        answers[f"{name}_judged"] = _yes(~np.isnan(value))
    return answers


def normalised(year: Visits) -> dict[str, Array]:
    """Return who had raised anti-dsDNA or low complement (C3 or C4) at baseline, and in whom that became normal."""
    c = year.columns
    raised = c["anti_dsdna"] > c["anti_dsdna_uln"]
    low = (c["c3"] < c["c3_lln"]) | (c["c4"] < c["c4_lln"])
    at_baseline = {"raised_dsdna": raised[0], "low_complement": low[0]}
    normal = {"dsdna_normalised": raised[0] & ~raised[-1], "complement_normalised": low[0] & ~low[-1]}
    return {name: _yes(flags) for name, flags in (at_baseline | normal).items()}


def infection_hazard(year: Visits, p: Parameters) -> Array:
    """Return the model's hazard of serious infection per year at each visit, (V, N)."""
    c = year.columns
    state: Any = SimpleNamespace(NU=c["neutrophils"], IG=c["igg"], T4=c["cd4"], GC=c["prednisone"])
    names: Any = SimpleNamespace(**{name: value for name, value in p.items() if name.isidentifier()})
    return np.asarray(hazard(state, names), np.float64)


def _activity(columns: Columns) -> dict[str, Array]:
    name = "selena_sledai" if "selena_sledai" in columns else "sledai_2k"
    points = np.asarray(columns[name] if name in columns else score_simulated(name, columns).value, np.float64)
    return {
        "sledai": points,
        "sledai_squared": points * points,
        "prednisone_above_7_5": _yes(columns["prednisone"] > 7.5),
    }


def _serology(columns: Columns) -> dict[str, Array]:
    raised = columns["anti_dsdna"] > columns["anti_dsdna_uln"]
    low_c3 = columns["c3"] < columns["c3_lln"]
    low = low_c3 | (columns["c4"] < columns["c4_lln"])
    logs = np.log(np.maximum(columns["anti_dsdna"], 1e-3))
    return {
        "raised_dsdna": _yes(raised),
        "low_c3": _yes(low_c3),
        "low_complement": _yes(low),
        "raised_dsdna_and_low_complement": _yes(raised & low),
        "log_anti_dsdna": np.asarray(logs),
    }


def _grades(columns: Columns) -> dict[str, Array]:
    grades = np.stack([columns[name] for name in GRADE_COLUMNS])
    one_a, two_b = (grades == A).any(axis=0), (grades == B).sum(axis=0) >= 2
    return {"bilag_1a": _yes(one_a), "bilag_1a_or_2b": _yes(one_a | two_b)}


def _kidney(columns: Columns) -> dict[str, Array]:
    """Return who could enter a trial of nephritis, and the log of UPCR."""
    return {
        "active_nephritis": _yes(
            (columns["upcr"] >= clinical_limit("nephritis_entry_upcr")) & (columns["bilag_renal"] >= B)
        ),
        "log_upcr": np.log(np.maximum(columns["upcr"], 1e-3)),
    }


def _active(columns: Columns, organs: tuple[str, ...]) -> Array:
    view = View(columns)
    items = [name for name in DESCRIPTORS if ORGANS[name] in organs]
    return _yes(np.any([descriptor(view, name).low for name in items], axis=0))


def _yes(condition: Any) -> Array:
    return np.asarray(condition, np.float64)
