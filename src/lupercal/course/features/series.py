"""What a series of visits shows: scores, states, flares, patterns of a year and spells of remission.

All arrays are (V, N), visits first. An answer that the columns leave open counts as no: virtual patients lack only what
the model has no state for, which is absent in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.limits import clinical_limit
from lupercal.instruments.bilag_2004 import GRADE_COLUMNS
from lupercal.instruments.registry import score_simulated
from lupercal.model.bilag import A, B
from lupercal.model.observation import CNS_ITEMS
from lupercal.visits.renal_flares import renal_flare_rule
from lupercal.visits.visits import Visits

Array = NDArray[np.float64]
Columns = Mapping[str, Array]

QUARTER = 91
"""Days between visits of the cohorts that flares, patterns and remission were published of (quarterly)."""

NEAR = 31
"""Days by which a visit may differ from the quarter's end."""

NEW: Mapping[str, tuple[str, ...]] = {
    "new_photosensitive_rash": ("rash",),
    "new_cutaneous_vasculitis": ("vasculitis",),
    "new_mucosal_ulcers": ("mucosal_ulcers",),
    "new_pleurisy": ("pleurisy",),
    "new_pericarditis": ("pericarditis",),
    "new_arthritis": ("arthritis",),
    "new_fever": ("fever",),
    "new_cns_lupus": CNS_ITEMS,
    "new_myositis": ("myositis",),
}
"""Features of the flare index and the items of SLEDAI-2K that show them; the model's vasculitis is that of the skin."""

TREATED = ("new_cns_lupus", "new_myositis", "new_nephritis")


def quarterly(course: Visits) -> Visits:
    """Return about one visit per quarter, counted back from the last."""
    last = course.days[-1]
    wanted = last - QUARTER * np.arange(int(last - course.days[0]) // QUARTER + 2)
    nearest = np.abs(course.days[:, None] - wanted).argmin(axis=0)
    close = np.abs(course.days[nearest] - wanted) <= NEAR
    return course.rows(np.unique(nearest[close]))


def quiet(columns: Columns) -> NDArray[np.bool_]:
    """Return whether visits show quiescent lupus: no clinical SLEDAI, SLEDAI-2K at most 4 and PGA below 0.5.

    CORTICOLUP (Mathian 2020, doi:10.1136/annrheumdis-2019-216303) asked for a PGA of 0, which a score that is read with
    noise is at no visit in a row; below 0.5 it is that of remission (DORIS 2021).
    """
    clinical, points = (np.asarray(score_simulated(name, columns).low) for name in ("clinical_sledai", "sledai_2k"))
    return np.asarray(
        (clinical == 0) & (points <= clinical_limit("quiet_sledai")) & (columns["pga"] < clinical_limit("quiet_pga"))
    )


def sfi(course: Visits, variant: Literal["classic", "modified"] = "classic") -> Array:
    """Return the SELENA-SLEDAI flare index against the visit before: 0, 1 mild or moderate, 2 severe; (V - 1, N).

    Only activity is graded, so that a flare does not depend on the luck of being answered by usual care.
    Where the index asks what was given, what activity calls for counts as given: severe features more steroid or
    admission; a new A of BILAG-2004, which by definition is disease that calls for high-dose steroid or an
    immunosuppressant (Isenberg 2005, doi:10.1093/rheumatology/keh624), one of them, so that it is severe by its
    treatment. Source: see `lupercal.instruments.selena_flare_index`.
    """
    columns = {name: column for name, column in course.columns.items() if name in _FLARE_INPUTS}
    earlier = {f"{name}@previous": column[:-1] for name, column in columns.items()}
    pairs = {name: column[1:] for name, column in columns.items()} | earlier | new_features(course)
    few = pairs["platelets"] < clinical_limit("flare_platelets")
    pairs["hospitalised_for_sle"] = np.max([few * 1.0, *(pairs[name] for name in TREATED)], axis=0)
    activity = np.asarray(
        score_simulated("selena_flare_index", pairs, variant=variant, arms="activity").low, np.float64
    )
    return np.where(_new_a(course).any(axis=0), 2.0, activity)


_FLARE_INPUTS = ("sledai_2k", "pga", "prednisone", "hemoglobin", "platelets", "hemolytic_anemia")


def new_features(course: Visits) -> dict[str, Array]:
    """Return the features of the flare index that were not there at the visit before, (V - 1, N)."""
    fresh = {}
    for feature, items in NEW.items():
        present = np.max([course.columns[item] for item in items], axis=0)
        fresh[feature] = ((present[1:] > 0) & (present[:-1] <= 0)).astype(np.float64)
    return fresh | {"new_nephritis": _new_nephritis(course).astype(np.float64)}


def _new_nephritis(course: Visits) -> NDArray[np.bool_]:
    """Return a renal grade newly A, or UPCR of 1 g/g or more that has doubled; a value around a limit is neither."""
    severe, upcr = course.columns["bilag_renal"] >= A, course.columns["upcr"]
    doubled = (upcr[1:] >= clinical_limit("new_nephritis_upcr")) & (upcr[1:] >= 2 * upcr[:-1])
    return np.asarray((severe[1:] & ~severe[:-1]) | doubled)


def bilag_flares(course: Visits) -> Array:
    """Return 1 where a visit has at least one new A or two new B against the visit before, (V - 1, N) (Morand 2020)."""
    grades = _grades(course)
    now, then = grades[:, 1:], grades[:, :-1]
    new_b = (now >= B) & (now < A) & (then < B)
    return np.where(_new_a(course).any(axis=0) | (new_b.sum(axis=0) >= 2), 1.0, 0.0)


def _grades(course: Visits) -> Array:
    return np.stack([course.columns[name] for name in GRADE_COLUMNS])


def _new_a(course: Visits) -> NDArray[np.bool_]:
    """Return which systems are newly A, (systems, V - 1, N)."""
    grades = _grades(course)
    return np.asarray((grades[:, 1:] >= A) & (grades[:, :-1] < A))


def patterns(course: Visits) -> dict[str, Array]:
    """Return the shares of a patient's years that are relapsing-remitting, long quiescent and chronic active, (N,).

    Quarterly visits in blocks of one year: no clinical SLEDAI at any visit, at some, at all (Györi 2017,
    doi:10.1136/lupus-2016-000192).
    """
    active = course.columns["clinical_sledai"] > 0
    years = max(1, len(active) // 4)
    blocks = active[-4 * years :].reshape(years, -1, active.shape[1])
    always, ever = blocks.all(axis=1), blocks.any(axis=1)
    return {
        "relapsing_remitting": (ever & ~always).mean(axis=0),
        "long_quiescent": (~ever).mean(axis=0),
        "chronic_active": always.mean(axis=0),
    }


def spells(state: Array) -> tuple[Array, Array]:
    """Return, for spells that begin after the first visit, how many end and how many are followed at each length.

    Parameters
    ----------
    state
        1 in the state, 0 not, (V, N).

    Returns
    -------
    lost, at_risk
        Shape (V - 2, N): spells that were lost at the (k + 1)-th visit after their first, and those that had reached
        the k-th and were seen again; a spell that lasts to the end is censored.
    """
    visits, size = state.shape
    lost, at_risk = np.zeros((2, max(visits - 2, 0), size))
    length = np.full(size, -1)  # -1 not in a spell with a known beginning, else visits after its first
    for before, now in zip(state[:-1] > 0, state[1:] > 0, strict=True):
        running = np.flatnonzero(length >= 0)
        at_risk[length[running], running] += 1
        ended = running[~now[running]]
        lost[length[ended], ended] += 1
        length = np.where(now, np.where(length >= 0, length + 1, np.where(before, -1, 0)), -1)
    return lost, at_risk


def renal_flares(course: Visits) -> tuple[Array, Array]:
    """Return renal flares and the years at risk of one, each (N,).

    A patient is at risk from a visit with a response until the flare, see `lupercal.visits.renal_flares`.
    """
    upcr, rule = course.columns["upcr"], renal_flare_rule("natural_history")
    at_risk = rule.responds(upcr[0])
    flares, years = np.zeros((2, upcr.shape[1]))
    for now, lowest, gap in zip(upcr[1:], np.minimum.accumulate(upcr)[1:], course.years, strict=True):
        years += gap * at_risk
        struck = at_risk & rule.comes_back(now, lowest)
        flares += struck
        at_risk = (at_risk & ~struck) | rule.responds(now)
    return flares, years
