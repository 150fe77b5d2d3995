"""The kidney: responses by each study's own definition, proteinuria, filtration and renal flares."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict

from lupercal.files.checked import closed, read_as
from lupercal.instruments.columns import View
from lupercal.instruments.renal_response import DEFINITIONS, SEDIMENT, disease_conditions
from lupercal.instruments.three_valued import all_of
from lupercal.trial.endpoints.measure import Array, Measure, Value, column, onsets, running, truth
from lupercal.trial.seen import SeenArm
from lupercal.trial.settings import settings
from lupercal.visits.renal_flares import renal_flare_rule

Bools = NDArray[np.bool_]
YEAR = 365.25


_Apart = TypedDict("_Apart", {"from": str, "counted_together": list[str], "reason": str})


@closed
class _Rules(TypedDict):
    measures: dict[str, dict[str, list[str]]]
    apart: dict[str, _Apart]


@cache
def rules() -> _Rules:
    """Return ``renal_rules.yaml``."""
    return read_as(Path(__file__).with_name("renal_rules.yaml"), _Rules)


def definition(name: str) -> Mapping[str, Any]:
    """Return the definition of an instrument by its name."""
    return DEFINITIONS[name]


def responds(rule: Mapping[str, Any], seen: SeenArm) -> Bools:
    """Return whether one definition holds at each visit (V, N), by the conditions of the instruments."""
    names = ("upcr", "egfr", *SEDIMENT, "prednisone")
    columns = {name: seen.columns[name] for name in names}
    then = {f"{name}@baseline": np.broadcast_to(columns[name][:1], columns[name].shape) for name in ("upcr", "egfr")}
    columns |= then | {"egfr@preflare": then["egfr@baseline"]} | _steroid_days(seen)
    return np.asarray(all_of(disease_conditions(View(columns), rule).values()).low)


def _steroid_days(seen: SeenArm) -> dict[str, Array]:
    """Return the days of more prednisone than AURORA allows up to each visit, as the doses at visits tell."""
    choice = settings().renal_steroid
    above, days = seen.columns["prednisone"] > choice.above, np.zeros((len(seen.days), seen.size))
    for row, day in enumerate(seen.days):
        window = (seen.days > day - choice.days) & (seen.days <= day)
        days[row] = above[window].any(axis=0) * choice.days
    return {"days_above_10mg": days, "consecutive_days_above_10mg": days}


def holds_by_study(measure: str, seen: SeenArm) -> Bools:
    """Return where a measure holds by the definitions of the trial (V, N): its own, else see ``renal_rules.yaml``."""
    if measure in seen.trial.responses:
        return responds(seen.trial.responses[measure], seen)
    table = rules()["measures"][measure]
    names = table.get(seen.trial.renal, table["default"])
    return np.asarray(np.any([responds(definition(name), seen) for name in names], axis=0))


def _response(measure: str) -> Value:
    def value(seen: SeenArm, day: float) -> Array:
        holds = holds_by_study(measure, seen)
        apart = rules()["apart"].get(measure)
        counted_too = seen.trial.responses.get(measure, {}).get("or_complete", False)
        if apart and seen.trial.renal not in apart["counted_together"] and not counted_too:
            holds = holds & ~holds_by_study(apart["from"], seen)
        if measure.endswith("_ever"):
            holds = np.logical_or.accumulate(holds & (seen.days[:, None] > 0), axis=0)
        return truth(holds[seen.row(day)])

    return value


def _no_response(seen: SeenArm, day: float) -> Array:
    """Return who has neither a complete nor a partial response at a visit, by the study's own definitions."""
    return 1.0 - _response("renal_remission")(seen, day)


def involved(seen: SeenArm, day: float) -> Bools:
    """Return whose kidney was involved at baseline, (N,)."""
    return np.asarray(seen.baseline("upcr") >= renal_flare_rule("trials").flare_upcr)


def _responded_so_far(seen: SeenArm) -> Bools:
    """Return whose proteinuria has been low enough at a visit after baseline, (V, N)."""
    low = renal_flare_rule("trials").responds(seen.columns["upcr"]) & (seen.days[:, None] > 0)
    return np.asarray(np.logical_or.accumulate(low, axis=0))


def _flaring(seen: SeenArm) -> Bools:
    """Return a proteinuric flare after a response, (V, N)."""
    rule, ratio = renal_flare_rule("trials"), seen.columns["upcr"]
    back = rule.comes_back(ratio, np.minimum.accumulate(ratio, axis=0)) & _responded_so_far(seen)
    return running(back, rule.visits)


def renal_flare(seen: SeenArm, day: float) -> Array:
    """Return the first day of a proteinuric flare after a response, infinite where there is none."""
    return seen.first_day(_flaring(seen))


def _renal_event(seen: SeenArm, day: float) -> Array:
    """Return the first day with creatinine doubled, worse proteinuria (both at two visits) or a renal flare."""
    lost = running(seen.columns["egfr"] <= settings().creatinine_doubled * seen.columns["egfr"][0], 2)
    ratio = seen.columns["upcr"]
    rule = renal_flare_rule("trials")
    worse = running((ratio >= 1.5 * ratio[0]) & (ratio >= rule.flare_upcr), rule.visits)
    return np.minimum(np.minimum(seen.first_day(lost | worse), renal_flare(seen, day)), seen.death)


def _doubled(seen: SeenArm, day: float) -> Array:
    """Return the first of two visits in a row at which creatinine is twice that of baseline, by CKD-EPI 2021."""
    return seen.first_day(running(seen.columns["egfr"] <= settings().creatinine_doubled * seen.columns["egfr"][0], 2))


def _slope(seen: SeenArm, day: float) -> Array:
    years = (float(seen.days[seen.row(day)]) - float(seen.days[0])) / YEAR
    return (seen.at("egfr", day) - seen.baseline("egfr")) / years


def _proteinuria_response(seen: SeenArm, day: float) -> Array:
    return seen.first_day(seen.columns["upcr"] <= 0.5)


def _sources(measure: str) -> str:
    table = rules()["measures"][measure]
    names = dict.fromkeys(name for group in table.values() for name in group)
    return "; ".join(f"{name}: {definition(name)['source']}" for name in names)


_OWN = "as worded by the studies; the project's reading, numbers in settings.yaml"
_FLARE = "UPCR of 1 g/g or more, twice the lowest, at two visits after a response"
MEASURES = (
    *(
        Measure(name, "state", _response(name), "by the study's own definition, see renal_rules.yaml", _sources(name))
        for name in rules()["measures"]
    ),
    Measure(
        "renal_flare",
        "event",
        renal_flare,
        _FLARE,
        _OWN,
        aliases=("relapse_proteinuria", "relapse_renal", "time_to_renal_flare"),
        count=onsets(_flaring),
    ),
    Measure(
        "renal_flare_after_remission",
        "event",
        renal_flare,
        f"{_FLARE}, of those who had one",
        _OWN,
        count=onsets(_flaring),
        among=lambda seen, day: np.asarray(_responded_so_far(seen)[seen.row(day)]),
    ),
    Measure(
        "unfavourable_kidney_outcome",
        "event",
        _renal_event,
        "creatinine doubled, proteinuria worse or renal flare",
        _OWN,
        aliases=("renal_event_or_death", "renal_event"),
    ),
    Measure(
        "no_response", "state", _no_response, "neither complete nor partial response", "the study's own definition"
    ),
    Measure(
        "complete_remission_ln",
        "state",
        _response("complete_remission"),
        "complete renal response, of those with nephritis at baseline",
        _sources("complete_remission"),
        among=involved,
    ),
    Measure(
        "creatinine_doubling",
        "event",
        _doubled,
        "creatinine twice that of baseline at two visits, by the filtration",
        _OWN,
    ),
    Measure("egfr_slope", "number", _slope, "change of filtration per year since baseline", _OWN, "mL/min/a"),
    Measure(
        "time_to_upcr_le0_5",
        "event",
        _proteinuria_response,
        "first visit with UPCR at most 0.5 g/g",
        _OWN,
        aliases=("renal_response_time",),
    ),
    Measure(
        "upcr",
        "number",
        column("upcr"),
        "urine protein-creatinine ratio",
        _OWN,
        "g/g",
        aliases=("upcr_24h", "upcr_gmr"),
    ),
    Measure(
        "proteinuria_24h",
        "number",
        column("upcr"),
        "protein in 24 h, taken as the protein-creatinine ratio",
        _OWN,
        "g/(24.h)",
        aliases=("protein_24h",),
    ),
    Measure(
        "egfr",
        "number",
        column("egfr"),
        "filtration per 1.73 m2",
        _OWN,
        "mL/min",
        aliases=("gfr", "creatinine_clearance"),
    ),
)
