"""Features of patients under usual care in a clinic, from two years of visits up to day 0; one value per patient.

A feature does not depend on weights, so that prevalence weights can be sought on it and applied afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lupercal.course.burn_in import BURN_IN_DAYS
from lupercal.course.features.death import deaths
from lupercal.course.features.series import patterns, quarterly, quiet, renal_flares, sfi, spells
from lupercal.evidence.limits import clinical_limit, sledai_bands
from lupercal.model.bilag import B
from lupercal.model.organs import overload
from lupercal.model.system import system
from lupercal.population.people import People
from lupercal.visits.visits import Visits

Array = NDArray[np.float64]
Parameters = Mapping[str, float | Array]

LEVELS = np.arange(5.0)
"""SLEDAI-2K of low disease activity, 0 to 4."""

BURN_IN_YEARS = BURN_IN_DAYS / 365.25
SCORES = ("sledai_2k", "clinical_sledai", "doris_2021", "lldas")

NO_NEPHRONS = 1e-6
"""Share of nephrons that stands for none: its logarithm is finite."""


def clinic_features(history: Visits, p: Parameters, states: Mapping[str, Array], people: People) -> dict[str, Array]:
    """Return every feature of the clinic cohort, each (..., N).

    Parameters
    ----------
    history
        Visits every 30 to 60 days over two years, the last on day 0; ``prednisone`` among the columns.
    p
        ``pi_ki``, ``start_nf``, ``start_dm``, ``GFR0``, ``h_nf``, ``g_dm`` and those of the hazards of infection and
        death, one number or (N,).
    states
        ``NF`` and ``DM`` on day 0, (N,), after three years that began at ``start_nf`` and ``start_dm``.
    people
        Age on day 0 and sex, (N,).
    """
    quarters = quarterly(history).scored(*SCORES, left_open="no")
    features = cross_section(quarters) | {f"pattern_{k}": v for k, v in patterns(quarters).items()}
    index = sfi(quarters)
    features |= flares(quarters, index) | quiescent_year(quarters, index) | remission(quarters) | serology(quarters)
    features |= nephritis_features(history, quarters, p) | damage_features(history, p, states)
    features |= deaths(quarters, p, states["DM"], people)
    failed = kidney_failure(p, states)
    return features | {"nephritis_failed": features["nephritis"] * failed}


def of_lived(lived: Any) -> dict[str, Array]:
    """Return the features of burnt-in patients (`lupercal.course.burn_in.Lived` with its history)."""
    rows = {name: index for index, name in enumerate(system().states)}
    states = {name: lived.states[rows[name]] for name in ("NF", "DM")}
    return clinic_features(history_of(lived), lived.drawn.parameters, states, lived.drawn.people)


def history_of(lived: Any) -> Visits:
    """Return the visits before day 0 with the baseline visit as the last; columns of one visit hold for all."""
    past, now = lived.history, lived.columns
    shape = (len(past.days), lived.drawn.size)
    columns = {
        name: np.broadcast_to(past.columns.get(name, now[name]), shape) for name in now if name != "new_activity"
    }
    if past.days[-1] >= 0:
        return Visits(past.days, columns)
    return Visits(np.append(past.days, 0), {name: np.concatenate([c, [now[name]]]) for name, c in columns.items()})


def cross_section(course: Visits) -> dict[str, Array]:
    """Return what the last visit shows: SLEDAI-2K, its band, low disease activity, prednisone."""
    points = course.columns["sledai_2k"][-1]
    shares = {f"band_{name}": _yes((points >= low) & (points <= high)) for name, (low, high) in sledai_bands().items()}
    last = {name: np.asarray(course.columns[name][-1], np.float64) for name in ("lldas", "prednisone")}
    return shares | last | {"sledai": points, "sledai_squared": points * points}


def flares(course: Visits, index: Array) -> dict[str, Array]:
    """Return flares, years and rates, and severe flares and years after visits of low activity by level (levels, N).

    ``index`` is the flare index at the visits after the first, (V - 1, N).
    """
    severe = _yes(index >= 2)
    before = course.columns["sledai_2k"][:-1]
    low = (before[None] == LEVELS[:, None, None]) & (course.columns["pga"][:-1] <= 1)
    events = {"flares": _yes(index >= 1).sum(axis=0), "severe_flares": severe.sum(axis=0)}
    years = np.full(index.shape[1], course.years.sum())
    return events | {
        "years": years,
        "flare_rate": events["flares"] / years,
        "severe_flare_rate": events["severe_flares"] / years,
        "severe_by_level": (low * severe).sum(axis=1),
        "years_by_level": np.einsum("lvn,v->ln", low.astype(np.float64), course.years),
    }


def quiescent_year(course: Visits, index: Array) -> dict[str, Array]:
    """Return who was quiescent over the year before last on a steady small dose, and who of them flared in the last.

    Quiescent at every visit, see `lupercal.course.features.series.quiet`. The trial kept immunosuppressants as they
    were (CORTICOLUP, doi:10.1136/annrheumdis-2019-216303): whose clinic ends one in the last year is not counted.
    """
    split, dose = max(1, len(course.days) - 5), course.columns["prednisone"]
    steady = ((dose > 0) & (dose <= clinical_limit("quiescent_prednisone")))[: split + 1].all(axis=0)
    suppressed = course.columns["on_immunosuppressant"]
    kept = (suppressed[split:] >= suppressed[split]).all(axis=0)
    entered = quiet(course.columns)[: split + 1].all(axis=0) & steady & kept
    flared = (index[split:] >= 1).any(axis=0)
    return {"quiescent": _yes(entered), "quiescent_flared": _yes(entered & flared)}


def remission(course: Visits) -> dict[str, Array]:
    """Return spells of DORIS remission lost and followed at each quarter of their length, each (V - 2, N)."""
    lost, at_risk = spells(course.columns["doris_2021"])
    return {"remission_lost": lost, "remission_at_risk": at_risk}


def serology(course: Visits) -> dict[str, Array]:
    """Return anti-dsDNA and low C3 at the last visit, alone and together, among those without clinical activity."""
    last = {name: column[-1] for name, column in course.columns.items()}
    calm = last["clinical_sledai"] == 0
    raised, low = last["anti_dsdna"] > last["anti_dsdna_uln"], last["c3"] < last["c3_lln"]
    by_feature = {
        "calm": calm,
        "calm_dsdna": calm & raised,
        "calm_low_c3": calm & low,
        "calm_both": calm & raised & low,
    }
    return {name: _yes(flags) for name, flags in by_feature.items()}


def nephritis_features(history: Visits, quarters: Visits, p: Parameters) -> dict[str, Array]:
    """Return who can have nephritis, who showed it within the history, and renal flares on maintenance.

    The propensity of the kidney stands for nephritis at any time of life, which two years of visits cannot show.
    """
    shown = (history.columns["upcr"] > clinical_limit("quiet_upcr")) & (history.columns["bilag_renal"] >= B)
    involved = np.broadcast_to(np.asarray(p["pi_ki"]) > 0, shown.shape[1:])
    events, years = renal_flares(quarters)
    maintained = involved & (quarters.columns["on_immunosuppressant"][-1] > 0)
    return {
        "nephritis": _yes(involved),
        "nephritis_shown": _yes(shown.any(axis=0)),
        "renal_flares": events * maintained,
        "renal_years": years * maintained,
    }


def damage_features(history: Visits, p: Parameters, states: Mapping[str, Array]) -> dict[str, Array]:
    """Return SDI points gained per year, and what the hazard of damage says of prednisone.

    Outside the kidney points are the model's expected number over the burn-in; in the kidney eGFR that falls below 50 %
    of normal and proteinuria of 3.5 g that lasts six months count one each (Gladman 1996, PMID 8607884).
    """
    upcr, egfr = history.columns["upcr"], history.columns["egfr"]
    heavy = upcr >= clinical_limit("damage_upcr")
    half_year = history.days >= history.days[-1] - 182
    lasting = heavy[half_year].all(axis=0) & ~heavy[0]
    renal = (
        ((egfr[0] >= clinical_limit("damage_egfr")) & (egfr[-1] < clinical_limit("damage_egfr"))) * 1.0 + lasting
    ) / _span(history)
    dose = np.asarray(history.columns["prednisone"][-1], np.float64)
    return {
        "sdi_slope": (states["DM"] - p["start_dm"]) / BURN_IN_YEARS + renal,
        "damage_hazard": np.asarray(1 + p["g_dm"] * dose, np.float64),
    }


def kidney_failure(p: Parameters, states: Mapping[str, Array]) -> Array:
    """Return whether eGFR is below 15 ten years after the burn-in began, if injury goes on at its mean rate of then.

    Only nephrons count: what inflammation takes from eGFR comes back.
    """
    begin, most = np.asarray(p["start_nf"]), clinical_limit("failure_egfr") / np.asarray(p["GFR0"])
    until_failure = injury(begin, np.minimum(begin, most), p)
    left = np.maximum(states["NF"], NO_NEPHRONS)
    return _yes(injury(begin, left, p) * 10 / BURN_IN_YEARS > until_failure)


def injury(before: Array, after: Array, p: Parameters) -> Array:
    """Return the injury, lam_nf KI + lam_age summed over time, that takes NF from ``before`` to ``after``, each (N,).

    The integral of d(ln NF) / overload, by Simpson's rule on the logarithm.
    """
    share = np.linspace(0, 1, 33)
    logs = np.log(before)[..., None] + (np.log(after) - np.log(before))[..., None] * share
    state: Any = SimpleNamespace(NF=np.exp(logs))
    names: Any = SimpleNamespace(h_nf=np.asarray(p["h_nf"])[..., None])
    return np.asarray((np.log(before) - np.log(after)) * _simpson(1 / overload(state, names), share), np.float64)


def _simpson(values: Array, at: Array) -> Array:
    """Return the integral over an odd number of equally spaced points; SciPy's takes longer to load than to compute."""
    first, middle, last = values[..., :-2:2], values[..., 1:-1:2], values[..., 2::2]
    return np.asarray(((at[2] - at[0]) / 6.0 * (first + 4.0 * middle + last)).sum(axis=-1))


def _span(course: Visits) -> float:
    return float(course.days[-1] - course.days[0]) / 365.25


def _yes(condition: Any) -> Array:
    return np.asarray(condition, np.float64)
