"""KDIGO categories of filtration and albuminuria, acute kidney injury, and the NIH indices of lupus nephritis.

Sources: KDIGO 2024, doi:10.1016/j.kint.2023.10.018 (categories); KDIGO 2012, doi:10.1038/kisup.2012.1 (acute kidney
injury); Bajema 2018, doi:10.1016/j.kint.2017.11.023 (activity and chronicity indices).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.renal_response import filtration
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Array, Bools, Truth, grade

ACTIVITY = {
    "nih_endocapillary_hypercellularity": 1.0,
    "nih_neutrophils_karyorrhexis": 1.0,
    "nih_fibrinoid_necrosis": 2.0,
    "nih_hyaline_deposits": 1.0,
    "nih_cellular_crescents": 2.0,
    "nih_interstitial_inflammation": 1.0,
}
"""Features of the activity index with their weights; each 0 to 3."""

YOUNGEST = 2.0
"""Years from which categories of filtration apply."""

CHRONICITY = {
    "nih_glomerulosclerosis": 1.0,
    "nih_fibrous_crescents": 1.0,
    "nih_tubular_atrophy": 1.0,
    "nih_interstitial_fibrosis": 1.0,
}


def kdigo_gfr(columns: Columns) -> Score:
    """Return the category of filtration, G1 to G5, from the number as it is, not rounded.

    Parameters
    ----------
    columns
        ``egfr`` (mL/min/1.73 m2), or ``creatinine``, ``age`` and ``sex_female`` (``height`` below 18 years). Below 2
        years filtration has norms by age and no category: not evaluable.
    """
    view = View(columns)
    rate = filtration(view)
    steps = [(n, rate.below(limit)) for n, limit in enumerate((90.0, 60.0, 45.0, 30.0, 15.0), start=1)]
    return KDIGO_GFR.result(
        grade(steps),
        known=~_nothing(rate.low, rate.high),
        items={"egfr": rate.value},
        columns=columns,
        not_evaluable=view.number("age").below(YOUNGEST).low,
    )


def kdigo_albuminuria(columns: Columns) -> Score:
    """Return the category of albuminuria: A1 below 30 mg/g, A2 to 300, A3 above.

    Parameters
    ----------
    columns
        ``uacr`` (g/g).
    """
    ratio = View(columns).number("uacr") * 1000.0
    return KDIGO_ALBUMINURIA.result(
        grade([(1, ratio.at_least(30.0)), (2, ratio.above(300.0))]),
        known=~ratio.is_unknown,
        items={"uacr": ratio.value / 1000.0},
        columns=columns,
    )


def kdigo_aki(columns: Columns) -> Score:
    """Return the stage of acute kidney injury, 0 to 3, from creatinine.

    Parameters
    ----------
    columns
        ``creatinine`` now, ``creatinine@7d`` (lowest of the last 7 days) and ``creatinine@48h`` (lowest of the last
        48 h), all mg/dL; ``dialysis``; ``age``, and below 18 years ``egfr`` (or ``height``), where filtration below
        35 takes the place of 4.0 mg/dL.
    """
    view = View(columns)
    now, week, days = (view.number(name) for name in ("creatinine", "creatinine@7d", "creatinine@48h"))
    ratio = [now.at_least(week * factor) for factor in (1.5, 2.0, 3.0)]
    first = ratio[0] | (now - days).at_least(0.3)
    return KDIGO_AKI.result(
        grade([(1, first), (2, ratio[1]), (3, ratio[2] | (_very_high(view) & first) | view.flag("dialysis"))]),
        known=~now.is_unknown,
        items={"creatinine": now.value, "creatinine@7d": week.value, "creatinine@48h": days.value},
        columns=columns,
    )


def _very_high(view: View) -> Truth:
    """Creatinine of 4.0 mg/dL; in a patient under 18 years filtration below 35 mL/min/1.73 m2."""
    adult = view.number("creatinine").at_least(4.0)
    child = view.number("age").below(18.0)
    young = Truth(child.low, child.low)  # an age that is not known is taken as an adult's
    return (young & filtration(view).below(35.0)) | (~young & adult)


def nih_activity(columns: Columns) -> Score:
    """Return the NIH activity index of a kidney biopsy, 0 to 24.

    Parameters
    ----------
    columns
        Six features, each 0 to 3; fibrinoid necrosis and cellular crescents count twice.
    """
    return _index(columns, NIH_ACTIVITY, ACTIVITY)


def nih_chronicity(columns: Columns) -> Score:
    """Return the NIH chronicity index of a kidney biopsy, 0 to 12.

    Parameters
    ----------
    columns
        Four features, each 0 to 3.
    """
    return _index(columns, NIH_CHRONICITY, CHRONICITY)


def _index(columns: Columns, instrument: Instrument, weights: Mapping[str, float]) -> Score:
    view = View(columns)
    total, wrong = view.sum_of(dict.fromkeys(weights, 3.0), weights)
    items = {name: view.scaled(name, 3.0)[0].value * weight for name, weight in weights.items()}
    return instrument.result(total, items=items, columns=columns, warnings={"out_of_range": wrong})


def _nothing(low: Array, high: Array) -> Bools:
    return np.asarray((low <= 0.0) & np.isposinf(high))


def _nih(name: str, title: str, weights: Mapping[str, float], most: float, **given: object) -> Instrument:
    return Instrument(
        name=name,
        title=title,
        version="2018",
        kind="score",
        inputs=tuple(weights),
        unit="{points}",
        range=(0.0, most),
        items=tuple(Item(item, f"0 to 3, times {w:g}", 3.0 * w, (item,)) for item, w in weights.items()),
        missing_rule="A feature not reported leaves the index open by its points.",
        source="doi:10.1016/j.kint.2017.11.023; doi:10.23876/j.krcp.22.083; doi:10.1016/j.ekir.2025.11.011",
        licence="Published criteria.",
        **given,  # type: ignore[arg-type]
    )


KDIGO_GFR = Instrument(
    name="kdigo_gfr",
    title="KDIGO category of filtration",
    version="2024",
    kind="grade",
    inputs=("egfr", "creatinine", "age", "sex_female", "height"),
    unit="{category}",
    range=(0.0, 5.0),
    items=(Item("egfr", "G1 from 90, G2 from 60, G3a from 45, G3b from 30, G4 from 15, G5 below", inputs=("egfr",)),),
    missing_rule="Open where a bound of filtration crosses a border; the number is not rounded first. Not evaluable "
    "below 2 years of age.",
    source="doi:10.1016/j.kint.2023.10.018",
    licence="Published criteria.",
    definition="G1 at least 90, G2 60 to below 90, G3a 45 to 60, G3b 30 to 45, G4 15 to 30, G5 below 15.",
    score=kdigo_gfr,
    labels=("G1", "G2", "G3a", "G3b", "G4", "G5"),
)
KDIGO_ALBUMINURIA = Instrument(
    name="kdigo_albuminuria",
    title="KDIGO category of albuminuria",
    version="2024",
    kind="grade",
    inputs=("uacr",),
    unit="{category}",
    range=(0.0, 2.0),
    items=(Item("uacr", "A1 below 30 mg/g, A2 to 300, A3 above", inputs=("uacr",)),),
    missing_rule="No ratio, no category.",
    source="doi:10.1016/j.kint.2023.10.018",
    licence="Published criteria.",
    definition="A1 below 30 mg/g, A2 30 to 300 mg/g, A3 above 300 mg/g.",
    score=kdigo_albuminuria,
    labels=("A1", "A2", "A3"),
)
KDIGO_AKI = Instrument(
    name="kdigo_aki",
    title="KDIGO stage of acute kidney injury (creatinine)",
    version="2012",
    kind="grade",
    inputs=("creatinine", "creatinine@7d", "creatinine@48h", "dialysis", "age", "sex_female", "height", "egfr"),
    unit="{stage}",
    range=(0.0, 3.0),
    items=(
        Item("creatinine", "now", inputs=("creatinine",)),
        Item("creatinine@7d", "1.5, 2 or 3 times the lowest of 7 days", inputs=("creatinine@7d",)),
        Item("creatinine@48h", "0.3 mg/dL above the lowest of 48 h", inputs=("creatinine@48h",)),
    ),
    missing_rule="Open where the comparison value is missing and could decide.",
    source="doi:10.1038/kisup.2012.1; table in doi:10.1186/s13019-015-0265-2",
    licence="Published criteria.",
    definition="Stage 1: 1.5 times in 7 days or 0.3 mg/dL in 48 h; stage 2: twice; stage 3: three times, 4.0 mg/dL "
    "(under 18 years filtration below 35 mL/min/1.73 m2) or dialysis.",
    score=kdigo_aki,
    labels=("0", "1", "2", "3"),
)
NIH_ACTIVITY = _nih(
    "nih_activity_index",
    "NIH activity index of lupus nephritis",
    ACTIVITY,
    24.0,
    definition="Six features of activity, each 0 to 3; fibrinoid necrosis and cellular crescents twice.",
    score=nih_activity,
    standing="unconfirmed",
)
NIH_CHRONICITY = _nih(
    "nih_chronicity_index",
    "NIH chronicity index of lupus nephritis",
    CHRONICITY,
    12.0,
    definition="Four features of chronicity, each 0 to 3.",
    score=nih_chronicity,
)
INSTRUMENTS = (KDIGO_GFR, KDIGO_ALBUMINURIA, KDIGO_AKI, NIH_ACTIVITY, NIH_CHRONICITY)
