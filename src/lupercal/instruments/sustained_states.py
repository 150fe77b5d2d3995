"""Remission and low disease activity without drugs, and held over time.

Project rules: a state is sustained where it has held at every visit for so many days; a visit at which it is not known,
and a gap between visits longer than ``gap_days``, leave that open. Nothing is carried forward.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from lupercal.errors import InputError
from lupercal.instruments.columns import Attribution, Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.doris_2021 import DORIS_2021
from lupercal.instruments.lldas import LLDAS
from lupercal.instruments.result import Score
from lupercal.instruments.steroids import DRUG_FREE
from lupercal.instruments.three_valued import TOLERANCE, Array, Bools, Truth
from lupercal.instruments.windows import DAYS, days_of

STATES = {"doris": DORIS_2021, "lldas": LLDAS}
HELD_DAYS = 182.0
"""Six months."""

GAP_DAYS = 120.0
"""Quarterly visits and a month."""


def drug_free_state(state: str, columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Return whether a visit is in the state without glucocorticoid, immunosuppressant, biologic and antimalarial.

    Parameters
    ----------
    state
        ``"doris"`` (2021) or ``"lldas"`` (2016).
    columns
        As for that state and for `drug_free`.
    attribution
        As for `sledai_2k`.
    """
    truth, parts = _without_drugs(state, columns, attribution)
    return FREE[state].result(
        truth,
        known=_known(parts),
        items={name: part.value for name, part in parts.items()},
        columns=columns,
        parts=parts,
        warnings=_flags(parts),
        settings={"attribution": attribution},
    )


def sustained_state(
    state: str,
    drug_free: bool,
    columns: Columns,
    *,
    held_days: float = HELD_DAYS,
    gap_days: float = GAP_DAYS,
    over_visits: bool = False,
    attribution: Attribution = "lupus",
) -> Score:
    """Return whether a state has held at every visit for at least so long, up to each visit.

    Parameters
    ----------
    state
        ``"doris"`` (2021) or ``"lldas"`` (2016).
    drug_free
        Whether no drug may be taken either.
    columns
        As for that state (and for `drug_free`).
    held_days
        Days from the first to the present visit in the state.
    gap_days
        Longest gap between two visits over which a state can be taken to have held.
    over_visits
        The last axis is one patient's visits in order (``days_since_infusion`` or ``day``). Otherwise each visit stands
        alone: not sustained where it is not in the state, else open.
    attribution
        As for `sledai_2k`.

    Raises
    ------
    InputError
        For days that are not above zero.
    """
    for name, days in (("held_days", held_days), ("gap_days", gap_days)):
        if not days > 0:
            raise InputError(name, "", days, "more than 0 days")
    truth, parts = _state(state, drug_free, columns, attribution)
    view = View(columns)
    in_series = over_visits and bool(view.shape)
    held, length = (
        _held(truth, days_of(view, *DAYS), held_days, gap_days)
        if in_series
        else (Truth(np.zeros_like(truth.low), truth.high), np.full(view.shape, np.nan))
    )
    settings = {"held_days": held_days, "gap_days": gap_days, "over_visits": over_visits, "attribution": attribution}
    return SUSTAINED[state, drug_free].result(
        held,
        known=_known(parts),
        items={"state": truth.state, "days_in_state": length},
        columns=columns,
        parts=parts,
        warnings=_flags(parts),
        settings=settings,
    )


def _known(parts: dict[str, Score]) -> Bools:
    return np.asarray(np.any([(part.low > 0.0) | (part.high < 1.0) for part in parts.values()], axis=0))


def _flags(parts: dict[str, Score]) -> dict[str, Bools]:
    """Return what the states themselves warn of."""
    warned: dict[str, Bools] = {}
    for part in parts.values():
        for code, mask in part.warnings.items():
            warned[code] = warned[code] | mask if code in warned else mask
    return warned


def _state(state: str, drug_free: bool, columns: Columns, attribution: str) -> tuple[Truth, dict[str, Score]]:
    if drug_free:
        return _without_drugs(state, columns, attribution)
    scored = STATES[state].unchecked(columns, attribution=attribution)
    return _truth(scored), {state: scored}


def _without_drugs(state: str, columns: Columns, attribution: str) -> tuple[Truth, dict[str, Score]]:
    scored, free = STATES[state].unchecked(columns, attribution=attribution), DRUG_FREE.unchecked(columns)
    return _truth(scored) & _truth(free), {state: scored, "drug_free": free}


def _truth(scored: Score) -> Truth:
    return Truth(np.asarray(scored.low > 0.5), np.asarray(scored.high > 0.5))


def _held(truth: Truth, days: Array, held_days: float, gap_days: float) -> tuple[Truth, Array]:
    """Return whether the state has held for so long, and for how long it certainly has."""
    days = np.broadcast_to(days, truth.low.shape)
    gap = np.concatenate(
        [np.zeros((*days.shape[:-1], 1), bool), np.diff(days, axis=-1) > gap_days + TOLERANCE], axis=-1
    )
    begun, possibly_begun = _begun(truth.low, days, gap), _begun(truth.high, days, np.zeros_like(gap))
    length, most = days - begun, days - possibly_begun
    before_series = np.logical_and.accumulate(truth.high, axis=-1)
    low = truth.low & (length >= held_days - TOLERANCE)
    high = truth.high & ((most >= held_days - TOLERANCE) | before_series)
    return Truth(low, high), np.where(truth.low, length, np.nan)


def _begun(holds: Bools, days: Array, gap: Bools) -> Array:
    """Return the day of the first visit of the present unbroken run; the visit's own where it is not in one."""
    index = np.arange(days.shape[-1])
    starts = np.where(holds, -1, index + 1)
    starts = np.where(gap, np.maximum(starts, index), starts)
    first = np.minimum(np.maximum.accumulate(np.maximum(starts, 0), axis=-1), index)
    return np.take_along_axis(days, first, axis=-1)


_LICENCE = "Free."
_SOURCE = "project rule, after doi:10.1136/lupus-2021-000538 (DORIS) and doi:10.1136/annrheumdis-2015-207726 (LLDAS)"
_TITLES = {"doris": "DORIS remission 2021", "lldas": "Lupus low disease activity state"}


def _free(state: str) -> Instrument:
    return Instrument(
        name=f"{state}_drug_free",
        title=f"{_TITLES[state]}, drug-free",
        version="1",
        kind="state",
        inputs=tuple(dict.fromkeys((*STATES[state].inputs, *DRUG_FREE.inputs))),
        unit="1",
        range=(0.0, 1.0),
        items=(
            Item(state, "in the state", inputs=STATES[state].inputs),
            Item("drug_free", "nothing taken", inputs=DRUG_FREE.inputs),
        ),
        missing_rule="False as soon as one fails; true only when both are known.",
        source=_SOURCE,
        licence=_LICENCE,
        definition="In the state without glucocorticoid, immunosuppressant, biologic and antimalarial.",
        score=partial(drug_free_state, state),
        standing="project rule",
        settings={"attribution": "lupus"},
        looks_back="sledai_2k",
    )


def _sustained(state: str, drug_free: bool) -> Instrument:
    base = FREE[state] if drug_free else STATES[state]
    return Instrument(
        name=f"{state}{'_drug_free' if drug_free else ''}_sustained",
        title=f"{_TITLES[state]}{', drug-free' if drug_free else ''}, sustained",
        version="1",
        kind="state",
        inputs=tuple(dict.fromkeys((*base.inputs, *DAYS))),
        unit="1",
        range=(0.0, 1.0),
        items=(
            Item("state", "in the state at this visit", inputs=base.inputs),
            Item("days_in_state", "since the first visit of the unbroken run", inputs=DAYS),
        ),
        missing_rule="A visit at which the state is not known, a long gap, and a state that may have begun before the "
        "first visit leave it open.",
        source=_SOURCE,
        licence=_LICENCE,
        definition="In the state at every visit for at least 182 days, no gap between visits above 120 days.",
        score=partial(sustained_state, state, drug_free),
        standing="project rule",
        settings={
            "held_days": HELD_DAYS,
            "gap_days": GAP_DAYS,
            "over_visits": False,
            "attribution": "lupus",
            "window_days": None,
        },
        looks_back="sledai_2k",
    )


FREE = {state: _free(state) for state in STATES}
SUSTAINED = {(state, free): _sustained(state, free) for state in STATES for free in (False, True)}
INSTRUMENTS = (*FREE.values(), *SUSTAINED.values())
