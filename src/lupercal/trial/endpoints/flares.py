"""Flares, relapse and lasting remission: the first day on which activity is back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lupercal.instruments.bilag_2004 import GRADE_COLUMNS, A, B
from lupercal.trial.endpoints.activity import newly_graded
from lupercal.trial.endpoints.measure import Array, Measure, Value, first_of, onsets, running, truth
from lupercal.trial.seen import SeenArm
from lupercal.trial.settings import settings

Bools = NDArray[np.bool_]


Happens = Callable[[SeenArm], Bools]


def event(name: str, happens: Happens, words: str, source: str, *aliases: str) -> Measure:
    """Return an event that may come again: its first day, and how often it has begun."""
    return Measure(name, "event", first_of(happens), words, source, aliases=aliases, count=onsets(happens))


def flare_index(least: float) -> Happens:
    """Return where the SELENA-SLEDAI flare index reaches a grade (V, N)."""
    return lambda seen: seen.flare >= least


def _flare_free(seen: SeenArm, day: float) -> Array:
    return truth(~(seen.first_day(flare_index(1)(seen)) <= day))


def needs_treatment(seen: SeenArm) -> Bools:
    """Return whether activity at a visit and those before would be answered with immunosuppression, (V, N)."""
    rule = settings().need_of_treatment
    active = (seen.column("clinical_sledai") >= rule.points) & (seen.days[:, None] >= rule.since)
    return running(active, rule.visits)


def quiet_so_far(seen: SeenArm) -> Bools:
    """Return who has had a visit after baseline without need of treatment, (V, N)."""
    quiet = seen.column("clinical_sledai") < settings().need_of_treatment.points
    quiet[0] = False
    return np.asarray(np.logical_or.accumulate(quiet, axis=0))


def relapses(seen: SeenArm) -> Bools:
    """Return activity in need of treatment after a visit without it, (V, N)."""
    return needs_treatment(seen) & quiet_so_far(seen)


def _had_responded(seen: SeenArm, day: float) -> Bools:
    """Return of whom a relapse after a response can be spoken up to a day, (N,)."""
    return np.asarray(quiet_so_far(seen)[seen.row(day)])


def _remission(seen: SeenArm, day: float) -> Array:
    return truth(~(seen.first_day(needs_treatment(seen)) <= day))


def _new_bilag(kind: str) -> Happens:
    def happens(seen: SeenArm, row: int) -> Bools:
        new_a, new_b = newly_graded(seen, row)
        return {"a": new_a >= 1, "a_or_2b": (new_a >= 1) | (new_b >= 2), "ab": (new_a >= 1) | (new_b >= 1)}[kind]

    return lambda seen: np.stack([happens(seen, row) for row in range(len(seen.days))])


def _worse_system(system: str) -> Value:
    """Return the first day on which one BILAG system is A or B and worse than at baseline."""

    def value(seen: SeenArm, day: float) -> Array:
        grade = seen.columns[f"bilag_{system}"]
        return seen.first_day((grade >= B) & (grade > grade[0]))

    return value


def _bilag_flare(least: float) -> Happens:
    """Return where a system newly reaches a grade against the visit before, (V, N)."""

    def value(seen: SeenArm) -> Bools:
        happens = np.zeros((len(seen.days), seen.size), bool)
        for name in GRADE_COLUMNS:
            grade = seen.columns[name]
            happens[1:] |= (grade[1:] >= least) & (grade[:-1] < least)
        return happens

    return value


def _bilag_flare_1a_or_2b(seen: SeenArm) -> Bools:
    """Return where one system is newly A, or two newly B, against the visit before, (V, N)."""
    grades = np.stack([seen.columns[name] for name in GRADE_COLUMNS])
    happens = np.zeros((len(seen.days), seen.size), bool)
    new_a = ((grades[:, 1:] >= A) & (grades[:, :-1] < A)).any(axis=0)
    new_b = ((grades[:, 1:] == B) & (grades[:, :-1] < B)).sum(axis=0) >= 2
    happens[1:] = new_a | new_b
    return happens


def _sustained(name: str) -> Value:
    """Return the first visit from which on a state holds at every visit to the end."""

    def value(seen: SeenArm, day: float) -> Array:
        last = seen.row(day)
        holds = seen.scored_at_all(name)[1 : last + 1] == 1
        lasting = np.logical_and.accumulate(holds[::-1], axis=0)[::-1]
        return np.asarray(np.where(lasting, seen.days[1 : last + 1, None], np.inf).min(axis=0))

    return value


def _clinical_remission_time(seen: SeenArm, day: float) -> Array:
    return seen.first_day(seen.column("clinical_sledai") == 0)


def _serological_flare(seen: SeenArm, day: float) -> Array:
    """Return the first day with anti-dsDNA up by a quarter against the visit before, and above its limit."""
    level = seen.columns["anti_dsdna"]
    rise = np.zeros(level.shape, bool)
    rise[1:] = (level[1:] > 1.25 * level[:-1]) & (level[1:] > seen.columns["anti_dsdna_uln"][1:])
    return seen.first_day(rise)


_SFI = "doi:10.1056/NEJMoa051135; arms of activity only, what the physician did is not simulated"
_BILAG = "doi:10.1093/rheumatology/keq026"
_OWN = "as worded by the studies; the project's reading, numbers in settings.yaml"
MEASURES = (
    event(
        "severe_flare_sfi",
        lambda seen: seen.modified_flare >= 2,
        "severe flare by the modified SELENA-SLEDAI flare index",
        "doi:10.1002/art.37995, the BLISS trials; arms of activity only",
        "severe_sfi_flare",
    ),
    event(
        "severe_flare",
        flare_index(2),
        "severe flare by the SELENA-SLEDAI flare index",
        _SFI,
        "severe_flare_90d",
        "time_to_severe_flare",
    ),
    Measure(
        "flare_free",
        "state",
        _flare_free,
        "no flare by the SELENA-SLEDAI flare index so far",
        _SFI,
        aliases=("no_flare",),
        composite=False,
        lasting=True,
    ),
    event(
        "any_flare_sfi",
        flare_index(1),
        "any flare by the SELENA-SLEDAI flare index",
        _SFI,
        "any_flare",
        "any_sfi_flare",
        "time_to_flare",
    ),
    event("any_new_bilag_a", _new_bilag("a"), "a BILAG system newly A since baseline", _BILAG),
    event(
        "new_bilag_1a_or_2b", _new_bilag("a_or_2b"), "one BILAG system newly A or two newly B since baseline", _BILAG
    ),
    event(
        "bilag_a_flare",
        _bilag_flare(A),
        "a BILAG system newly A since the visit before",
        _BILAG,
        "time_to_bilag_a_flare",
    ),
    event(
        "bilag_ab_flare",
        _bilag_flare(B),
        "a BILAG system newly A or B since the visit before",
        _BILAG,
        "time_to_bilag_ab_flare",
    ),
    event(
        "bilag_flare",
        _bilag_flare_1a_or_2b,
        "one BILAG system newly A or two newly B since the visit before",
        _BILAG,
        "bilag_flare_rate",
        "annualised_bilag_flare_rate",
    ),
    Measure(
        "worsening_bilag_haem",
        "event",
        _worse_system("haematological"),
        "haematological BILAG A or B, worse than baseline",
        _BILAG,
    ),
    Measure(
        "worsening_bilag_renal", "event", _worse_system("renal"), "renal BILAG A or B, worse than baseline", _BILAG
    ),
    Measure(
        "sustained_bicla",
        "event",
        _sustained("bicla"),
        "first visit from which BICLA response holds to the end",
        "doi:10.1136/annrheumdis-2012-202760",
    ),
    Measure("time_to_remission", "event", _clinical_remission_time, "first visit with clinical SLEDAI-2K 0", _OWN),
    Measure(
        "serological_flare",
        "event",
        _serological_flare,
        "anti-dsDNA up by a quarter since the visit before, above its limit",
        _OWN,
        aliases=("rise_in_followed_cohort",),
    ),
    event(
        "relapse",
        relapses,
        "activity in need of immunosuppression after a visit without it",
        _OWN,
        "relapse_patients",
        "time_to_relapse",
    ),
    replace(
        event("relapse_after_response", relapses, "the same, of those who have had a visit without it", _OWN),
        among=_had_responded,
    ),
    Measure(
        "remission",
        "state",
        _remission,
        "no activity so far that asks for immunosuppression",
        _OWN,
        aliases=("free_of_active_lupus", "long_term_remission", "remission_stable"),
        composite=False,
        lasting=True,
    ),
    event("major_relapse", flare_index(2), "severe flare by the flare index, as a major relapse", _SFI),
)
