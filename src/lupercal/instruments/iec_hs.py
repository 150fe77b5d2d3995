"""Immune effector cell-associated HLH-like syndrome (IEC-HS): whether the criteria are met.

Source: Hines 2023, Transplant Cell Ther 29:438.e1, doi:10.1016/j.jtct.2023.03.006; recalled, to be confirmed. Its
grades are a clinical judgement (treatment needed, severe, life-threatening) and are not computed.
"""

from __future__ import annotations

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import any_known, count


def iec_hs(columns: Columns) -> Score:
    """Return whether the criteria are met.

    Parameters
    ----------
    columns
        ``ferritin_x_uln``, ``ferritin_rising`` (flag), ``transaminase_x_uln``, ``fibrinogen`` (g/L) with
        ``fibrinogen_lln``, ``new_cytopenia``, ``hemophagocytosis``, ``after_crs_peak`` and ``other_cause`` (flags).
    """
    view = View(columns)
    fibrinogen = view.number("fibrinogen")
    common = [
        view.number("transaminase_x_uln").above(5.0),
        fibrinogen.below(1.5) | fibrinogen.below(view.number("fibrinogen_lln")),
        view.flag("new_cytopenia"),
        view.flag("hemophagocytosis"),
    ]
    parts = {
        "ferritin": view.number("ferritin_x_uln").above(2.0) | view.flag("ferritin_rising"),
        "accompanied": count(common).at_least(1),
        "timing": view.flag("after_crs_peak"),
        "no_other_cause": ~view.flag("other_cause"),
    }
    met = parts["ferritin"] & parts["accompanied"] & parts["timing"] & parts["no_other_cause"]
    return IEC_HS.result(
        met,
        known=any_known(parts.values()),
        items={name: truth.state for name, truth in parts.items()},
        columns=columns,
        warnings={"suspected_only": (parts["ferritin"] & ~parts["accompanied"]).low, "unconfirmed_rule": met.high},
    )


IEC_HS = Instrument(
    name="iec_hs",
    title="HLH-like syndrome after immune effector cells (IEC-HS), criteria",
    version="2023",
    kind="state",
    inputs=(
        "ferritin_x_uln",
        "ferritin_rising",
        "transaminase_x_uln",
        "fibrinogen",
        "fibrinogen_lln",
        "new_cytopenia",
        "hemophagocytosis",
        "after_crs_peak",
        "other_cause",
    ),
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("ferritin", "above twice the limit, or rising fast", inputs=("ferritin_x_uln", "ferritin_rising")),
        Item(
            "accompanied",
            "transaminases above 5 times the limit, low fibrinogen, new cytopenia or haemophagocytosis",
            inputs=("transaminase_x_uln", "fibrinogen", "new_cytopenia", "hemophagocytosis"),
        ),
        Item("timing", "as cytokine release resolves", inputs=("after_crs_peak",)),
        Item("no_other_cause", "not explained otherwise", inputs=("other_cause",)),
    ),
    missing_rule="False as soon as one part fails; true only when enough is known.",
    source="doi:10.1016/j.jtct.2023.03.006",
    licence="Published criteria; no fee notice found.",
    definition="High or rising ferritin with accompanying findings as cytokine release resolves, not explained "
    "otherwise.",
    score=iec_hs,
    standing="unconfirmed",
)
INSTRUMENTS = (IEC_HS,)
