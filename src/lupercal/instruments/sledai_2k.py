"""SLE Disease Activity Index 2000: the sum of 24 weighted descriptors, 0 to 105.

Source: Gladman 2002, J Rheumatol 29:288, PMID 11838846; window of 30 days: Touma 2010, doi:10.1177/0961203309346505.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument
from lupercal.instruments.result import Lazy, Score
from lupercal.instruments.sledai_items import DESCRIPTORS, INPUTS, ITEMS, WEIGHTS, attributed
from lupercal.instruments.three_valued import Array, Interval

BLOCK = 32_768
"""Visits per block: the working arrays of one block stay in the processor's cache."""

Attribution = Literal["recorded", "lupus"]


def sledai_2k(columns: Columns, *, attribution: Attribution = "recorded", window_days: int = 30) -> Score:
    """Score SLEDAI-2K.

    Parameters
    ----------
    columns
        Arrays of any equal shape: the 24 descriptors as flags and, where a flag is unknown, the laboratory values it
        can be read from (``upcr`` g/g, ``c3`` with ``c3_lln``, ``platelets`` 10*9/L, ...).
    attribution
        ``"recorded"`` counts every descriptor present; ``"lupus"`` removes those whose ``<item>@attributed_to`` names
        another cause.
    window_days
        The look-back the descriptors were recorded over, 10 or 30; it is stamped on the result.

    Returns
    -------
    Score
        Points; unknown descriptors widen the bounds, they never count as absent.
    """
    return SLEDAI_2K.result(
        score_bounds(columns, DESCRIPTORS, attribution),
        items=item_points(columns, DESCRIPTORS, attribution),
        columns=columns,
        settings={"attribution": attribution, "window_days": window_days},
    )


def score_bounds(
    columns: Columns, names: Iterable[str], attribution: str = "recorded", min_joints: int = 2
) -> Interval:
    """Return the sum of the weights of the named descriptors, with bounds; block by block for speed.

    Parameters
    ----------
    columns
        Arrays of any equal shape.
    names
        Which of the 24 descriptors to add up.
    attribution, min_joints
        See `sledai_items.attributed`.

    Returns
    -------
    Interval
        Certain and possible points, of the shape of the columns.
    """
    names = tuple(names)
    view = View(columns)
    low, high = np.empty((2, int(np.prod(view.shape))))
    for part, block in view.blocks(BLOCK):
        certain, possible = np.zeros((2, part.stop - part.start), np.uint8)
        for name in names:
            truth = attributed(block, name, attribution, min_joints)
            weight = np.uint8(WEIGHTS[name])
            certain += weight * truth.low
            possible += weight * truth.high
        low[part], high[part] = certain, possible
    return Interval(low.reshape(view.shape), high.reshape(view.shape))


def item_points(columns: Columns, names: tuple[str, ...], attribution: str, min_joints: int = 2) -> Lazy:
    """Return the points of each descriptor (NaN where unknown), worked out when asked for."""

    def compute(name: str) -> Array:
        return attributed(View(columns), name, attribution, min_joints).state * WEIGHTS[name]

    return Lazy(names, compute)


SLEDAI_2K = Instrument(
    name="sledai_2k",
    title="SLE Disease Activity Index 2000 (SLEDAI-2K)",
    version="2002",
    kind="score",
    inputs=INPUTS,
    unit="{points}",
    range=(0.0, 105.0),
    items=ITEMS,
    missing_rule="An unknown descriptor leaves the score open between the sums without and with it.",
    source="doi:10.1177/0961203309346505 (30 days); PMID 11838846",
    licence="Published criteria; no fee notice found. Own wording.",
    definition="Sum of the weights of 24 descriptors of active lupus within the last 30 (or 10) days.",
    score=sledai_2k,
    settings={"attribution": "recorded", "window_days": 30},
)
INSTRUMENTS = (SLEDAI_2K,)
