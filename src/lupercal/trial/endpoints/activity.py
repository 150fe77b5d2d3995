"""Disease activity: responder indices, low activity, remission, scores and their domains."""

from __future__ import annotations

import numpy as np

from lupercal.instruments.bilag_2004 import GRADE_COLUMNS, A, B
from lupercal.instruments.lldas import LLDAS
from lupercal.instruments.registry import score_simulated
from lupercal.instruments.sledai_items import ORGANS
from lupercal.trial.endpoints.measure import Array, Measure, Value, column, instrument_state, truth
from lupercal.trial.seen import SeenArm

DOMAINS = {
    "musculoskeletal": ("musculoskeletal",),
    "mucocutaneous": ("skin",),
    "renal": ("renal",),
    "immunological": ("serology",),
    "cardiorespiratory": ("cardiopulmonary",),
    "central_nervous": ("cns",),
    "vascular": ("vasculitis",),
    "constitutional": ("fever",),
    "haematological": ("haematology",),
}
"""Domains as studies name them, and the organ labels of the SLEDAI table they hold."""


def fall_of_sledai(least: float) -> Value:
    """Return whether SLEDAI-2K fell by so many points since baseline."""
    return lambda seen, day: truth(seen.baseline("sledai_2k") - seen.at("sledai_2k", day) >= least)


def scores_at_most(name: str, most: float) -> Value:
    """Return whether a column is at most a number."""
    return lambda seen, day: truth(seen.at(name, day) <= most)


def _no_worsening_pga(seen: SeenArm, day: float) -> Array:
    return truth(seen.at("pga", day) - seen.baseline("pga") < 0.3)


def newly_graded(seen: SeenArm, row: int) -> tuple[Array, Array]:
    """Return how many systems are newly A, and newly B from C or less, since baseline (N,)."""
    pairs = [(seen.columns[name][row], seen.columns[name][0]) for name in GRADE_COLUMNS]
    new_a = sum(((now >= A) & (then < A)).astype(float) for now, then in pairs)
    new_b = sum(((now == B) & (then < B)).astype(float) for now, then in pairs)
    return np.asarray(new_a), np.asarray(new_b)


def _no_worsening_bilag(seen: SeenArm, day: float) -> Array:
    new_a, new_b = newly_graded(seen, seen.row(day))
    return truth((new_a == 0) & (new_b < 2))


def _low_without_major_organ(seen: SeenArm, day: float) -> Array:
    row = seen.row(day)
    parts = score_simulated(LLDAS.name, {name: values[row] for name, values in seen.columns.items()}).items
    return truth((np.asarray(parts["major_organs"]) == 1) & (seen.column("sledai_2k")[row] <= 4))


def domain_points(seen: SeenArm, domain: str) -> Array:
    """Return SLEDAI-2K points of one domain at all visits (V, N)."""

    def compute() -> Array:
        items = score_simulated("sledai_2k", seen.columns).items
        items_of_domain = [np.asarray(items[name]) for name, organ in ORGANS.items() if organ in DOMAINS[domain]]
        return np.asarray(np.nansum(items_of_domain, axis=0), np.float64)

    return seen.kept(f"points of {domain}", compute)


def _improved(domain: str) -> Value:
    def value(seen: SeenArm, day: float) -> Array:
        points = domain_points(seen, domain)
        better = truth(points[seen.row(day)] < points[0])
        return np.where(points[0] > 0, better, np.nan)

    return value


def _newly_involved(domain: str) -> Value:
    """Return whether a domain not involved at baseline is at the day asked for."""

    def value(seen: SeenArm, day: float) -> Array:
        points = domain_points(seen, domain)
        return np.where(points[0] == 0, truth(points[seen.row(day)] > 0), np.nan)

    return value


def _drug_free(seen: SeenArm, day: float) -> Array:
    free = (seen.at("prednisone", day) == 0) & (seen.at("on_immunosuppressant", day) == 0)
    return truth((seen.scored("doris_2021", day) == 1) & free)


def _grades(seen: SeenArm, day: float) -> Array:
    row = 0 if day <= 0 else seen.row(day)
    return np.stack([seen.columns[name][row] for name in GRADE_COLUMNS])


def _major_response(seen: SeenArm, day: float) -> Array:
    return truth(_grades(seen, day).max(axis=0) < B)


def _partial_response(seen: SeenArm, day: float) -> Array:
    now = _grades(seen, day)
    one_b = (now.max(axis=0) == B) & ((now == B).sum(axis=0) == 1)
    return truth(one_b & ((_grades(seen, 0) >= B).sum(axis=0) > 1))


def _bilag_response(seen: SeenArm, day: float) -> Array:
    """Return whether every baseline A is B or less, every baseline B C or less, without a new A or two new B."""
    new_a, new_b = newly_graded(seen, seen.row(day))
    then, now = _grades(seen, 0), _grades(seen, day)
    better = np.all((then < B) | (now < then), axis=0)
    return truth(better & (new_a == 0) & (new_b < 2))


_SLEDAI = "doi:10.1002/art.24698"
_OWN = "as worded by the studies; the project's reading"
MEASURES = (
    *(
        Measure(
            f"sri_{points}",
            "state",
            instrument_state(f"sri_{points}"),
            f"SLEDAI-2K down by {points} or more, no new BILAG A, fewer than two new B, PGA not worse, no failure",
            _SLEDAI,
        )
        for points in (4, 5, 6, 7, 8)
    ),
    Measure(
        "bicla",
        "state",
        instrument_state("bicla"),
        "all BILAG A and B of baseline better, nothing worse, no failure",
        "doi:10.1136/annrheumdis-2012-202760",
    ),
    Measure(
        "sledai_down_ge4",
        "state",
        fall_of_sledai(4.0),
        "SLEDAI-2K down by 4 or more, failures as no response",
        _SLEDAI,
        aliases=("sledai_response",),
    ),
    Measure(
        "no_worsening_pga", "state", _no_worsening_pga, "PGA up by less than 0.3 since baseline, no failure", _SLEDAI
    ),
    Measure(
        "no_worsening_bilag",
        "state",
        _no_worsening_bilag,
        "no new BILAG A, fewer than two new B since baseline, no failure",
        _SLEDAI,
    ),
    Measure(
        "lldas",
        "state",
        instrument_state("lldas"),
        "lupus low disease activity state at the visit, no failure",
        "doi:10.1136/annrheumdis-2015-207726",
    ),
    Measure(
        "doris_remission",
        "state",
        instrument_state("doris_2021"),
        "DORIS remission 2021 at the visit",
        "doi:10.1136/lupus-2021-000538",
        aliases=("doris", "doris_2021", "disease_remission"),
    ),
    Measure(
        "clinical_remission_csledai0",
        "state",
        scores_at_most("clinical_sledai", 0.0),
        "clinical SLEDAI-2K 0 at the visit",
        _OWN,
    ),
    Measure(
        "sledai2k_le4_no_major",
        "state",
        _low_without_major_organ,
        "SLEDAI-2K at most 4 without major organ activity",
        "doi:10.1136/annrheumdis-2015-207726",
    ),
    Measure(
        "drug_free_remission",
        "state",
        _drug_free,
        "DORIS remission without prednisone and immunosuppressants",
        "doi:10.1136/lupus-2021-000538",
    ),
    Measure(
        "sledai_above_8",
        "state",
        lambda seen, day: truth(seen.at("sledai_2k", day) > 8),
        "SLEDAI-2K above 8",
        _OWN,
        composite=False,
    ),
    Measure(
        "major_clinical_response",
        "state",
        _major_response,
        "every BILAG system C or less at the visit",
        "doi:10.1002/art.27233 (trial of rituximab), read at one visit",
    ),
    Measure(
        "partial_clinical_response",
        "state",
        _partial_response,
        "one BILAG B left at the visit, no A, two or more A or B at baseline",
        "doi:10.1002/art.27233, read at one visit",
    ),
    Measure(
        "bilag_response_6mo",
        "state",
        _bilag_response,
        "every baseline BILAG A and B better, no new A, fewer than two new B",
        _OWN,
        aliases=("response_6mo", "bilag_response_cycle1", "bilag_response"),
    ),
    Measure(
        "sledai_2k",
        "number",
        column("sledai_2k"),
        "SLEDAI-2K at the visit",
        "PMID 11838846",
        "{score}",
        aliases=("sledai", "selena_sledai"),
    ),
    Measure(
        "clinical_sledai",
        "number",
        column("clinical_sledai"),
        "clinical SLEDAI-2K at the visit",
        "PMID 11838846",
        "{score}",
    ),
    Measure("pga", "number", column("pga"), "physician global assessment, 0 to 3", _OWN, "{score}"),
    *(
        Measure(
            f"sledai_{domain}_improved",
            "state",
            _improved(domain),
            f"fewer SLEDAI points of the domain {domain}, of those with any",
            _OWN,
        )
        for domain in DOMAINS
    ),
    *(
        Measure(
            f"new_sledai_{domain}",
            "state",
            _newly_involved(domain),
            f"SLEDAI points of the domain {domain} at the visit, of those without any at baseline",
            _OWN,
            composite=False,
        )
        for domain in DOMAINS
    ),
)
