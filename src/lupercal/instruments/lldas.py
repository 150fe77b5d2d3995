"""Lupus low disease activity state: five conditions at one visit.

Source: Franklyn 2016, Ann Rheum Dis 75:1615, doi:10.1136/annrheumdis-2015-207726. Maxima of maintenance doses: Golder
2016, as quoted in the studies that apply them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lupercal.instruments.clinical_sledai import activity
from lupercal.instruments.columns import Attribution, Columns, View, counted
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.glucocorticoids import DOSES, daily_prednisone
from lupercal.instruments.pga import checked_pga
from lupercal.instruments.result import Score
from lupercal.instruments.sledai_2k import SLEDAI_2K
from lupercal.instruments.sledai_items import DESCRIPTORS, ORGANS, descriptor
from lupercal.instruments.three_valued import Array, Bools, Truth, all_of, any_known, any_of

MAJOR_ORGANS = ("renal", "cns", "cardiopulmonary", "vasculitis", "fever")
OUTSIDE_SLEDAI = ("hemolytic_anemia", "gastrointestinal_activity")
MAXIMUM_DOSES = {
    "hydroxychloroquine": 400.0,
    "methotrexate": 30.0,
    "azathioprine": 200.0,
    "mycophenolate_mofetil": 3.0,
    "mycophenolic_acid": 2.16,
    "leflunomide": 20.0,
}
"""Standard maintenance at most: mg/d; mycophenolate g/d, methotrexate mg/week."""


def lldas(columns: Columns, *, prednisone_max: float = 7.5, attribution: Attribution = "lupus") -> Score:
    """Return whether a visit is in the low disease activity state: 1, 0, or NaN where that is open.

    Parameters
    ----------
    columns
        Descriptors of SLEDAI-2K (or ``sledai_2k`` beside them), ``hemolytic_anemia``, ``gastrointestinal_activity``,
        ``new_activity`` (see `new_activity`), ``pga``, ``prednisone`` (mg/d) or ``<drug>_dose`` of any glucocorticoid,
        ``on_investigational`` and, where known,
        doses of maintenance drugs. ``stable_maintenance`` answers the fifth condition directly.
    prednisone_max
        7.5 mg/d as published; 5 gives a stricter variant, `lldas_5`.
    attribution
        As for `sledai_2k`.
    """
    return _state(LLDAS, columns, prednisone_max, attribution)


def lldas_5(columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Return whether a visit is in the low disease activity state with at most 5 mg prednisone a day.

    Parameters
    ----------
    columns, attribution
        As for `lldas`.
    """
    return _state(LLDAS_5, columns, 5.0, attribution)


def _state(one: Instrument, columns: Columns, prednisone_max: float, attribution: Attribution) -> Score:
    view = counted(columns, attribution)
    assessment, impossible = checked_pga(view)
    maintenance, unchecked = _maintenance(view)
    parts = {
        "sledai_2k": activity(columns, "sledai_2k", attribution).at_most(4.0),
        "major_organs": ~major_organ_activity(view),
        "new_activity": ~view.flag("new_activity"),
        "pga": assessment.at_most(1.0),
        "prednisone": daily_prednisone(view).at_most(prednisone_max),
        "maintenance": maintenance,
    }
    after_product = view.number("days_since_infusion").at_least(0.0)
    given = {"prednisone_max": prednisone_max, "attribution": attribution}
    return one.result(
        all_of(parts.values()),
        known=any_known(parts.values()),
        items={name: truth.state for name, truth in parts.items()},
        columns=columns,
        warnings={
            "out_of_range": impossible,
            "doses_not_recorded": unchecked,
            "after_cell_therapy": after_product.low,
        },
        settings={name: value for name, value in given.items() if name in one.settings},
    )


def major_organ_activity(view: View) -> Truth:
    """Return whether kidney, nervous system, heart or lung, vessels, fever, red cells or gut are active."""
    named = [view.flag("major_organ_activity")] if "major_organ_activity" in view else []
    inside = [descriptor(view, name) for name in DESCRIPTORS if ORGANS[name] in MAJOR_ORGANS]
    organs = any_of(named) if named else any_of(inside)
    absent = Truth.always(False, view.shape)
    earlier = [view.seen(name, absent) for name in DESCRIPTORS if ORGANS[name] in MAJOR_ORGANS]
    outside = [view.seen(name, view.flag(name)) for name in OUTSIDE_SLEDAI]
    return any_of([organs.or_else(any_of(inside)), *earlier, *outside])


def new_activity(previous: Columns, current: Columns) -> Array:
    """Return whether anything is active now that was not active at the previous visit.

    Parameters
    ----------
    previous, current
        Columns of the two visits, equal shapes: SLEDAI-2K descriptors, haemolytic anaemia, gastrointestinal activity.

    Returns
    -------
    ndarray
        1 new activity, 0 none, NaN open (for example where there is no previous visit).
    """
    return newly_active(activity_items(previous), activity_items(current))


def activity_items(columns: Columns) -> tuple[Truth, ...]:
    """Return of each item that `new_activity` compares whether it is present at a visit."""
    view = View(columns, lupus_only=True)
    return tuple(descriptor(view, name) for name in (*DESCRIPTORS, *OUTSIDE_SLEDAI))


def items_at(items: Iterable[Truth], rows: NDArray[np.int64] | slice) -> tuple[Truth, ...]:
    """Return of each of the `activity_items` of many visits what some of the visits show."""
    lows = [(item, item.low[rows]) for item in items]
    return tuple(Truth(low, low if item.exact else item.high[rows]) for item, low in lows)


def newly_active(before: Iterable[Truth], now: Iterable[Truth]) -> Array:
    """Return what `new_activity` does, of the `activity_items` of the two visits."""
    return any_of(is_active & ~was_active for was_active, is_active in zip(before, now, strict=True)).state


def _maintenance(view: View) -> tuple[Truth, Bools]:
    """Return the fifth condition, and where no dose of a drug in use could be compared with its maximum."""
    doses = [(view.number(name), most) for name, most in MAXIMUM_DOSES.items() if name in view]
    too_much = any_of([Truth.always(False, view.shape), *(dose.above(most) for dose, most in doses)])
    stated = view.flag("stable_maintenance")
    derived = ~view.flag("on_investigational") & ~Truth(too_much.low, too_much.low)
    stated = Truth(stated.low & ~too_much.low, stated.high & ~too_much.low)
    compared = np.any([~dose.is_unknown for dose, _ in doses], axis=0) if doses else np.zeros(view.shape, bool)
    treated = view.flag("on_immunosuppressant").high
    return stated.or_else(derived), stated.is_unknown & treated & ~compared


LLDAS = Instrument(
    name="lldas",
    title="Lupus low disease activity state (LLDAS)",
    version="2016",
    kind="state",
    inputs=(
        *SLEDAI_2K.inputs,
        *OUTSIDE_SLEDAI,
        "sledai_2k",
        "major_organ_activity",
        "new_activity",
        "pga",
        "pga_10",
        "prednisone",
        *DOSES,
        "on_investigational",
        "on_immunosuppressant",
        "stable_maintenance",
        "days_since_infusion",
        *MAXIMUM_DOSES,
    ),
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("sledai_2k", "SLEDAI-2K at most 4, serology included", inputs=("sledai_2k",)),
        Item(
            "major_organs",
            "no activity of kidney, nervous system, heart or lung, no vasculitis, fever, haemolysis or gut activity",
            inputs=(*OUTSIDE_SLEDAI, *(name for name in DESCRIPTORS if ORGANS[name] in MAJOR_ORGANS)),
        ),
        Item("new_activity", "nothing active that was not active at the previous visit", inputs=("new_activity",)),
        Item("pga", "PGA at most 1", inputs=("pga",)),
        Item("prednisone", "prednisone at most 7.5 mg/d", inputs=("prednisone",)),
        Item(
            "maintenance",
            "standard, tolerated maintenance; no investigational drug; no drug at all satisfies it",
            inputs=("on_investigational", "stable_maintenance"),
        ),
    ),
    missing_rule="False as soon as one condition fails; true only when all are known; otherwise open.",
    source="doi:10.1136/annrheumdis-2015-207726",
    licence="Published definition; no fee notice found.",
    definition="SLEDAI-2K at most 4 without major organ or new activity, PGA at most 1, prednisone at most 7.5 mg/d, "
    "standard maintenance.",
    score=lldas,
    settings={"prednisone_max": 7.5, "attribution": "lupus"},
    looks_back="sledai_2k",
)
LLDAS_5 = Instrument(
    name="lldas_5",
    title="Lupus low disease activity state with at most 5 mg prednisone (LLDAS5)",
    version="2016, 5 mg",
    kind="state",
    inputs=LLDAS.inputs,
    unit="1",
    range=(0.0, 1.0),
    items=tuple(
        replace(item, rule="prednisone at most 5 mg/d") if item.name == "prednisone" else item for item in LLDAS.items
    ),
    missing_rule=LLDAS.missing_rule,
    source="project rule, after doi:10.1136/annrheumdis-2015-207726; no definition under the name LLDAS5 was found",
    licence=LLDAS.licence,
    definition="The low disease activity state of 2016 with at most 5 instead of 7.5 mg prednisone a day.",
    score=lldas_5,
    standing="project rule",
    settings={"attribution": "lupus"},
    looks_back="sledai_2k",
)
INSTRUMENTS = (LLDAS, LLDAS_5)
