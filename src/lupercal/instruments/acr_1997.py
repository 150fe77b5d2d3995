"""ACR 1997 classification of SLE: four of eleven criteria, at once or one after the other.

Sources: Tan 1982, Arthritis Rheum 25:1271, doi:10.1002/art.1780251101; Hochberg 1997, Arthritis Rheum 40:1725,
doi:10.1002/art.1780400928.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from lupercal.instruments.columns import Attribution, Columns, View, counted, ever, finding
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Truth, any_known, any_of, count

CRITERIA = {
    "malar_rash": "fixed erythema over the cheeks",
    "discoid_rash": "raised patches with scaling and plugging",
    "photosensitivity": "rash by reaction to sunlight",
    "oral_ulcers": "seen by a physician, usually painless",
    "nonerosive_arthritis": "2 or more peripheral joints",
    "serositis": "pleurisy or pericarditis",
    "renal_disorder": "protein above 0.5 g/d, or more than 3+, or cellular casts",
    "neurologic_disorder": "seizures or psychosis",
    "hematologic_disorder": "haemolysis; or white cells below 4.0 twice; or lymphocytes below 1.5 twice; or "
    "platelets below 100",
    "immunologic_disorder": "anti-DNA or anti-Sm or antiphospholipid antibodies: one criterion",
    "ana_positive": "abnormal titre of antinuclear antibodies",
}


def acr_1997_count(columns: Columns, *, over_visits: bool = False, attribution: Attribution = "lupus") -> Score:
    """Return the number of criteria met, 0 to 11.

    Parameters
    ----------
    columns
        The criteria as flags, or what they are read from: ``protein_24h``,
        ``upcr``, ``platelets``, ``leukopenia_4_0_occasions``, ``lymphopenia_1_5_occasions``, ``hemolytic_anemia``,
        ``anti_sm``, ``dsdna_positive``, ``antiphospholipid``, ``seizure``, ``psychosis``, ``ana_titer``.
    over_visits
        The last axis is one patient's visits in order; low counts at two of them are two occasions.
    attribution
        As for `sledai_2k`.
    """
    criteria = acr_criteria(counted(columns, attribution), over_visits)
    return ACR_1997_COUNT.result(
        count(criteria.values()),
        known=any_known(criteria.values()),
        items={name: truth.state for name, truth in criteria.items()},
        columns=columns,
        settings={"over_visits": over_visits, "attribution": attribution},
    )


def acr_1997(columns: Columns, *, over_visits: bool = False, attribution: Attribution = "lupus") -> Score:
    """Return whether four criteria are met.

    Parameters
    ----------
    columns, over_visits, attribution
        As for `acr_1997_count`.
    """
    criteria = acr_criteria(counted(columns, attribution), over_visits)
    return ACR_1997.result(
        count(criteria.values()).at_least(4),
        known=any_known(criteria.values()),
        items={name: truth.state for name, truth in criteria.items()},
        columns=columns,
        parts={"acr_1997_count": acr_1997_count(columns, over_visits=over_visits, attribution=attribution)},
        settings={"over_visits": over_visits, "attribution": attribution},
    )


def acr_criteria(view: View, over_visits: bool = False) -> Mapping[str, Truth]:
    """Return the eleven criteria: the flag where known, else read from findings."""
    read: dict[str, Callable[[View], Truth]] = {
        **_DERIVED,
        "hematologic_disorder": partial(_hematologic, over_visits=over_visits),
    }
    criteria = {name: finding(view, name, read.get(name)) for name in CRITERIA}
    return {name: ever(truth) for name, truth in criteria.items()} if over_visits else criteria


def _twice_low(view: View, name: str, occasions: str, limit: float, *, over_visits: bool) -> Truth:
    """Below the limit on two occasions: by their number, or at two visits; one value alone cannot show it."""
    given, low = view.number(occasions), view.number(name).below(limit)
    seen = np.cumsum(np.broadcast_to(low.low, view.shape), axis=-1) if over_visits and view.shape else low.low
    once = Truth(np.asarray(seen >= 2), low.high | (seen >= 2))
    return Truth(~given.is_unknown, ~given.is_unknown) & given.at_least(2.0) | once.unless(~given.is_unknown)


def _hematologic(view: View, *, over_visits: bool = False) -> Truth:
    return any_of(
        [
            view.flag("hemolytic_anemia"),
            view.number("platelets").below(100.0),
            _twice_low(view, "leukocytes", "leukopenia_4_0_occasions", 4.0, over_visits=over_visits),
            _twice_low(view, "lymphocytes", "lymphopenia_1_5_occasions", 1.5, over_visits=over_visits),
        ]
    )


_DERIVED: dict[str, Callable[[View], Truth]] = {
    "renal_disorder": lambda view: view.either("protein_24h", "upcr").above(0.5) | view.flag("urinary_casts"),
    "neurologic_disorder": lambda view: view.flag("seizure") | view.flag("psychosis"),
    "hematologic_disorder": _hematologic,
    "immunologic_disorder": lambda view: any_of(
        view.flag(name) for name in ("dsdna_positive", "anti_sm", "antiphospholipid")
    ),
    "ana_positive": lambda view: view.number("ana_titer").at_least(80.0),
}
_READ = {
    "renal_disorder": ("protein_24h", "upcr", "urinary_casts"),
    "neurologic_disorder": ("seizure", "psychosis"),
    "hematologic_disorder": (
        "hemolytic_anemia",
        "platelets",
        "leukocytes",
        "leukopenia_4_0_occasions",
        "lymphocytes",
        "lymphopenia_1_5_occasions",
    ),
    "immunologic_disorder": ("dsdna_positive", "anti_sm", "antiphospholipid"),
    "ana_positive": ("ana_titer",),
}
_ITEMS = tuple(Item(name, rule, 1.0, (name, *_READ.get(name, ()))) for name, rule in CRITERIA.items())
_INPUTS = tuple(dict.fromkeys(name for item in _ITEMS for name in item.inputs))
ACR_1997_COUNT = Instrument(
    name="acr_1997_count",
    title="ACR 1997 criteria, number met",
    version="1997 revision of 1982",
    kind="score",
    inputs=_INPUTS,
    unit="{criteria}",
    range=(0.0, 11.0),
    items=_ITEMS,
    missing_rule="An unknown criterion leaves the number open by one.",
    source="doi:10.1002/art.1780400928; doi:10.1002/art.1780251101; table in doi:10.1186/1741-7015-11-95",
    licence="Published criteria; no fee notice found. Own wording.",
    definition="Number of eleven criteria ever present.",
    score=acr_1997_count,
    settings={"over_visits": False, "attribution": "lupus"},
)
ACR_1997 = Instrument(
    name="acr_1997",
    title="ACR 1997 criteria, classified as SLE",
    version="1997 revision of 1982",
    kind="state",
    inputs=_INPUTS,
    unit="1",
    range=(0.0, 1.0),
    items=_ITEMS,
    missing_rule="True as soon as four are met; false only when four are out of reach.",
    source=ACR_1997_COUNT.source,
    licence=ACR_1997_COUNT.licence,
    definition="Four of eleven criteria, at once or one after the other.",
    score=acr_1997,
    settings={"over_visits": False, "attribution": "lupus"},
)
INSTRUMENTS = (ACR_1997_COUNT, ACR_1997)
