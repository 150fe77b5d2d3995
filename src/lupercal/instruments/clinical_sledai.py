"""Clinical SLEDAI: SLEDAI-2K without low complement and increased DNA binding, 0 to 101.

Source: Gladman 2002, PMID 11838846; use in remission: van Vollenhoven 2021, doi:10.1136/lupus-2021-000538.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import CAUSE, EARLIER, Attribution, Columns, View
from lupercal.instruments.contract import Instrument
from lupercal.instruments.result import Score
from lupercal.instruments.sledai_2k import item_points, score_bounds, verified_flags
from lupercal.instruments.sledai_items import DESCRIPTORS, ITEMS, SEROLOGY, WEIGHTS
from lupercal.instruments.three_valued import Array, Interval

SEROLOGY_POINTS = float(sum(WEIGHTS[name] for name in SEROLOGY))
"""By how much SLEDAI-2K can exceed clinical SLEDAI-2K: complement and DNA binding."""

CLINICAL = tuple(name for name in DESCRIPTORS if name not in SEROLOGY)


def clinical_sledai(columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Score the 22 clinical descriptors of SLEDAI-2K.

    Parameters
    ----------
    columns
        As for `sledai_2k`.
    attribution
        As for `sledai_2k`.

    Returns
    -------
    Score
        Points; exact although serology may be unknown.
    """
    total = score_bounds(columns, CLINICAL, attribution)
    return CLINICAL_SLEDAI.result(
        total,
        items=item_points(columns, CLINICAL, attribution),
        columns=columns,
        settings={"attribution": attribution},
        verified=verified_flags(columns, total, CLINICAL),
    )


def activity(columns: Columns, name: str, attribution: str = "lupus") -> Interval:
    """Return ``sledai_2k`` or ``clinical_sledai`` of a visit.

    The recorded total where there is one; else what the descriptors come to, with bounds where some are unknown, which
    the other of the two totals narrows. A recorded total does not say what it left out: where descriptors are put down
    to another cause it is known only between itself without their points and itself, and the others narrow that.
    """
    view = View(columns)
    entered = _with_earlier(columns, name, view.number(name), attribution)
    if attribution == "lupus" and any(column.endswith(CAUSE) for column in columns):
        return _without_other_causes(columns, name, entered)
    if not entered.is_unknown.any():
        return entered
    bounds = entered.or_else(score_bounds(columns, _descriptors(name), attribution))
    if (bounds.low == bounds.high).all():
        return bounds
    by = "sledai_2k" if name == "clinical_sledai" else "clinical_sledai"
    other = view.number(by).or_else(score_bounds(columns, _descriptors(by), attribution))
    bounded = within_other(name, bounds, other)
    open_here = entered.is_unknown
    return Interval(np.where(open_here, bounded.low, bounds.low), np.where(open_here, bounded.high, bounds.high))


def both_totals(columns: Columns) -> dict[str, Array]:
    """Return ``clinical_sledai`` and ``sledai_2k`` of visits, NaN where open, as the two instruments find them.

    They have 22 descriptors in common, which are looked at once. Where both are there, states read them and look at no
    descriptor again.
    """
    clinical, serology = (score_bounds(columns, names) for names in (CLINICAL, SEROLOGY))
    return {"clinical_sledai": clinical.value, "sledai_2k": (clinical + serology).value}


def _with_earlier(columns: Columns, name: str, entered: Interval, attribution: str) -> Interval:
    """Return a recorded total with what earlier visits of the window found and it need not hold."""
    if not any(column.endswith(EARLIER) for column in columns) or entered.is_unknown.all():
        return entered
    alone = {column: cells for column, cells in columns.items() if not column.endswith(EARLIER)}
    today, window = (score_bounds(read, _descriptors(name), attribution) for read in (alone, columns))
    low = np.maximum(entered.low + (window.high - today.high), window.low)
    high = np.maximum(entered.high + (window.low - today.low), low)
    unknown = entered.is_unknown
    return Interval(np.where(unknown, -np.inf, low), np.where(unknown, np.inf, high))


def _without_other_causes(columns: Columns, name: str, entered: Interval) -> Interval:
    lupus, everything = (score_bounds(columns, _descriptors(name), word) for word in ("lupus", "recorded"))
    gone = np.where(entered.is_unknown, 0.0, everything.low - lupus.low)
    least = np.maximum(entered.low - gone, np.minimum(lupus.low, entered.low))
    most = np.clip(lupus.high, least, entered.high)
    narrowed = Interval(np.where(gone > 0, least, entered.low), np.where(gone > 0, most, entered.high))
    return narrowed.or_else(lupus)


def within_other(name: str, own: Interval, other: Interval) -> Interval:
    """Return the bounds of ``sledai_2k`` or ``clinical_sledai`` narrowed by those of the other of the two.

    They differ by serology alone. Where the two contradict each other, ``own`` stays as it is.
    """
    least, most = (-SEROLOGY_POINTS, 0.0) if name == "clinical_sledai" else (0.0, SEROLOGY_POINTS)
    low, high = np.maximum(own.low, np.maximum(other.low + least, 0.0)), np.minimum(own.high, other.high + most)
    consistent = np.isfinite(low) & np.isfinite(high) & (low <= high) & (own.low < own.high)
    return Interval(np.where(consistent, low, own.low), np.where(consistent, high, own.high))


def _descriptors(name: str) -> tuple[str, ...]:
    return CLINICAL if name == "clinical_sledai" else DESCRIPTORS


CLINICAL_SLEDAI = Instrument(
    name="clinical_sledai",
    title="Clinical SLEDAI (SLEDAI-2K without serology)",
    version="2002",
    kind="score",
    inputs=tuple(dict.fromkeys(n for i in ITEMS if i.name in CLINICAL for n in i.inputs)),
    unit="{points}",
    range=(0.0, 101.0),
    items=tuple(item for item in ITEMS if item.name in CLINICAL),
    missing_rule="As SLEDAI-2K; unknown serology does not matter.",
    source="doi:10.1136/lupus-2021-000538; PMID 11838846",
    licence="Published criteria; no fee notice found. Own wording.",
    definition="SLEDAI-2K without low complement and increased DNA binding; blood counts and urine stay in.",
    score=clinical_sledai,
    settings={"attribution": "lupus"},
    looks_back="sledai_2k",
)
INSTRUMENTS = (CLINICAL_SLEDAI,)
