"""SLE Disease Activity Index 2000: the sum of 24 weighted descriptors, 0 to 105.

Source: Gladman 2002, J Rheumatol 29:288, PMID 11838846; window of 30 days: Touma 2010, doi:10.1177/0961203309346505.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from lupercal.instruments.columns import CAUSE, EARLIER, Attribution, Columns, View, counted
from lupercal.instruments.contract import Instrument
from lupercal.instruments.result import Lazy, Score
from lupercal.instruments.sledai_items import DERIVED_FROM, DESCRIPTORS, INPUTS, ITEMS, WEIGHTS, descriptor
from lupercal.instruments.three_valued import Array, Interval

BLOCK = 32_768
"""Visits per block: the working arrays of one block stay in the processor's cache."""

_ASKED = frozenset(INPUTS)


def sledai_2k(columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Score SLEDAI-2K.

    Parameters
    ----------
    columns
        Arrays of any equal shape: the 24 descriptors as flags and, where a flag is unknown, the laboratory values it
        can be read from (``upcr`` g/g, ``c3`` with ``c3_lln``, ``platelets`` 10*9/L, ...). ``<name>@attributed_to`` of
        a descriptor or a value says what it is put down to.
    attribution
        ``"lupus"`` leaves out what is put down to another cause; ``"recorded"`` counts every descriptor present.

    Returns
    -------
    Score
        Points; unknown descriptors widen the bounds, they never count as absent.

    Raises
    ------
    InputError
        For another word of attribution.
    """
    total = score_bounds(columns, DESCRIPTORS, attribution)
    return SLEDAI_2K.result(
        total,
        items=item_points(columns, DESCRIPTORS, attribution),
        columns=columns,
        settings={"attribution": attribution},
        verified=verified_flags(columns, total, DESCRIPTORS),
    )


def verified_flags(columns: Columns, total: Interval, names: Iterable[str]) -> frozenset[str]:
    """Return flags that must be 1 or 0 everywhere: each sum is settled (both ends are one array, see
    `score_bounds`), and nothing but the flag says what it is."""
    plain = {name.partition("@")[0] for name in columns}
    if any(name.endswith((CAUSE, EARLIER)) for name in columns) or total.low is not total.high:
        return frozenset()
    return frozenset(name for name in names if not plain & set(DERIVED_FROM.get(name, ())))


def score_bounds(columns: Columns, names: Iterable[str], attribution: str = "lupus", min_joints: int = 2) -> Interval:
    """Return the sum of the weights of the named descriptors, with bounds; block by block for speed.

    Parameters
    ----------
    columns
        Arrays of any equal shape.
    names
        Which of the 24 descriptors to add up.
    attribution, min_joints
        See `sledai_2k` and `sledai_items.descriptor`.

    Returns
    -------
    Interval
        Certain and possible points, of the shape of the columns.
    """
    by_weight = _grouped(tuple(names))
    view = counted(columns, attribution)
    block_sums = np.empty((2, int(np.prod(view.shape))), np.uint8)
    for part, block in view.blocks(BLOCK, _ASKED):
        block_sums[:, part] = _block_points(block, by_weight, min_joints).reshape(2, -1)
    low = block_sums[0].astype(np.float64).reshape(view.shape)
    high = low if np.array_equal(block_sums[0], block_sums[1]) else block_sums[1].astype(np.float64).reshape(view.shape)
    return Interval(low, high)


def _grouped(names: tuple[str, ...]) -> list[tuple[int, list[str]]]:
    return [(w, [name for name in names if WEIGHTS[name] == w]) for w in sorted({WEIGHTS[name] for name in names})]


def _block_points(block: View, by_weight: list[tuple[int, list[str]]], min_joints: int) -> NDArray[np.uint8]:
    """Return certain and possible points of a block, (2, rows): descriptors of one weight are counted, then weighed."""
    total = np.zeros((2, *block.shape), np.uint8)
    for weight, names in by_weight:
        counts = np.zeros_like(total)
        for name in names:
            truth = descriptor(block, name, min_joints)
            for count, end in zip((counts[0, ...], counts[1, ...]), (truth.low, truth.high), strict=True):
                np.add(count, np.asarray(end).view(np.uint8), out=count)
        total += counts * np.uint8(weight)
    return total


def item_points(columns: Columns, names: tuple[str, ...], attribution: str, min_joints: int = 2) -> Lazy:
    """Return the points of each descriptor (NaN where unknown), worked out when asked for."""

    def compute(name: str) -> Array:
        return descriptor(counted(columns, attribution), name, min_joints).state * WEIGHTS[name]

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
    settings={"attribution": "lupus"},
    looks_back="sledai_2k",
)
INSTRUMENTS = (SLEDAI_2K,)
