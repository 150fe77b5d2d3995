"""Relapse of lupus nephritis by KDIGO 2012, and the kidney-related event of BLISS-LN.

Sources: KDIGO 2012, doi:10.1038/kisup.2012.25, Table 29 (PMC4089588); Furie 2020, doi:10.1056/NEJMoa2001180, whose
event is recalled, to be confirmed.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Truth, any_known, any_of, grade

HIGH_CREATININE = 2.0
"""Creatinine at response, mg/dL, from which larger rises are asked for."""


def kdigo_2012_relapse(columns: Columns) -> Score:
    """Grade a kidney relapse: 0 none, 1 mild, 2 moderate, 3 severe.

    Parameters
    ----------
    columns
        ``urine_rbc`` (/hpf), ``acanthocytes`` (/hpf), ``urinary_casts`` (new red or white cell casts, no infection),
        ``creatinine`` (mg/dL) and ``upcr`` (g/g) now; ``urine_rbc``, ``creatinine`` and ``upcr`` with ``@response``,
        the value after response.
    """
    view = View(columns)
    mild, (some, much), (more, most) = _sediment(view), _creatinine(view), _proteinuria(view)
    return KDIGO_2012_RELAPSE.result(
        grade([(1, mild), (2, some | more), (3, much | most)]),
        known=any_known([mild, some, more]),
        items={
            "sediment": mild.state,
            "creatinine": grade([(2, some), (3, much)]).value,
            "proteinuria": grade([(2, more), (3, most)]).value,
        },
        columns=columns,
    )


def _sediment(view: View) -> Truth:
    """From fewer than 5 to more than 15 red cells with 2 or more acanthocytes; or casts again."""
    blood = view.number("urine_rbc@response").below(5.0) & view.number("urine_rbc").above(15.0)
    return (blood & view.number("acanthocytes").at_least(2.0)) | view.flag("urinary_casts")


def _creatinine(view: View) -> tuple[Truth, Truth]:
    """Below 2 mg/dL a rise of 0.20, severe above 1.0; from 2 mg/dL a rise of 0.40, severe above 1.5."""
    then = view.number("creatinine@response")
    rise, high = view.number("creatinine") - then, then.at_least(HIGH_CREATININE)
    moderate = (~high & rise.at_least(0.20)) | (high & rise.at_least(0.40))
    return moderate, (~high & rise.above(1.0)) | (high & rise.above(1.5))


def _proteinuria(view: View) -> tuple[Truth, Truth]:
    """Below 0.5 g/g to 1.0; 0.5 to 1.0 g/g to 2.0; above 1.0 g/g twice as much; above 5 g/g it is severe."""
    now, then = view.number("upcr"), view.number("upcr@response")
    middle = then.at_least(0.5) & then.at_most(1.0)
    risen = any_of(
        [
            then.below(0.5) & now.at_least(1.0),
            middle & now.at_least(2.0),
            then.above(1.0) & now.above(2.0) & now.at_least(then * 2.0),  # twice above 1.0 is above 2.0
        ]
    )
    return risen, now.above(5.0) & (risen | (now - then).above(5.0))


EVENTS = ("end_stage_kidney_disease", "creatinine_doubled", "kidney_worsening", "kidney_treatment_failure", "death")


def renal_event_bliss(columns: Columns) -> Score:
    """Return whether a kidney-related event or death has happened.

    Parameters
    ----------
    columns
        ``end_stage_kidney_disease`` (or ``dialysis``), ``kidney_worsening`` (more proteinuria or less filtration,
        reproduced), ``kidney_treatment_failure``, ``death`` (flags); ``creatinine`` and ``creatinine@baseline`` (mg/dL)
        or ``creatinine_doubled``.
    """
    view = View(columns)
    doubled = view.number("creatinine").at_least(view.number("creatinine@baseline") * 2.0)
    dialysis = view.flag("dialysis")
    parts = {
        "end_stage_kidney_disease": view.flag("end_stage_kidney_disease").or_else(
            Truth(dialysis.low, np.ones(view.shape, bool))
        ),
        "creatinine_doubled": view.flag("creatinine_doubled").or_else(doubled),
        "kidney_worsening": view.flag("kidney_worsening"),
        "kidney_treatment_failure": view.flag("kidney_treatment_failure"),
        "death": view.flag("death"),
    }
    met = any_of(parts.values())
    return RENAL_EVENT_BLISS.result(
        met,
        known=any_known(parts.values()),
        items={name: truth.state for name, truth in parts.items()},
        columns=columns,
        warnings={"unconfirmed_rule": met.high},
    )


KDIGO_2012_RELAPSE = Instrument(
    name="kdigo_2012_relapse",
    title="Kidney relapse (KDIGO 2012)",
    version="KDIGO 2012",
    kind="grade",
    inputs=(
        "urine_rbc",
        "urine_rbc@response",
        "acanthocytes",
        "urinary_casts",
        "creatinine",
        "creatinine@response",
        "upcr",
        "upcr@response",
    ),
    unit="{grade}",
    range=(0.0, 3.0),
    items=(
        Item(
            "sediment",
            "mild: from fewer than 5 to more than 15 red cells/hpf with 2 acanthocytes, or casts again",
            1.0,
            ("urine_rbc", "urine_rbc@response", "acanthocytes", "urinary_casts"),
        ),
        Item(
            "creatinine",
            "moderate: up by 0.20 mg/dL (0.40 from 2 mg/dL); severe: by more than 1.0 (1.5)",
            3.0,
            ("creatinine", "creatinine@response"),
        ),
        Item(
            "proteinuria",
            "moderate: from below 0.5 to 1.0, from 0.5-1.0 to 2.0, from above 1.0 twice; severe: so, above 5 g/g",
            3.0,
            ("upcr", "upcr@response"),
        ),
    ),
    missing_rule="The worst arm decides; an unknown arm leaves the grade open above what the known arms show.",
    source="doi:10.1038/kisup.2012.25, Table 29 (PMC4089588)",
    licence="Published criteria. Own wording.",
    definition="Mild by sediment, moderate or severe by creatinine or proteinuria, against the values after response.",
    score=kdigo_2012_relapse,
    labels=("none", "mild", "moderate", "severe"),
)
RENAL_EVENT_BLISS = Instrument(
    name="renal_event_bliss",
    title="Kidney-related event or death (BLISS-LN)",
    version="BLISS-LN",
    kind="state",
    inputs=(*EVENTS, "dialysis", "creatinine", "creatinine@baseline"),
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("end_stage_kidney_disease", "end-stage kidney disease", inputs=("end_stage_kidney_disease",)),
        Item("creatinine_doubled", "creatinine twice that of baseline", inputs=("creatinine_doubled",)),
        Item("kidney_worsening", "more proteinuria or less filtration, reproduced", inputs=("kidney_worsening",)),
        Item("kidney_treatment_failure", "treatment failure for the kidney", inputs=("kidney_treatment_failure",)),
        Item("death", "death from any cause", inputs=("death",)),
    ),
    missing_rule="True as soon as one event is known; false only when all are known not to have happened.",
    source="doi:10.1056/NEJMoa2001180; named in PMC10689192",
    licence="Published definition.",
    definition="End-stage kidney disease, doubling of creatinine, worsening of proteinuria or filtration, treatment "
    "failure for the kidney, or death.",
    score=renal_event_bliss,
    standing="unconfirmed",
)
INSTRUMENTS = (KDIGO_2012_RELAPSE, RENAL_EVENT_BLISS)
