"""CAR-HEMATOTOX before lymphodepletion: 0 to 7 points, high risk from 2.

Source: Rejeski 2021, Blood 138:2499, doi:10.1182/blood.2020010543; thresholds recalled, to be confirmed. Derived in
large B-cell lymphoma: exploratory in lupus, where inflammation drives C-reactive protein and ferritin.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Interval, grade


def car_hematotox(columns: Columns) -> Score:
    """Add up the score, 0 to 7.

    Parameters
    ----------
    columns
        ``platelets`` and ``neutrophils`` (10*9/L), ``hemoglobin`` (g/dL), ``crp`` (mg/L), ``ferritin`` (ug/L).
    """
    view = View(columns)
    parts = _parts(view)
    total = _sum(parts)
    return CAR_HEMATOTOX.result(
        total,
        items={name: part.value for name, part in parts.items()},
        columns=columns,
        warnings={"exploratory": np.ones(view.shape, bool)},
    )


def car_hematotox_risk(columns: Columns) -> Score:
    """Return the risk group: 0 low, 1 high (from 2 points).

    Parameters
    ----------
    columns
        As for `car_hematotox`.
    """
    view = View(columns)
    total = _sum(_parts(view))
    return CAR_HEMATOTOX_RISK.result(
        grade([(1, total.at_least(2.0))]),
        known=(total.low > 0.0) | (total.high < 7.0),
        items={"car_hematotox": total.value},
        columns=columns,
        warnings={"exploratory": np.ones(view.shape, bool)},
    )


def _parts(view: View) -> dict[str, Interval]:
    platelets, ferritin = view.number("platelets"), view.number("ferritin")
    return {
        "platelets": grade([(1, platelets.at_most(175.0)), (2, platelets.below(75.0))]),
        "neutrophils": grade([(1, view.number("neutrophils").at_most(1.2))]),
        "hemoglobin": grade([(1, view.number("hemoglobin").at_most(9.0))]),
        "crp": grade([(1, view.number("crp").at_least(30.0))]),
        "ferritin": grade([(1, ferritin.at_least(650.0)), (2, ferritin.above(2000.0))]),
    }


def _sum(parts: dict[str, Interval]) -> Interval:
    low = np.asarray(sum((p.low for p in parts.values()), np.zeros(())))
    return Interval(low, np.asarray(sum((p.high for p in parts.values()), np.zeros(()))))


CAR_HEMATOTOX = Instrument(
    name="car_hematotox",
    title="CAR-HEMATOTOX",
    version="2021",
    kind="score",
    inputs=("platelets", "neutrophils", "hemoglobin", "crp", "ferritin"),
    unit="{points}",
    range=(0.0, 7.0),
    items=(
        Item("platelets", "75 to 175: 1; below 75: 2", 2.0, ("platelets",)),
        Item("neutrophils", "at most 1.2 x 10^9/L", 1.0, ("neutrophils",)),
        Item("hemoglobin", "at most 9 g/dL", 1.0, ("hemoglobin",)),
        Item("crp", "at least 30 mg/L", 1.0, ("crp",)),
        Item("ferritin", "650 to 2000 ug/L: 1; above: 2", 2.0, ("ferritin",)),
    ),
    missing_rule="A missing value leaves the score open by its points.",
    source="doi:10.1182/blood.2020010543",
    licence="Published criteria; no fee notice found.",
    definition="Blood counts, C-reactive protein and ferritin before lymphodepletion; exploratory in lupus.",
    score=car_hematotox,
    standing="unconfirmed",
)
CAR_HEMATOTOX_RISK = Instrument(
    name="car_hematotox_risk",
    title="CAR-HEMATOTOX, risk group",
    version="2021",
    kind="grade",
    inputs=CAR_HEMATOTOX.inputs,
    unit="{group}",
    range=(0.0, 1.0),
    items=(Item("car_hematotox", "high from 2 points"),),
    missing_rule="Open where the bounds of the score lie on both sides of 2.",
    source=CAR_HEMATOTOX.source,
    licence=CAR_HEMATOTOX.licence,
    definition="Low to 1 point, high from 2.",
    score=car_hematotox_risk,
    standing="unconfirmed",
    labels=("low", "high"),
)
INSTRUMENTS = (CAR_HEMATOTOX, CAR_HEMATOTOX_RISK)
