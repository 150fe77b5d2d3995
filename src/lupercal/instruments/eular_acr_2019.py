"""EULAR/ACR 2019 classification of SLE: entry by antinuclear antibodies, then weighted domains; not a diagnosis.

Source: Aringer 2019, Ann Rheum Dis 78:1151, doi:10.1136/annrheumdis-2018-214819. Items count ever, not only now;
within a domain only the heaviest counts; 10 points with at least one clinical item classify.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby

import numpy as np

from lupercal.instruments.columns import Attribution, Columns, View, counted, ever, finding
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.tables import rows
from lupercal.instruments.three_valued import Bools, Interval, Truth, any_of, grade

TABLE = rows("eular_acr_2019")
POINTS = {row["item"]: float(row["points"]) for row in TABLE}
DOMAINS = {domain: tuple(r["item"] for r in group) for domain, group in groupby(TABLE, lambda r: r["domain"])}
CLINICAL = tuple(row["item"] for row in TABLE if row["side"] == "clinical")
THRESHOLD = 10.0


def eular_acr_2019(columns: Columns, *, over_visits: bool = False, attribution: Attribution = "lupus") -> Score:
    """Return the points of the criteria; without the entry criterion there is no number.

    Parameters
    ----------
    columns
        ``ana_positive`` (1:80 or more, ever) or ``ana_titer``; the items of the table as flags, or what they are read
        from: ``temperature``, ``leukocytes``, ``platelets``, ``protein_24h``, ``upcr``, ``c3`` and ``c4`` with
        limits, joint counts, ``anti_dsdna`` with its limit, and biopsy classes. ``<item>@attributed_to`` removes what
        has another cause.
    over_visits
        The last axis is one patient's visits in order: an item counts from the first visit at which it was present.
    attribution
        As for `sledai_2k`.
    """
    view = counted(columns, attribution)
    criteria = {name: _item(view, name, over_visits) for name in POINTS}
    entry = _entry(view, over_visits)
    total, by_domain = _total(criteria)
    return EULAR_ACR_2019.result(
        total,
        known=_known(criteria),
        items={name: truth.state * POINTS[name] for name, truth in criteria.items()}
        | {domain: points.value for domain, points in by_domain.items()},
        columns=columns,
        not_evaluable=~entry.high,
        settings={"over_visits": over_visits, "attribution": attribution},
    )


def eular_acr_2019_classified(
    columns: Columns, *, over_visits: bool = False, attribution: Attribution = "lupus"
) -> Score:
    """Return whether the criteria classify as SLE: 1, 0, or NaN where that is open.

    Parameters
    ----------
    columns, over_visits, attribution
        As for `eular_acr_2019`.
    """
    view = counted(columns, attribution)
    criteria = {name: _item(view, name, over_visits) for name in POINTS}
    entry, (total, _) = _entry(view, over_visits), _total(criteria)
    parts = {
        "entry": entry,
        "ten_points": total.at_least(THRESHOLD),
        "clinical_item": any_of(criteria[name] for name in CLINICAL),
    }
    return EULAR_ACR_2019_CLASSIFIED.result(
        parts["entry"] & parts["ten_points"] & parts["clinical_item"],
        known=_known(criteria) | ~entry.is_unknown,
        items={name: truth.state for name, truth in parts.items()},
        columns=columns,
        parts={"eular_acr_2019": eular_acr_2019(columns, over_visits=over_visits, attribution=attribution)},
        settings={"over_visits": over_visits, "attribution": attribution},
    )


def _total(criteria: Mapping[str, Truth]) -> tuple[Interval, dict[str, Interval]]:
    """Return the sum over domains of the heaviest item present, and the points of each domain."""
    domains = {domain: grade((POINTS[name], criteria[name]) for name in names) for domain, names in DOMAINS.items()}
    low = sum((points.low for points in domains.values()), np.zeros(()))
    high = sum((points.high for points in domains.values()), np.zeros(()))
    return Interval(np.asarray(low), np.asarray(high)), domains


def _item(view: View, name: str, over_visits: bool) -> Truth:
    """Return one item: the flag where it is known, else what it can be read from; other causes removed."""
    truth = finding(view, _FLAGS.get(name, name), _DERIVED.get(name), name)
    return ever(truth) if over_visits else truth


def _entry(view: View, over_visits: bool) -> Truth:
    positive = view.flag("ana_positive").or_else(view.number("ana_titer").at_least(80.0))
    return ever(positive) if over_visits else positive


def _known(criteria: Mapping[str, Truth]) -> Bools:
    return np.asarray(np.any([~truth.is_unknown for truth in criteria.values()], axis=0))


def joint_involvement(view: View) -> Truth:
    """Return whether 2 joints are swollen, or 2 are tender with 30 min of morning stiffness."""
    swollen = view.number("swollen_joints").at_least(2.0)
    stiff = view.number("morning_stiffness").at_least(30.0)
    return swollen | (view.number("tender_joints").at_least(2.0) & stiff)


def _low(view: View, name: str) -> Truth:
    return view.number(name).below(view.number(f"{name}_lln"))


_FLAGS = {
    "fever": "fever_38_3",
    "leukopenia": "leukopenia_4_0",
    "nephritis_class_iii_or_iv": "nephritis_class_iii_iv",
    "dsdna_positive": "dsdna_positive",
}
"""Columns of items whose SLEDAI namesake has another threshold, or that the dictionary names otherwise."""

_DERIVED: dict[str, Callable[[View], Truth]] = {
    "fever": lambda view: view.number("temperature").above(38.3),
    "leukopenia": lambda view: view.number("leukocytes").below(4.0),
    "thrombocytopenia": lambda view: view.number("platelets").below(100.0),
    "autoimmune_hemolysis": lambda view: view.flag("hemolysis_signs") & view.flag("direct_coombs"),
    "joint_involvement": joint_involvement,
    "proteinuria": lambda view: view.either("protein_24h", "upcr").above(0.5),
    "nephritis_class_ii_or_v": lambda view: view.flag("nephritis_class_v"),
    "low_c3_or_c4": lambda view: _low(view, "c3") | _low(view, "c4"),
    "low_c3_and_c4": lambda view: _low(view, "c3") & _low(view, "c4"),
    "dsdna_positive": lambda view: view.number("anti_dsdna").above(view.number("anti_dsdna_uln")),
}
_READ = {
    "fever": ("temperature",),
    "leukopenia": ("leukocytes",),
    "thrombocytopenia": ("platelets",),
    "autoimmune_hemolysis": ("hemolysis_signs", "direct_coombs"),
    "joint_involvement": ("swollen_joints", "tender_joints", "morning_stiffness"),
    "proteinuria": ("protein_24h", "upcr"),
    "nephritis_class_ii_or_v": ("nephritis_class_v",),
    "low_c3_or_c4": ("c3", "c3_lln", "c4", "c4_lln"),
    "low_c3_and_c4": ("c3", "c3_lln", "c4", "c4_lln"),
    "dsdna_positive": ("anti_dsdna", "anti_dsdna_uln"),
}
_ITEMS = tuple(
    Item(r["item"], r["rule"], POINTS[r["item"]], (_FLAGS.get(r["item"], r["item"]), *_READ.get(r["item"], ())))
    for r in TABLE
)
_INPUTS = ("ana_positive", "ana_titer", *dict.fromkeys(name for item in _ITEMS for name in item.inputs))
_SOURCE = "doi:10.1136/annrheumdis-2018-214819"
_LICENCE = "Published criteria; no fee notice found. Own wording."
EULAR_ACR_2019 = Instrument(
    name="eular_acr_2019",
    title="EULAR/ACR 2019 criteria, points",
    version="2019",
    kind="score",
    inputs=_INPUTS,
    unit="{points}",
    range=(0.0, 51.0),
    items=_ITEMS,
    missing_rule="An unknown item leaves its domain open; without antinuclear antibodies there is no number.",
    source=_SOURCE,
    licence=_LICENCE,
    definition="Sum over ten domains of the heaviest item ever present and due to lupus.",
    score=eular_acr_2019,
    settings={"over_visits": False, "attribution": "lupus"},
)
EULAR_ACR_2019_CLASSIFIED = Instrument(
    name="eular_acr_2019_classified",
    title="EULAR/ACR 2019 criteria, classified as SLE",
    version="2019",
    kind="state",
    inputs=_INPUTS,
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("entry", "antinuclear antibodies 1:80 or more, ever", inputs=("ana_positive", "ana_titer")),
        Item("ten_points", "10 points or more"),
        Item("clinical_item", "at least one clinical item", inputs=CLINICAL),
    ),
    missing_rule="False as soon as entry fails or 10 points are out of reach; true only when all is settled.",
    source=_SOURCE,
    licence=_LICENCE,
    definition="Antinuclear antibodies ever, 10 points or more, and at least one clinical item.",
    score=eular_acr_2019_classified,
    settings={"over_visits": False, "attribution": "lupus"},
)
INSTRUMENTS = (EULAR_ACR_2019, EULAR_ACR_2019_CLASSIFIED)
