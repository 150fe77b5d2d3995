"""What trial responses share: treatment failure, drop-out, and comparison with the baseline visit."""

from __future__ import annotations

from lupercal.instruments.bilag_2004 import GRADE_COLUMNS, new_grades
from lupercal.instruments.clinical_sledai import activity
from lupercal.instruments.columns import Columns, View, current, suffixed
from lupercal.instruments.contract import Item
from lupercal.instruments.pga import checked_pga
from lupercal.instruments.sledai_items import INPUTS
from lupercal.instruments.three_valued import Interval, Truth

FAILURE = ("treatment_failure", "rescue_medication", "dropped_out")
"""Flags that make a non-responder; ``treatment_failure`` states the sum of the other two."""

_BOTH = (*INPUTS, "sledai_2k", "pga", "pga_10", *GRADE_COLUMNS)
BASELINE = tuple(f"{name}@baseline" for name in _BOTH)
COMPARED = (*_BOTH, "new_bilag_a", "new_bilag_b", *FAILURE, *BASELINE)
"""Inputs of SRI and BICLA."""

NO_FAILURE = Item("no_failure", "no rescue medication and no drop-out", inputs=FAILURE)


def failed(view: View) -> Truth:
    """Return whether the patient needed rescue medication or dropped out: a non-responder by rule."""
    return view.flag("treatment_failure").or_else(view.flag("rescue_medication") | view.flag("dropped_out"))


def sledai_pair(columns: Columns, attribution: str) -> tuple[Interval, Interval]:
    """Return SLEDAI-2K now and at baseline: entered, else from the descriptors."""
    then = suffixed(columns, "baseline")
    return activity(current(columns), "sledai_2k", attribution), activity(then, "sledai_2k", attribution)


def pga_rise(view: View) -> Interval:
    """Return the change of PGA since baseline."""
    return checked_pga(view)[0] - checked_pga(view.other("baseline"))[0]


def new_a_and_b(view: View) -> tuple[Interval, Interval]:
    """Return the numbers of new BILAG A and B since baseline: from the grades, else as entered."""
    a, b = new_grades(view, view.other("baseline"))
    entered = [view.number("new_bilag_a"), view.number("new_bilag_b")]
    return entered[0].or_else(a), entered[1].or_else(b)
