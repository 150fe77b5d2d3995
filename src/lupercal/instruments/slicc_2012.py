"""SLICC 2012 classification of SLE: four criteria, clinical and immunologic, or proven nephritis with antibodies.

Source: Petri 2012, Arthritis Rheum 64:2677, doi:10.1002/art.34473. Criteria count ever. The paper prints 500 mg of
protein without a comparator: 500 or more is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from lupercal.instruments.columns import Attribution, Columns, View, counted, ever, finding
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.eular_acr_2019 import joint_involvement
from lupercal.instruments.result import Score
from lupercal.instruments.sledai_items import descriptor
from lupercal.instruments.tables import rows
from lupercal.instruments.three_valued import Truth, any_known, any_of, count

TABLE = rows("slicc_2012")
CLINICAL = tuple(row["item"] for row in TABLE if row["side"] == "clinical")
ACUTE = ("malar_rash", "subacute_cutaneous")
"""Forms that the criterion of acute cutaneous lupus includes (Petri 2012)."""

IMMUNOLOGIC = tuple(row["item"] for row in TABLE if row["side"] == "immunologic")


def slicc_2012_count(columns: Columns, *, over_visits: bool = False, attribution: Attribution = "lupus") -> Score:
    """Return the number of criteria met, at most 16 with haemolytic anaemia and 17 written out.

    Parameters
    ----------
    columns
        The criteria as flags, or ``leukocytes``, ``lymphocytes``, ``platelets``, ``protein_24h``, ``upcr``,
        complement, joint counts and ``dsdna_times_limit`` (to the upper limit) with ``dsdna_by_elisa``;
        ``<item>@attributed_to``.
    over_visits
        The last axis is one patient's visits in order.
    attribution
        As for `sledai_2k`.
    """
    criteria = slicc_criteria(counted(columns, attribution), over_visits)
    return SLICC_2012_COUNT.result(
        count(criteria.values()),
        known=any_known(criteria.values()),
        items={name: truth.state for name, truth in criteria.items()},
        columns=columns,
        settings={"over_visits": over_visits, "attribution": attribution},
    )


def slicc_2012(columns: Columns, *, over_visits: bool = False, attribution: Attribution = "lupus") -> Score:
    """Return whether the criteria classify as SLE.

    Parameters
    ----------
    columns
        As for `slicc_2012_count`, and ``biopsy_proven_nephritis``.
    over_visits
        The last axis is one patient's visits in order.
    attribution
        As for `sledai_2k`.
    """
    view = counted(columns, attribution)
    criteria = slicc_criteria(view, over_visits)
    biopsy = view.flag("biopsy_proven_nephritis").or_else(_biopsy(view))
    parts = {
        "four_criteria": count(criteria.values()).at_least(4),
        "one_clinical": any_of(criteria[name] for name in CLINICAL),
        "one_immunologic": any_of(criteria[name] for name in IMMUNOLOGIC),
        "nephritis": (ever(biopsy) if over_visits else biopsy)
        & (criteria["ana_positive"] | criteria["dsdna_positive"]),
    }
    route = parts["four_criteria"] & parts["one_clinical"] & parts["one_immunologic"]
    return SLICC_2012.result(
        route | parts["nephritis"],
        known=any_known([*criteria.values(), biopsy]),
        items={name: truth.state for name, truth in parts.items()},
        columns=columns,
        parts={"slicc_2012_count": slicc_2012_count(columns, over_visits=over_visits, attribution=attribution)},
        settings={"over_visits": over_visits, "attribution": attribution},
    )


def slicc_criteria(view: View, over_visits: bool = False) -> Mapping[str, Truth]:
    """Return the 17 criteria; direct Coombs counts only without haemolytic anaemia, whatever the cause of that."""
    haemolysis = view.as_recorded().flag("hemolytic_anemia")
    criteria = {name: finding(view, name, _DERIVED.get(name)) for name in (*CLINICAL, *IMMUNOLOGIC)}
    criteria["acute_cutaneous"] = _acute_cutaneous(view, criteria["acute_cutaneous"])
    if over_visits:
        criteria, haemolysis = {name: ever(truth) for name, truth in criteria.items()}, ever(haemolysis)
    criteria["direct_coombs"] = criteria["direct_coombs"] & ~haemolysis
    return criteria


def _acute_cutaneous(view: View, stated: Truth) -> Truth:
    """Malar rash and subacute cutaneous lupus count here; what is not recorded of them the criterion's flag covers."""
    more = np.any([view.flag(name).low for name in ACUTE], axis=0)
    return Truth(stated.low | more, stated.high | more)


def _biopsy(view: View) -> Truth:
    return view.flag("nephritis_class_iii_iv") | view.flag("nephritis_class_v")


def _anti_dsdna(view: View) -> Truth:
    """Above the limit, by ELISA twice the limit; where the assay is not known, between the two it stays open."""
    ratio = view.number("dsdna_times_limit")
    ratio = ratio.or_else(view.number("anti_dsdna").over(view.number("anti_dsdna_uln")))
    elisa = view.flag("dsdna_by_elisa")
    return (elisa & ratio.at_least(2.0)) | (~elisa & ratio.above(1.0)) | ratio.at_least(2.0)


def _renal(view: View) -> Truth:
    protein = view.either("protein_24h", "upcr").at_least(0.5)
    casts = view.flag("urinary_casts")
    return protein | Truth(casts.low, casts.high & protein.is_unknown | casts.low)


_DERIVED: dict[str, Callable[[View], Truth]] = {
    "synovitis": joint_involvement,
    "renal": _renal,
    "leukopenia_or_lymphopenia": lambda view: (
        view.number("leukocytes").below(4.0) | view.number("lymphocytes").below(1.0)
    ),
    "thrombocytopenia": lambda view: view.number("platelets").below(100.0),
    "ana_positive": lambda view: view.number("ana_titer").at_least(80.0),
    "dsdna_positive": _anti_dsdna,
    "low_complement": lambda view: descriptor(view, "low_complement"),
}
_READ = {
    "acute_cutaneous": ACUTE,
    "synovitis": ("swollen_joints", "tender_joints", "morning_stiffness"),
    "renal": ("protein_24h", "upcr", "urinary_casts"),
    "leukopenia_or_lymphopenia": ("leukocytes", "lymphocytes"),
    "thrombocytopenia": ("platelets",),
    "ana_positive": ("ana_titer",),
    "dsdna_positive": ("dsdna_times_limit", "dsdna_by_elisa", "anti_dsdna", "anti_dsdna_uln"),
    "low_complement": ("c3", "c3_lln", "c4", "c4_lln", "ch50", "ch50_lln"),
}
_ITEMS = tuple(Item(r["item"], r["rule"], 1.0, (r["item"], *_READ.get(r["item"], ()))) for r in TABLE)
_INPUTS = tuple(dict.fromkeys(name for item in _ITEMS for name in item.inputs))
_SOURCE = "doi:10.1002/art.34473"
_LICENCE = "Published criteria; no fee notice found. Own wording."
SLICC_2012_COUNT = Instrument(
    name="slicc_2012_count",
    title="SLICC 2012 criteria, number met",
    version="2012",
    kind="score",
    inputs=_INPUTS,
    unit="{criteria}",
    range=(0.0, 17.0),
    items=_ITEMS,
    missing_rule="An unknown criterion leaves the number open by one.",
    source=_SOURCE,
    licence=_LICENCE,
    definition="Number of 11 clinical and 6 immunologic criteria ever present; 16 at most with haemolytic anaemia.",
    score=slicc_2012_count,
    settings={"over_visits": False, "attribution": "lupus"},
)
SLICC_2012 = Instrument(
    name="slicc_2012",
    title="SLICC 2012 criteria, classified as SLE",
    version="2012",
    kind="state",
    inputs=(*_INPUTS, "biopsy_proven_nephritis", "nephritis_class_iii_iv", "nephritis_class_v"),
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("four_criteria", "4 criteria or more"),
        Item("one_clinical", "at least one clinical", inputs=CLINICAL),
        Item("one_immunologic", "at least one immunologic", inputs=IMMUNOLOGIC),
        Item("nephritis", "biopsy-proven nephritis with ANA or anti-dsDNA", inputs=("biopsy_proven_nephritis",)),
    ),
    missing_rule="True by either route as soon as it is complete; false only when both are out of reach.",
    source=_SOURCE,
    licence=_LICENCE,
    definition="Four criteria with at least one clinical and one immunologic, or proven nephritis with ANA or "
    "anti-dsDNA.",
    score=slicc_2012,
    settings={"over_visits": False, "attribution": "lupus"},
)
INSTRUMENTS = (SLICC_2012_COUNT, SLICC_2012)
