"""HScore for reactive haemophagocytic syndrome: points, and the printed band of probability, never interpolated.

Source: Fardet 2014, Arthritis Rheumatol 66:2613, doi:10.1002/art.38690. The cut-off 169 (sensitivity 93 %) is no
probability. Not valid after a cell product, where cytokine release drives ferritin.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Interval, Truth, count, grade

BANDS = (
    (90, "<1%"),
    (100, "~1%"),
    (110, "1-3%"),
    (120, "3-5%"),
    (130, "5-9%"),
    (140, "9-16%"),
    (150, "16-25%"),
    (160, "25-40%"),
    (170, "40-54%"),
    (180, "54-70%"),
    (190, "70-80%"),
    (200, "80-88%"),
    (210, "88-93%"),
    (220, "93-96%"),
    (230, "96-98%"),
    (240, "98-99%"),
    (337, ">99%"),
)
"""Highest score of each band and its probability as printed."""


def hscore(columns: Columns) -> Score:
    """Add up the score, 0 to 337.

    Parameters
    ----------
    columns
        ``temperature`` (Cel), ``hepatomegaly`` and ``splenomegaly`` (flags), ``cytopenia_lineages`` (0-3) or
        ``hemoglobin``, ``leukocytes``, ``platelets``; ``ferritin`` (ug/L), ``triglycerides_mmol`` (mmol/L),
        ``fibrinogen`` (g/L), ``ast`` (U/L), ``hemophagocytosis``, ``known_immunosuppression``.
    """
    view = View(columns)
    parts = _parts(view)
    low = np.asarray(sum((p.low for p in parts.values()), np.zeros(())))
    high = np.asarray(sum((p.high for p in parts.values()), np.zeros(())))
    return HSCORE.result(
        Interval(low, high),
        items={name: part.value for name, part in parts.items()},
        columns=columns,
        warnings={
            "immunosuppression_always": view.flag("known_immunosuppression").low,
            "not_after_cell_therapy": view.number("days_since_infusion").at_least(0.0).low,
        },
    )


def hscore_probability(columns: Columns) -> Score:
    """Return the printed band of probability of a score.

    Parameters
    ----------
    columns
        ``hscore``, or the inputs of `hscore`.
    """
    view = View(columns)
    computed = hscore(columns)
    total = view.number("hscore").or_else(Interval(computed.low, computed.high))
    band = grade([(n, total.above(BANDS[n - 1][0])) for n in range(1, len(BANDS))])
    return HSCORE_PROBABILITY.result(
        band,
        known=(total.low > 0.0) | (total.high < 337.0),
        items={"hscore": total.value},
        columns=columns,
        parts={"hscore": computed},
    )


def _parts(view: View) -> dict[str, Interval]:
    temperature, ferritin = view.number("temperature"), view.number("ferritin")
    triglycerides = view.number("triglycerides_mmol")
    large = count([view.flag("hepatomegaly"), view.flag("splenomegaly")])
    lineages = _cytopenias(view)
    return {
        "temperature": grade([(33, temperature.at_least(38.4)), (49, temperature.above(39.4))]),
        "organomegaly": grade([(23, large.at_least(1)), (38, large.at_least(2))]),
        "cytopenias": grade([(24, lineages.at_least(2)), (34, lineages.at_least(3))]),
        "ferritin": grade([(35, ferritin.at_least(2000.0)), (50, ferritin.above(6000.0))]),
        "triglycerides": grade([(44, triglycerides.at_least(1.5)), (64, triglycerides.above(4.0))]),
        "fibrinogen": _points(30, view.number("fibrinogen").at_most(2.5)),
        "ast": _points(19, view.number("ast").at_least(30.0)),
        "hemophagocytosis": _points(35, view.flag("hemophagocytosis")),
        "immunosuppression": _points(18, view.flag("known_immunosuppression")),
    }


def _cytopenias(view: View) -> Interval:
    """Lineages at or below 9.2 g/dL, 5 and 110 x 10^9/L; as entered where the number is given."""
    return view.number("cytopenia_lineages").or_else(low_lineages(view)).within(0.0, 3.0)


def low_lineages(view: View) -> Interval:
    """Return how many blood counts are low, with bounds."""
    return count(
        [
            view.number("hemoglobin").at_most(9.2),
            view.number("leukocytes").at_most(5.0),
            view.number("platelets").at_most(110.0),
        ]
    )


def _points(points: float, truth: Truth) -> Interval:
    return Interval(np.asarray(points * truth.low, float), np.asarray(points * truth.high, float))


_INPUTS = (
    "temperature",
    "hepatomegaly",
    "splenomegaly",
    "cytopenia_lineages",
    "hemoglobin",
    "leukocytes",
    "platelets",
    "ferritin",
    "triglycerides_mmol",
    "fibrinogen",
    "ast",
    "hemophagocytosis",
    "known_immunosuppression",
    "days_since_infusion",
)
_RULES = (
    ("temperature", "38.4 to 39.4: 33; above: 49", 49.0, ("temperature",)),
    ("organomegaly", "liver or spleen 23, both 38", 38.0, ("hepatomegaly", "splenomegaly")),
    (
        "cytopenias",
        "2 lineages 24, 3 lineages 34",
        34.0,
        ("cytopenia_lineages", "hemoglobin", "leukocytes", "platelets"),
    ),
    ("ferritin", "2000 to 6000 ug/L: 35; above: 50", 50.0, ("ferritin",)),
    ("triglycerides", "1.5 to 4 mmol/L: 44; above: 64", 64.0, ("triglycerides_mmol",)),
    ("fibrinogen", "at most 2.5 g/L", 30.0, ("fibrinogen",)),
    ("ast", "at least 30 U/L", 19.0, ("ast",)),
    ("hemophagocytosis", "in the marrow", 35.0, ("hemophagocytosis",)),
    ("immunosuppression", "known underlying immunosuppression", 18.0, ("known_immunosuppression",)),
)
HSCORE = Instrument(
    name="hscore",
    title="HScore",
    version="2014",
    kind="score",
    inputs=_INPUTS,
    unit="{points}",
    range=(0.0, 337.0),
    items=tuple(Item(name, rule, most, inputs) for name, rule, most, inputs in _RULES),
    missing_rule="An unknown item leaves the score open by its points.",
    source="doi:10.1002/art.38690",
    licence="Published criteria; no fee notice found.",
    definition="Nine items of temperature, organs, blood, marrow and immunosuppression.",
    score=hscore,
)
HSCORE_PROBABILITY = Instrument(
    name="hscore_probability",
    title="HScore, printed band of probability",
    version="2014",
    kind="grade",
    inputs=("hscore", *_INPUTS),
    unit="{band}",
    range=(0.0, 16.0),
    items=(Item("hscore", "; ".join(f"to {most}: {band}" for most, band in BANDS), inputs=("hscore",)),),
    missing_rule="Open where the bounds of the score lie in different bands; nothing is interpolated.",
    source=HSCORE.source,
    licence=HSCORE.licence,
    definition="The band of probability printed for the score; 169 is a cut-off, not a probability.",
    score=hscore_probability,
    labels=tuple(band for _, band in BANDS),
)
INSTRUMENTS = (HSCORE, HSCORE_PROBABILITY)
