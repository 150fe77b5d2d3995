"""SLEDAI-2K Responder Index 50: descriptors that improved by half count half.

Source: Touma 2011, J Rheumatol 38:275, doi:10.3899/jrheum.100724. The official form, with its rules for measuring half
an improvement of each laboratory descriptor, is its authors' and not reproduced: whether a descriptor improved by at
least half is an input.
"""

from __future__ import annotations

from lupercal.instruments.columns import Attribution, Columns, View, counted
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.sledai_items import DESCRIPTORS, INPUTS, ITEMS, WEIGHTS, descriptor
from lupercal.instruments.three_valued import Interval, Truth, points


def s2k_ri_50(columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Score the responder index at a follow-up visit.

    Parameters
    ----------
    columns
        The 24 descriptors now and at baseline (``<item>@baseline``), and ``<item>_improved_50`` where a descriptor that
        was present at baseline and still is has improved by half or more.
    attribution
        As for `sledai_2k`.
    """
    view = counted(columns, attribution)
    before = view.other("baseline")
    items = {name: points(_points(view, before, name)).value for name in DESCRIPTORS}
    return S2K_RI_50.result(s2k_ri_50_points(view), items=items, columns=columns, settings={"attribution": attribution})


def s2k_ri_50_points(view: View) -> Interval:
    """Return the points of visits, with those of baseline as ``<item>@baseline``."""
    before = view.other("baseline")
    return points(pair for name in DESCRIPTORS for pair in _points(view, before, name))


def _points(view: View, before: View, name: str) -> list[tuple[float, Truth]]:
    """Half the weight where improved by half since baseline, the full weight otherwise; resolved counts nothing."""
    present, then = descriptor(view, name), descriptor(before, name)
    halved = then & view.flag(f"{name}_improved_50") & present
    half = WEIGHTS[name] / 2
    return [(half, present), (half, present & ~halved)]


S2K_RI_50 = Instrument(
    name="s2k_ri_50",
    title="SLEDAI-2K Responder Index 50 (S2K RI-50)",
    version="2011",
    kind="score",
    inputs=(*INPUTS, *(f"{name}@baseline" for name in INPUTS), *(f"{name}_improved_50" for name in DESCRIPTORS)),
    unit="{points}",
    range=(0.0, 105.0),
    items=tuple(
        Item(i.name, f"{i.rule}; half the points where improved by half", i.points, i.inputs, i.title) for i in ITEMS
    ),
    missing_rule="Unknown presence or unknown improvement leaves the points of that descriptor open.",
    source="doi:10.3899/jrheum.100724",
    licence="Form and training are copyright of the authors, terms not found: logic in own words, form not shipped.",
    definition="SLEDAI-2K in which a descriptor present at baseline and improved by at least half counts half.",
    score=s2k_ri_50,
    settings={"attribution": "lupus"},
    looks_back="sledai_2k",
)
INSTRUMENTS = (S2K_RI_50,)
