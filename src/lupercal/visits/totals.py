"""What a visit says of a score that may be recorded as a total: the one answer, whoever asks.

The recorded total counts, whatever its items come to (`lupercal.rules.record_notes` tells where they disagree); without
one the items count where all that matter are known; else the items leave bounds, which SLEDAI-2K and clinical SLEDAI-2K
narrow for one another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lupercal.instruments.clinical_sledai import activity, within_other
from lupercal.instruments.columns import CAUSE, EARLIER, Columns
from lupercal.instruments.registry import instrument, score
from lupercal.instruments.result import Score, Status
from lupercal.instruments.three_valued import Array, Bools, Interval

SLEDAI = ("sledai_2k", "clinical_sledai")
TOTALS = ("sledai_2k", "clinical_sledai", "egfr")
"""Variables of the data dictionary that an instrument works out where no visit records them."""


def total_at(name: str, columns: Columns, **settings: Any) -> Score:
    """Return an instrument as a visit tells it: its recorded total before what its items come to.

    Parameters
    ----------
    name
        An instrument; one that is not among `TOTALS` is scored as it is.
    columns
        Visits of any shape.
    settings
        Of the instrument. Where items are put down to another cause (``attribution="lupus"``) a recorded total only
        bounds what it would be without them. One that its items do not allow gives no answer: a conflict.
    """
    scored = score(name, columns, **settings)
    if name not in TOTALS:
        return scored
    wide = {key: np.broadcast_to(np.asarray(column, float), scored.shape) for key, column in columns.items()}
    if settings.get("over_visits"):
        return _over_window(name, wide, scored, settings["attribution"]) if name in SLEDAI and name in wide else scored
    if name in SLEDAI and name in wide:
        scored = _opposed(name, wide, scored)
        if settings.get("attribution") == "lupus" and any(key.endswith(CAUSE) for key in columns):
            return _without_other_causes(name, wide, scored)
    totals = with_totals(_counted(wide, settings))
    if name not in totals:
        return scored
    value, low, high = (totals.get(key, totals[name]) for key in (name, f"{name}@low", f"{name}@high"))
    stated = ~np.isnan(wide[name]) if name in wide else np.zeros(scored.shape, bool)
    settled = ~np.isnan(value) & ((stated & (scored.status != Status.CONFLICT)) | (scored.status < Status.ERROR))
    bounded = ~settled & ~(np.isnan(low) & np.isnan(high)) & np.isin(scored.status, (Status.PARTIAL, Status.MISSING))
    return replace(
        scored,
        value=np.where(settled, value, scored.value),
        low=np.where(settled | bounded, np.where(np.isnan(low), scored.low, low), scored.low),
        high=np.where(settled | bounded, np.where(np.isnan(high), scored.high, high), scored.high),
        status=np.where(settled, np.int8(Status.COMPLETE), np.where(bounded, np.int8(Status.PARTIAL), scored.status)),
        warnings={**scored.warnings, **({"recorded_total": stated} if stated.any() else {})},
    )


def _counted(columns: dict[str, Array], settings: Mapping[str, Any]) -> dict[str, Array]:
    """Return the columns without the causes of items where every finding counts, whatever its cause."""
    if settings.get("attribution") != "recorded":
        return columns
    return {key: column for key, column in columns.items() if not key.endswith(CAUSE)}


def _over_window(name: str, columns: Mapping[str, Array], scored: Score, attribution: str) -> Score:
    """Return the result with the recorded total of each visit, and what earlier visits of the window add to it."""
    alone = {key: column for key, column in columns.items() if not key.endswith(EARLIER)}
    scored = _opposed(name, alone, scored)
    return _bounded(scored, activity(columns, name, attribution), ~np.isnan(columns[name]))


def _opposed(name: str, columns: Mapping[str, Array], scored: Score) -> Score:
    """Return a conflict where the recorded total lies outside what its items allow, whatever their cause."""
    recorded = columns[name]
    least, most = score(name, columns).low, score(name, columns, attribution="recorded").high
    with np.errstate(invalid="ignore"):
        rows = ((recorded < least) | (recorded > most)) & (scored.status != Status.ERROR)
    if not rows.any():
        return scored
    return replace(
        scored,
        value=np.where(rows, np.nan, scored.value),
        low=np.where(rows, np.fmin(recorded, scored.low), scored.low),
        high=np.where(rows, np.fmax(recorded, scored.high), scored.high),
        status=np.where(rows, np.int8(Status.CONFLICT), scored.status),
        warnings={**scored.warnings, "conflict": rows},
        conflicts={**scored.conflicts, f"a recorded {name} that its items do not allow": rows},
    )


def _without_other_causes(name: str, columns: Mapping[str, Array], scored: Score) -> Score:
    """Return the result with what a recorded total tells where items are put down to another cause."""
    return _bounded(scored, activity(columns, name), ~np.isnan(columns[name]))


def _bounded(scored: Score, bounds: Interval, stated: Bools) -> Score:
    """Return the result with these bounds where a total is stated."""
    rows = stated & (scored.status < Status.NOT_EVALUABLE)
    settled = rows & (bounds.low == bounds.high)
    return replace(
        scored,
        value=np.where(rows, np.where(settled, bounds.low, np.nan), scored.value),
        low=np.where(rows, bounds.low, scored.low),
        high=np.where(rows, bounds.high, scored.high),
        status=np.where(settled, np.int8(Status.COMPLETE), np.where(rows, np.int8(Status.PARTIAL), scored.status)),
        warnings={**scored.warnings, "recorded_total": rows},
    )


def with_totals(columns: dict[str, Any]) -> dict[str, Any]:
    """Add scores that follow from other columns where they are not recorded; a recorded score is kept.

    A score that the data only bound gets ``@low`` and ``@high`` columns, so that a bound settles a threshold where it
    can.
    """
    completed = dict(columns)
    for name in TOTALS:
        if any(column in columns for column in instrument(name).inputs if column not in {"age", "sex_female"}):
            completed |= _computed(name, columns)
    completed |= _both("clinical_sledai", "sledai_2k", completed)
    return completed | _both("sledai_2k", "clinical_sledai", completed)


def _both(name: str, by: str, columns: Mapping[str, Array]) -> dict[str, Array]:
    """Return value and bounds of one total as far as the other one bounds it."""
    if by not in columns:
        return {}
    other, shape = Interval.of(*_ends(by, columns)), columns[by].shape
    from_items = Interval.of(*_ends(name, columns)) if name in columns else Interval.unknown(shape)
    bounded = within_other(name, from_items, other)
    value = np.asarray(columns.get(name, np.full(shape, np.nan)))
    value = np.where(np.isnan(value) & (bounded.low == bounded.high), bounded.low, value)
    return {name: value, f"{name}@low": _open(bounded.low), f"{name}@high": _open(bounded.high)}


def _ends(name: str, columns: Mapping[str, Array]) -> tuple[Array, Array | None, Array | None]:
    return columns[name], columns.get(f"{name}@low"), columns.get(f"{name}@high")


def _open(ends: Array) -> Array:
    """Return ends with unknown for unbounded, as columns hold them."""
    return np.where(np.isfinite(ends), ends, np.nan)


def _computed(name: str, columns: Mapping[str, Array]) -> dict[str, Array]:
    result = score(name, columns)
    usable = np.isin(result.status, (Status.COMPLETE, Status.PARTIAL))
    unknown = np.full(result.shape, np.nan)
    recorded = columns.get(name, unknown)
    filled = np.isnan(recorded) & usable
    value = np.where(filled, result.value, recorded)
    low, high = (columns.get(f"{name}@{end}", recorded) for end in ("low", "high"))
    return {
        name: value,
        f"{name}@low": np.where(filled, result.low, low),
        f"{name}@high": np.where(filled, result.high, high),
    }
