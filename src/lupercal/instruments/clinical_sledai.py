"""Clinical SLEDAI: SLEDAI-2K without low complement and increased DNA binding, 0 to 101.

Source: Gladman 2002, PMID 11838846; use in remission: van Vollenhoven 2021, doi:10.1136/lupus-2021-000538.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import CAUSE, Attribution, Columns, View
from lupercal.instruments.contract import Instrument
from lupercal.instruments.result import Score
from lupercal.instruments.sledai_2k import item_points, score_bounds, verified_flags
from lupercal.instruments.sledai_items import DESCRIPTORS, ITEMS, SEROLOGY
from lupercal.instruments.three_valued import Interval

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
    """Return ``sledai_2k`` or ``clinical_sledai``: the column of that name where it is known, else from descriptors.

    A recorded score does not say what it left out. Where descriptors are put down to another cause it is therefore
    known only between itself without their points and itself, and what is left of the descriptors narrows that.
    """
    view = View(columns)
    entered = view.number(name)
    names = CLINICAL if name == "clinical_sledai" else DESCRIPTORS
    causes = attribution == "lupus" and any(column.endswith(CAUSE) for column in columns)
    if not causes:
        return entered if not entered.is_unknown.any() else entered.or_else(score_bounds(columns, names, attribution))
    own, everything = score_bounds(columns, names), score_bounds(columns, names, "recorded")
    gone = np.where(entered.is_unknown, 0.0, everything.low - own.low)
    least = np.maximum(entered.low - gone, np.minimum(own.low, entered.low))
    most = np.clip(own.high, least, entered.high)
    narrowed = Interval(np.where(gone > 0, least, entered.low), np.where(gone > 0, most, entered.high))
    return narrowed.or_else(own)


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
)
INSTRUMENTS = (CLINICAL_SLEDAI,)
