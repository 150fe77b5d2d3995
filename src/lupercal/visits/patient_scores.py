"""Every instrument at every visit of a patient, and each result as plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lupercal.errors import InputError
from lupercal.instruments.contract import Instrument
from lupercal.instruments.explain import datum, reasons
from lupercal.instruments.registry import instrument, instruments
from lupercal.instruments.result import Score, Status
from lupercal.instruments.score_job import find_instrument
from lupercal.instruments.windows import check_window
from lupercal.patient.record import Patient
from lupercal.visits.of_patient import instrument_columns, not_at_baseline
from lupercal.visits.totals import total_at

AS_RECORDED = "With every finding counted, whatever its cause"
"""Name of the part of a score that counts also what is put down to other causes."""

ATTRIBUTION_CHOICES = ("lupus", "recorded")


def patient_scores(
    patient: Patient, names: Iterable[str] = (), attribution: str = "lupus", window_days: int | None = None
) -> tuple[Score, ...]:
    """Return the results of the named instruments, of all if none is named, over a patient's visits.

    Parameters
    ----------
    patient
        Visits in order of day; every score has the shape (visits,).
    names
        Instruments; see `lupercal.instruments.registry.instruments`.
    attribution
        ``lupus`` leaves out what has another cause, ``recorded`` counts all. With ``lupus`` the other result stands
        beside it as the part `AS_RECORDED` where any cause is recorded.
    window_days
        10 or 30: what an earlier visit so many days back found counts too, in the SLEDAI family and in every state,
        response and flare that reads it. Where it is not given each visit is taken as recorded over its window.

    Raises
    ------
    InputError
        If an instrument, the attribution or the window is not known.
    """
    checked_attribution(attribution)
    if window_days is not None:
        check_window(window_days)
    chosen = [find_instrument(name) for name in names] or list(instruments())
    read = _read(patient, chosen, attribution, window_days)
    plain = instrument_columns(patient)
    beside = attribution == "lupus" and any(name.endswith("@attributed_to") for name in plain)
    as_recorded = _read(patient, chosen, "recorded", window_days) if beside else {}
    scores = []
    for definition in chosen:
        score = total_at(
            definition.name, read[definition.looks_back], **_settings(definition, attribution, window_days)
        )
        if beside and "attribution" in definition.settings:
            whole = total_at(
                definition.name, as_recorded[definition.looks_back], **_settings(definition, "recorded", window_days)
            )
            score = replace(score, parts={**score.parts, AS_RECORDED: whole})
        scores.append(not_at_baseline(score, plain))
    return tuple(scores)


def _read(
    patient: Patient, chosen: Iterable[Instrument], attribution: str, window_days: int | None
) -> dict[str, dict[str, Any]]:
    """Return the patient's columns for each family of look-back."""
    return {
        family: instrument_columns(patient, family, window_days, attribution)
        for family in {one.looks_back for one in chosen}
    }


def _settings(one: Instrument, attribution: str, window_days: int | None) -> dict[str, Any]:
    given: dict[str, Any] = {"attribution": attribution, "over_visits": True}
    if one.looks_back:
        given["window_days"] = one.settings["window_days"] if window_days is None else window_days
        given["over_visits"] = window_days is not None or one.settings["window_days"] is None
    return {name: value for name, value in given.items() if name in one.settings}


def checked_attribution(attribution: str) -> str:
    """Return the attribution, or raise `InputError` naming the choices."""
    if attribution not in ATTRIBUTION_CHOICES:
        raise InputError("--attribution", "", attribution, " or ".join(ATTRIBUTION_CHOICES))
    return attribution


def score_record(score: Score, visit: int) -> dict[str, Any]:
    """Return one result as plain values; what is unknown or unbounded is None."""
    result = score.at(visit)
    items = {item.name: item for item in instrument(score.instrument).items}
    return {
        "instrument": result.instrument,
        "version": result.version,
        "source": result.source,
        "unit": result.unit,
        "value": _finite(result.value),
        "label": result.label(),
        "low": _finite(result.low),
        "high": _finite(result.high),
        "status": Status(int(result.status)).name.lower(),
        "items": {
            name: {
                "value": _finite(value),
                "data": [text for c in (items[name].inputs if name in items else ()) if (text := datum(result, c))],
            }
            for name, value in result.items.items()
        },
        **({"as_recorded": _ends(result.parts[AS_RECORDED])} if AS_RECORDED in result.parts else {}),
        "warnings": [code for code, mask in result.warnings.items() if mask],
        "reasons": reasons(result),
        "settings": dict(result.settings),
    }


def _ends(one: Score) -> dict[str, float | None]:
    return {end: _finite(getattr(one, end)) for end in ("value", "low", "high")}


def _finite(value: Any) -> float | None:
    number = float(value)
    return number if number - number == 0 else None
