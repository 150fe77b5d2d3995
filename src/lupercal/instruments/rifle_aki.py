"""Acute kidney injury by RIFLE: risk, injury, failure, loss, end-stage, by the worse of creatinine and urine.

Sources: Bellomo 2004, Crit Care 8:R204, doi:10.1186/cc2872; read as printed in Table 1 of doi:10.1186/cc6997 and
Figure 1 of doi:10.1186/cc3791 (a rise of at least 0.5 mg/dL to 4.0). Not the lupus responder index of the same name.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from lupercal.errors import InputError
from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Truth, grade

STEPS = ((1.5, 0.25), (2.0, 0.50), (3.0, 0.75))
"""Of risk, injury, failure: creatinine as multiple of baseline (at least), share of filtration lost (more than)."""

VERY_HIGH, ACUTE_RISE = 4.0, 0.5
"""Creatinine in mg/dL that is failure after an acute rise of so much."""


def rifle_aki(columns: Columns, *, criteria: Literal["both", "creatinine"] = "both") -> Score:
    """Class acute kidney injury, 0 none, 1 risk, 2 injury, 3 failure, 4 loss, 5 end-stage.

    Parameters
    ----------
    columns
        ``creatinine`` and ``creatinine@baseline`` (mg/dL); where recorded ``egfr`` and ``egfr@baseline``;
        ``urine_output_6h``, ``urine_output_12h``, ``urine_output_24h`` (mL/kg/h over the last hours), ``anuria_12h``;
        ``kidney_loss_4_weeks`` and ``end_stage_kidney_disease``, which count where they are stated.
    criteria
        ``"creatinine"`` leaves out urine, for records without it.
    """
    if criteria not in {"both", "creatinine"}:
        raise InputError("criteria", "", criteria, "both or creatinine")
    view = View(columns)
    now, then = view.number("creatinine"), view.number("creatinine@baseline")
    blood = [now.at_least(then * factor) | _lost(view, share) for factor, share in STEPS]
    blood[2] = blood[2] | (now.at_least(VERY_HIGH) & (now - then).at_least(ACUTE_RISE))
    urine = _urine(view) if criteria == "both" else [Truth.always(False, view.shape)] * 3
    late = [_stated(view, name) for name in ("kidney_loss_4_weeks", "end_stage_kidney_disease")]
    by_blood, by_urine = (grade(enumerate(steps, start=1)) for steps in (blood, urine))
    return RIFLE_AKI.result(
        grade([*((n, blood[n - 1] | urine[n - 1]) for n in (1, 2, 3)), (4, late[0]), (5, late[1])]),
        known=~now.is_unknown | (by_urine.low > 0) | late[0].low | late[1].low,
        items={
            "creatinine": by_blood.value,
            "urine": by_urine.value,
            "loss": late[0].state,
            "end_stage": late[1].state,
        },
        columns=columns,
        settings={"criteria": criteria},
    )


def _lost(view: View, share: float) -> Truth:
    """More than so much of filtration lost; where it is not recorded creatinine decides."""
    now, then = view.number("egfr"), view.number("egfr@baseline")
    lost = now.below(then * (1.0 - share))
    return Truth(lost.low, np.asarray(lost.high & ~now.is_unknown & ~then.is_unknown))


def _urine(view: View) -> list[Truth]:
    day = view.number("urine_output_24h").below(0.3) | view.flag("anuria_12h")
    return [view.number("urine_output_6h").below(0.5), view.number("urine_output_12h").below(0.5), day]


def _stated(view: View, name: str) -> Truth:
    stated = view.flag(name).low
    return Truth(stated, stated)


RIFLE_AKI = Instrument(
    name="rifle_aki",
    title="Acute kidney injury (RIFLE)",
    version="2004",
    kind="grade",
    inputs=(
        "creatinine",
        "creatinine@baseline",
        "egfr",
        "egfr@baseline",
        "urine_output_6h",
        "urine_output_12h",
        "urine_output_24h",
        "anuria_12h",
        "kidney_loss_4_weeks",
        "end_stage_kidney_disease",
    ),
    unit="{category}",
    range=(0.0, 5.0),
    items=(
        Item(
            "creatinine",
            "1.5, 2 or 3 times baseline, or filtration down by more than 25, 50 or 75 %; 4.0 mg/dL after a rise by 0.5 "
            "is failure",
            3.0,
            ("creatinine", "creatinine@baseline", "egfr", "egfr@baseline"),
        ),
        Item(
            "urine",
            "below 0.5 mL/kg/h over 6 h: risk, over 12 h: injury; below 0.3 over 24 h or none over 12 h: failure",
            3.0,
            ("urine_output_6h", "urine_output_12h", "urine_output_24h", "anuria_12h"),
        ),
        Item("loss", "function lost for more than 4 weeks", 4.0, ("kidney_loss_4_weeks",)),
        Item("end_stage", "for more than 3 months", 5.0, ("end_stage_kidney_disease",)),
    ),
    missing_rule="Urine that is not recorded leaves the class open up to failure, unless criteria is creatinine; loss "
    "and end-stage count where they are stated.",
    source="doi:10.1186/cc2872; doi:10.1186/cc6997; doi:10.1186/cc3791",
    licence="Open access, CC BY.",
    definition="The worse of creatinine (or filtration) against baseline and urine output; then loss and end-stage.",
    score=rifle_aki,
    labels=("none", "risk", "injury", "failure", "loss", "end-stage"),
    settings={"criteria": "both"},
)
INSTRUMENTS = (RIFLE_AKI,)
