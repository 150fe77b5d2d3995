"""SLE Disease Activity Score: not computed, because its coefficients were found in no text that could be read.

Entered scores can be put into categories and compared. Sources: Jesus 2019, doi:10.1136/annrheumdis-2018-214502 (score,
change of 1.72); Jesus 2021, doi:10.1136/annrheumdis-2021-220363 (categories).
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Interval, any_of, grade

INPUTS = (
    "swollen_joints",
    "protein_24h",
    "platelets",
    "leukocytes",
    "sle_das_mucocutaneous_vasculitis",
    "sle_das_generalised_rash",
    "sle_das_localised_rash",
    "alopecia",
    "mucosal_ulcers",
    "sle_das_neuropsychiatric",
    "sle_das_serositis",
    "sle_das_cardiac_pulmonary",
    "sle_das_systemic_vasculitis",
    "myositis",
    "hemolytic_anemia",
    "low_complement",
    "increased_dna_binding",
)
MEANINGFUL = 1.72


def sle_das(columns: Columns) -> Score:
    """Return no value: every row is "not evaluable", with the reason as a warning.

    Parameters
    ----------
    columns
        The 17 inputs of `INPUTS`, any shape; they are kept for the day the formula can be added.
    """
    view = View(columns)
    everywhere = np.ones(view.shape, bool)
    return SLE_DAS.result(
        Interval(np.zeros(view.shape), np.full(view.shape, np.inf)),
        columns=columns,
        not_evaluable=everywhere,
        warnings={"not_available": everywhere},
    )


def sle_das_category(columns: Columns) -> Score:
    """Return the category of an entered score: remission to 2.08, mild to 7.64, moderate or severe above.

    Parameters
    ----------
    columns
        ``sle_das``, as computed elsewhere.
    """
    entered = View(columns).number("sle_das")
    return SLE_DAS_CATEGORY.result(
        grade([(1, entered.above(2.08)), (2, entered.above(7.64))]),
        known=~entered.is_unknown,
        items={"sle_das": entered.value},
        columns=columns,
    )


def sle_das_change(columns: Columns) -> Score:
    """Return whether two entered scores differ by a clinically meaningful amount, 1.72 or more either way.

    Parameters
    ----------
    columns
        ``sle_das`` and ``sle_das@previous``.
    """
    view = View(columns)
    now, then = view.number("sle_das"), view.other("previous").number("sle_das")
    change = now - then
    return SLE_DAS_CHANGE.result(
        any_of([change.at_least(MEANINGFUL), change.at_most(-MEANINGFUL)]),
        known=~(now.is_unknown & then.is_unknown),
        items={"change": change.value},
        columns=columns,
    )


_SOURCE = "doi:10.1136/annrheumdis-2018-214502; doi:10.1136/annrheumdis-2021-220363"
_LICENCE = "Terms of the authors' web tool not found."
SLE_DAS = Instrument(
    name="sle_das",
    title="SLE Disease Activity Score (SLE-DAS)",
    version="2019",
    kind="score",
    inputs=INPUTS,
    unit="{points}",
    range=(0.0, np.inf),
    items=tuple(Item(name, inputs=(name,)) for name in INPUTS),
    missing_rule="Never computed here.",
    source=_SOURCE,
    licence=_LICENCE,
    definition="A weighted sum of 17 items. Not available: coefficients and transforms were found in no primary "
    "text, and no published example could be reproduced.",
    score=sle_das,
    standing="not available",
)
SLE_DAS_CATEGORY = Instrument(
    name="sle_das_category",
    title="SLE-DAS category of an entered score",
    version="2021",
    kind="grade",
    inputs=("sle_das",),
    unit="{band}",
    range=(0.0, 2.0),
    items=(Item("sle_das", "at most 2.08; to 7.64; above", inputs=("sle_das",)),),
    missing_rule="No entered score, no category.",
    source=_SOURCE,
    licence=_LICENCE,
    definition="Remission to 2.08, mild above that to 7.64, moderate or severe above.",
    score=sle_das_category,
    standing="unconfirmed",
    labels=("remission", "mild", "moderate_severe"),
)
SLE_DAS_CHANGE = Instrument(
    name="sle_das_change",
    title="SLE-DAS, clinically meaningful change",
    version="2019",
    kind="state",
    inputs=("sle_das", "sle_das@previous"),
    unit="1",
    range=(0.0, 1.0),
    items=(Item("change", "1.72 or more either way", inputs=("sle_das", "sle_das@previous")),),
    missing_rule="Open where either score is missing.",
    source=_SOURCE,
    licence=_LICENCE,
    definition="Two entered scores differ by 1.72 or more.",
    score=sle_das_change,
)
INSTRUMENTS = (SLE_DAS, SLE_DAS_CATEGORY, SLE_DAS_CHANGE)
