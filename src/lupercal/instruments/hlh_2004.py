"""HLH-2004: five of eight criteria of haemophagocytic lymphohistiocytosis, or a molecular diagnosis.

Source: Henter 2007, Pediatr Blood Cancer 48:124, doi:10.1002/pbc.21039, as reproduced in PMC4227502 (Table 2) and
PMC3204727 (Table 1). Made for inherited disease in children; after a cell product cytokine release meets several items.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Bools, Interval, Truth, any_known, choose, count

NEWBORN_YEARS = 28.0 / 365.25
"""Age below which haemoglobin has a limit of its own: four weeks."""

NEEDED = 5


def hlh_2004_count(columns: Columns) -> Score:
    """Count the criteria that are met, 0 to 8.

    Parameters
    ----------
    columns
        ``temperature`` (Cel), ``splenomegaly``, ``hemoglobin`` (g/dL; ``age`` below four weeks raises its limit),
        ``platelets`` and ``neutrophils`` (10*9/L), ``triglycerides_mmol`` (mmol/L, fasting), ``fibrinogen`` (g/L),
        ``hemophagocytosis``, ``low_nk_activity`` (flags), ``ferritin`` (ug/L), ``scd25`` (U/mL).
    """
    view = View(columns)
    parts = _criteria(view)
    return HLH_2004_COUNT.result(
        count(parts.values()),
        known=any_known(parts.values()),
        items={name: truth.state for name, truth in parts.items()},
        columns=columns,
        warnings=_warned(view),
    )


def hlh_2004(columns: Columns) -> Score:
    """Return whether HLH-2004 is met: five of eight, or a molecular diagnosis.

    Parameters
    ----------
    columns
        As for `hlh_2004_count`, and ``hlh_mutation``: a molecular diagnosis counts where it is stated; where nothing is
        said the eight criteria decide alone.
    """
    view = View(columns)
    parts = _criteria(view)
    mutation = view.flag("hlh_mutation")
    enough = count(parts.values()).at_least(NEEDED)
    return HLH_2004.result(
        enough | Truth(mutation.low, mutation.low),
        known=any_known([*parts.values(), mutation]),
        items={"criteria": count(parts.values()).value, "molecular": mutation.state},
        columns=columns,
        warnings=_warned(view),
    )


def _warned(view: View) -> dict[str, Bools]:
    return {"not_after_cell_therapy": view.number("days_since_infusion").at_least(0.0).low}


def _constant(value: float, view: View) -> Interval:
    return Interval(np.full(view.shape, value), np.full(view.shape, value))


def _criteria(view: View) -> dict[str, Truth]:
    hemoglobin = view.number("hemoglobin")
    newborn = view.number("age").below(NEWBORN_YEARS)
    limit = choose(Truth(newborn.low, newborn.low), _constant(10.0, view), _constant(9.0, view))
    low = [
        hemoglobin.below(limit),
        view.number("platelets").below(100.0),
        view.number("neutrophils").below(1.0),
    ]
    return {
        "fever": view.number("temperature").at_least(38.5),
        "splenomegaly": view.flag("splenomegaly"),
        "cytopenia": count(low).at_least(2),
        "lipids_or_fibrinogen": view.number("triglycerides_mmol").at_least(3.0)
        | view.number("fibrinogen").at_most(1.5),
        "hemophagocytosis": view.flag("hemophagocytosis"),
        "low_nk_activity": view.flag("low_nk_activity"),
        "ferritin": view.number("ferritin").at_least(500.0),
        "scd25": view.number("scd25").at_least(2400.0),
    }


_ITEMS = (
    Item("fever", "38.5 °C or more", inputs=("temperature",)),
    Item("splenomegaly", "enlarged spleen", inputs=("splenomegaly",)),
    Item(
        "cytopenia",
        "two of: haemoglobin below 9 g/dL (10 below four weeks of age), platelets below 100, neutrophils below 1.0",
        inputs=("hemoglobin", "platelets", "neutrophils"),
    ),
    Item(
        "lipids_or_fibrinogen",
        "triglycerides 3.0 mmol/L or more, or fibrinogen 1.5 g/L or less",
        inputs=("triglycerides_mmol", "fibrinogen"),
    ),
    Item("hemophagocytosis", "in marrow, spleen, lymph node or liver", inputs=("hemophagocytosis",)),
    Item("low_nk_activity", "low or absent, by the laboratory's limits", inputs=("low_nk_activity",)),
    Item("ferritin", "500 ug/L or more", inputs=("ferritin",)),
    Item("scd25", "2400 U/mL or more", inputs=("scd25",)),
)
_INPUTS = (*dict.fromkeys(column for item in _ITEMS for column in item.inputs), "age", "days_since_infusion")
_SOURCE = "doi:10.1002/pbc.21039; tables PMC4227502, PMC3204727"
_LICENCE = "Published criteria; no fee notice found. Own wording."
HLH_2004_COUNT = Instrument(
    name="hlh_2004_count",
    title="HLH-2004, criteria met",
    version="2004",
    kind="score",
    inputs=_INPUTS,
    unit="{criteria}",
    range=(0.0, 8.0),
    items=_ITEMS,
    missing_rule="A criterion that is not known may be met; an age that is not known is taken as above four weeks.",
    source=_SOURCE,
    licence=_LICENCE,
    definition="How many of eight criteria of haemophagocytic lymphohistiocytosis are met.",
    score=hlh_2004_count,
)
HLH_2004 = Instrument(
    name="hlh_2004",
    title="HLH-2004",
    version="2004",
    kind="state",
    inputs=(*_INPUTS, "hlh_mutation"),
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("criteria", "five of eight", inputs=_INPUTS),
        Item("molecular", "a molecular diagnosis, alone", inputs=("hlh_mutation",)),
    ),
    missing_rule="True with five known criteria, false where five cannot be reached; a mutation counts where stated.",
    source=_SOURCE,
    licence=_LICENCE,
    definition="Five of eight criteria, or a molecular diagnosis of haemophagocytic lymphohistiocytosis.",
    score=hlh_2004,
)
INSTRUMENTS = (HLH_2004_COUNT, HLH_2004)
