"""End points that are read off SLEDAI-2K, its items and the BILAG systems: thresholds, falls, what has resolved."""

from __future__ import annotations

import numpy as np

from lupercal.instruments.bilag_2004 import B, C
from lupercal.instruments.registry import score_simulated
from lupercal.trial.endpoints.activity import fall_of_sledai, scores_at_most
from lupercal.trial.endpoints.flares import Bools, Happens, event
from lupercal.trial.endpoints.measure import Array, Measure, Value, first_of, truth
from lupercal.trial.seen import SeenArm

_FLARE_POINTS = 4.0
_RESOLVABLE = {"rash": ("rash",), "arthritis": ("arthritis",), "rash_or_arthritis": ("rash", "arthritis")}
_SYSTEMS = ("mucocutaneous", "musculoskeletal", "renal", "haematological", "cardiorespiratory")


def _rise(score: str) -> Happens:
    """Return where a score is up by four points or more since the visit before, (V, N)."""

    def value(seen: SeenArm) -> Bools:
        points = seen.column(score)
        flares = np.zeros(points.shape, bool)
        flares[1:] = points[1:] - points[:-1] >= _FLARE_POINTS
        return flares

    return value


def _back(seen: SeenArm) -> Bools:
    """Return where clinical SLEDAI is above 0 after a visit, or a baseline, with 0, (V, N)."""
    active = seen.column("clinical_sledai") > 0
    was_zero = np.logical_or.accumulate(~active, axis=0)
    return np.asarray(active & was_zero)


def _resolved(items: tuple[str, ...]) -> Value:
    """Return whether none of some items is left, of those with any at baseline."""

    def value(seen: SeenArm, day: float) -> Array:
        there = np.any([seen.columns[name] > 0 for name in items], axis=0)
        now = there[seen.row(day)]
        return np.where(there[0], truth(~now), np.nan)

    return value


def _system_improved(system: str) -> Value:
    """Return whether a BILAG system that was A or B at baseline has a better grade."""

    def value(seen: SeenArm, day: float) -> Array:
        grade = seen.columns[f"bilag_{system}"]
        return np.where(grade[0] >= B, truth(grade[seen.row(day)] < grade[0]), np.nan)

    return value


def _system_quiet(system: str) -> Value:
    def value(seen: SeenArm, day: float) -> Array:
        grade = seen.columns[f"bilag_{system}"]
        return np.where(grade[0] >= B, truth(grade[seen.row(day)] <= C), np.nan)

    return value


def reached(name: str) -> Happens:
    """Return where a state of an instrument holds at visits after baseline, failures told, (V, N)."""

    def value(seen: SeenArm) -> Bools:
        holds = seen.scored_at_all(name) == 1
        holds[0] = False
        return np.asarray(holds)

    return value


def _kept(name: str, days: float) -> Value:
    """Return the first day on which a state has held at every visit for so many days."""

    def value(seen: SeenArm, day: float) -> Array:
        holds, since, first = reached(name)(seen), np.full(seen.size, np.inf), np.full(seen.size, np.inf)
        for row, today in enumerate(seen.days.tolist()):
            since = np.where(holds[row], np.minimum(since, today), np.inf)
            done = (today - since >= days) & (today < seen.left)
            first = np.where(done, np.minimum(first, today), first)
        return first

    return value


def _controlled(seen: SeenArm, day: float) -> Array:
    return truth((seen.scored("lldas", day) == 1) | (seen.scored("doris_2021", day) == 1))


def _items_of_sledai(seen: SeenArm, day: float) -> Array:
    """Return the number of SLEDAI-2K items present at the visit."""
    row = 0 if day <= 0 else seen.row(day)
    items = score_simulated("sledai_2k", {name: column[row] for name, column in seen.columns.items()}).items
    return np.asarray(np.sum([np.nan_to_num(points) > 0 for points in items.values()], axis=0), np.float64)


_OWN = "as worded by the studies; the project's reading"
_LLDAS, _DORIS = "doi:10.1136/annrheumdis-2015-207726", "doi:10.1136/lupus-2021-000538"
MEASURES = (
    Measure("sledai_0", "state", scores_at_most("sledai_2k", 0.0), "SLEDAI-2K 0 at the visit", _OWN,
            aliases=("sledai_2k_0", "sledai_zero")),
    Measure("sledai_lt_3", "state", scores_at_most("sledai_2k", 2.0), "SLEDAI-2K below 3 at the visit", _OWN,
            aliases=("sledai_lt3", "sledai_2k_lt_3")),
    Measure("sledai_le_4", "state", scores_at_most("sledai_2k", 4.0), "SLEDAI-2K at most 4 at the visit", _OWN,
            aliases=("sledai_le4", "sledai_2k_le_4", "low_disease_activity")),
    Measure("sledai_down_any", "state", fall_of_sledai(1.0), "SLEDAI-2K lower than at baseline", _OWN,
            aliases=("sledai_improved", "sledai_down")),
    Measure("sledai_down_ge7", "state", fall_of_sledai(7.0), "SLEDAI-2K down by 7 or more", _OWN),
    Measure("sledai_items", "number", _items_of_sledai, "items of SLEDAI-2K present", _OWN, "{items}"),
    event("clinical_sledai_flare", _rise("clinical_sledai"),
          "clinical SLEDAI-2K up by 4 or more since the visit before", _OWN, "flare_csledai", "flare_clinical_sledai"),
    event("sledai_flare", _rise("sledai_2k"), "SLEDAI-2K up by 4 or more since the visit before", _OWN, "flare_sledai"),
    event("loss_of_remission", _back, "clinical SLEDAI-2K above 0 after a visit with 0", _OWN,
          "time_to_loss_of_remission"),
    *(Measure(f"sledai_{name}_resolved", "state", _resolved(items),
              f"no {name.replace('_', ' ')} left, of those with it at baseline", _OWN)
      for name, items in _RESOLVABLE.items()),
    *(Measure(f"bilag_{system}_improved", "state", _system_improved(system),
              f"better BILAG grade of the {system} system, of those with A or B", "doi:10.1093/rheumatology/keq026")
      for system in _SYSTEMS),
    *(Measure(f"bilag_{system}_quiet", "state", _system_quiet(system),
              f"BILAG C or less of the {system} system, of those with A or B", "doi:10.1093/rheumatology/keq026")
      for system in _SYSTEMS),
    Measure("disease_control", "state", _controlled, "low disease activity (LLDAS) or DORIS remission", _LLDAS),
    Measure("lldas_ever", "event", first_of(reached("lldas")), "first visit in LLDAS", _LLDAS,
            aliases=("time_to_lldas",)),
    Measure("remission_ever", "event", first_of(reached("doris_2021")), "first visit in DORIS remission", _DORIS,
            aliases=("doris_ever", "time_to_doris")),
    Measure("lldas_sustained_3mo", "event", _kept("lldas", 84.0), "LLDAS at every visit for 84 days", _LLDAS),
    Measure("lldas_sustained_6mo", "event", _kept("lldas", 168.0), "LLDAS at every visit for 168 days", _LLDAS,
            aliases=("sustained_lldas",)),
    Measure("sustained_doris_remission", "event", _kept("doris_2021", 168.0),
            "DORIS remission at every visit for 168 days", _DORIS, aliases=("sustained_remission", "doris_sustained")),
)  # fmt: skip
